"""Hello and request extensions (RFC 8446 section 4.2): those that matter to a diagnosis become named fields.

An extension that cannot be read is noted under ``damaged`` and costs only itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from analyzer.tls.codepoints import ExtensionType
from analyzer.tls.reader import DecodeError, Reader


class Extensions(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The known extensions of one message; None where one was not sent."""

    types: tuple[int, ...] = ()
    """All extension types in the order sent, unknown and GREASE ones included."""
    server_name: str | None = None
    alpn: tuple[str, ...] | None = None
    supported_versions: tuple[int, ...] | None = None
    supported_groups: tuple[int, ...] | None = None
    ec_point_formats: tuple[int, ...] | None = None
    signature_algorithms: tuple[int, ...] | None = None
    signature_algorithms_cert: tuple[int, ...] | None = None
    certificate_authorities: tuple[bytes, ...] | None = None
    post_handshake_auth: bool = False
    renegotiation_info: bytes | None = None
    session_ticket: bytes | None = None
    pre_shared_key: tuple[bytes, ...] | None = None
    """PSK identities in a ClientHello; an empty tuple in a ServerHello that selected one."""
    early_data: bool = False
    client_certificate_type: tuple[int, ...] | None = None
    server_certificate_type: tuple[int, ...] | None = None
    compress_certificate: tuple[int, ...] | None = None
    oid_filters: int | None = None
    """Number of filters (RFC 8446 section 4.2.5)."""
    extended_main_secret: bool = False
    encrypt_then_mac: bool = False
    encrypted_client_hello: bool = False
    damaged: tuple[str, ...] = ()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _server_name(reader: Reader) -> str | None:
    """RFC 6066 section 3: a list of names of which only host_name (0) exists. Servers answer with nothing."""
    if not reader.remaining:
        return None
    names = Reader(reader.vector(2, "server_name"))
    while names.remaining:
        kind = names.number(1, "name_type")
        name = names.vector(2, "host_name")
        if kind == 0:
            return _text(name)
    return None


def _alpn(reader: Reader) -> tuple[str, ...]:
    """RFC 7301 section 3.1: names are bytes, nearly always ASCII. A character stands for a byte, so none is lost."""
    return tuple(name.decode("latin-1") for name in reader.vectors(2, 1, "alpn"))


def _supported_versions(reader: Reader) -> tuple[int, ...]:
    """A list in a ClientHello, one version in a ServerHello (RFC 8446 section 4.2.1)."""
    if reader.remaining == 2:
        return (reader.number(2, "selected_version"),)
    return reader.numbers(1, 2, "supported_versions")


def _pre_shared_key(reader: Reader) -> tuple[bytes, ...]:
    """Identities in a ClientHello, a selected index in a ServerHello (RFC 8446 section 4.2.11)."""
    if reader.remaining == 2:
        return ()
    identities = Reader(reader.vector(2, "identities"))
    found = []
    while identities.remaining:
        found.append(identities.vector(2, "identity"))
        identities.number(4, "obfuscated_ticket_age")
    return tuple(found)


def _certificate_type(reader: Reader) -> tuple[int, ...]:
    """A list in a ClientHello, one value from a server (RFC 7250 section 4.2)."""
    if reader.remaining == 1:
        return (reader.number(1, "certificate_type"),)
    return reader.numbers(1, 1, "certificate_types")


def _oid_filters(reader: Reader) -> int:
    block = Reader(reader.vector(2, "oid_filters"))
    count = 0
    while block.remaining:
        block.vector(1, "certificate_extension_oid")
        block.vector(2, "certificate_extension_values")
        count += 1
    return count


def _list16(reader: Reader) -> tuple[int, ...]:
    return reader.numbers(2, 2, "list")


def _present(reader: Reader) -> bool:
    return True


_PARSERS: dict[int, tuple[str, Callable[[Reader], Any]]] = {
    ExtensionType.server_name: ("server_name", _server_name),
    ExtensionType.application_layer_protocol_negotiation: ("alpn", _alpn),
    ExtensionType.supported_versions: ("supported_versions", _supported_versions),
    ExtensionType.supported_groups: ("supported_groups", _list16),
    ExtensionType.ec_point_formats: ("ec_point_formats", lambda r: r.numbers(1, 1, "formats")),
    ExtensionType.signature_algorithms: ("signature_algorithms", _list16),
    ExtensionType.signature_algorithms_cert: ("signature_algorithms_cert", _list16),
    ExtensionType.certificate_authorities: (
        "certificate_authorities",
        lambda r: r.vectors(2, 2, "certificate_authorities"),
    ),
    ExtensionType.post_handshake_auth: ("post_handshake_auth", _present),
    ExtensionType.renegotiation_info: ("renegotiation_info", lambda r: r.vector(1, "renegotiation_info")),
    ExtensionType.session_ticket: ("session_ticket", Reader.rest),
    ExtensionType.pre_shared_key: ("pre_shared_key", _pre_shared_key),
    ExtensionType.early_data: ("early_data", _present),
    ExtensionType.client_certificate_type: ("client_certificate_type", _certificate_type),
    ExtensionType.server_certificate_type: ("server_certificate_type", _certificate_type),
    ExtensionType.compress_certificate: ("compress_certificate", lambda r: r.numbers(1, 2, "algorithms")),
    ExtensionType.oid_filters: ("oid_filters", _oid_filters),
    ExtensionType.extended_main_secret: ("extended_main_secret", _present),
    ExtensionType.encrypt_then_mac: ("encrypt_then_mac", _present),
    ExtensionType.encrypted_client_hello: ("encrypted_client_hello", _present),
}

NO_EXTENSIONS = Extensions()


def parse_extensions(reader: Reader) -> Extensions:
    """Read an extension block, length prefix included; SSL 3.0 and early TLS may leave it out altogether.

    Raises:
        DecodeError: the block's own structure lies.
    """
    if not reader.remaining:
        return NO_EXTENSIONS
    return _parse_block(reader.vector(2, "extensions"))


@lru_cache(maxsize=512)
def _parse_block(data: bytes) -> Extensions:
    """Before TLS 1.3 the hellos of one stack carry the same block each time: decoded once, and kept once."""
    block = Reader(data)
    types: list[int] = []
    known: dict[str, Any] = {}
    damaged: list[str] = []
    while block.remaining:
        kind = block.number(2, "extension_type")
        body = block.vector(2, "extension_data")
        types.append(kind)
        parser = _PARSERS.get(kind)
        if parser is None:
            continue
        field, parse = parser
        try:
            known[field] = parse(Reader(body))
        except DecodeError as error:
            damaged.append(f"{field}: {error}")
    return Extensions(types=tuple(types), damaged=tuple(damaged), **known)
