"""The certificate extensions that decide about a login, each read on its own.

How it works: ``cryptography`` reads all extensions or none, and one that is broken hides the
others. A diagnosis wants the opposite, so the handful that matters here is decoded by hand, and
what is wrong with one becomes a problem that names it. The first of two with the same identifier
counts, as in OpenSSL; having two is a problem too (RFC 5280 section 4.2).
"""

from __future__ import annotations

import ipaddress

import msgspec

from analyzer.x509.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    DerError,
    dotted,
    element,
    elements,
    encoded_oid,
    expect,
)
from analyzer.x509.names import Name, decoded, read_name

_MOST_EXTENSIONS = 200
_MOST_NAMES = 1000
_MOST_SUBTREES = 100
"""Bounds on what a hostile certificate can make us keep."""

_KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""By bit (RFC 5280 section 4.2.1.3)."""

_EXTENDED_KEY_USAGES = {
    encoded_oid(oid): name
    for oid, name in {
        "2.5.29.37.0": "anyExtendedKeyUsage",
        "1.3.6.1.5.5.7.3.1": "serverAuth",
        "1.3.6.1.5.5.7.3.2": "clientAuth",
        "1.3.6.1.5.5.7.3.3": "codeSigning",
        "1.3.6.1.5.5.7.3.4": "emailProtection",
        "1.3.6.1.5.5.7.3.8": "timeStamping",
        "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    }.items()
}
"""RFC 5280 section 4.2.1.12."""

_SUBJECT_KEY_ID = encoded_oid("2.5.29.14")
_KEY_USAGE = encoded_oid("2.5.29.15")
_ALTERNATIVE_NAME = encoded_oid("2.5.29.17")
_BASIC_CONSTRAINTS = encoded_oid("2.5.29.19")
_NAME_CONSTRAINTS = encoded_oid("2.5.29.30")
_AUTHORITY_KEY_ID = encoded_oid("2.5.29.35")
_EXTENDED_KEY_USAGE = encoded_oid("2.5.29.37")
_TLS_FEATURE = encoded_oid("1.3.6.1.5.5.7.1.24")
_STATUS_REQUESTS = (b"\x05", b"\x11")
_KNOWN = {
    _SUBJECT_KEY_ID: "subject key identifier",
    _KEY_USAGE: "key usage",
    _ALTERNATIVE_NAME: "subject alternative name",
    _BASIC_CONSTRAINTS: "basic constraints",
    _NAME_CONSTRAINTS: "name constraints",
    _AUTHORITY_KEY_ID: "authority key identifier",
    _EXTENDED_KEY_USAGE: "extended key usage",
    _TLS_FEATURE: "TLS feature",
}
_UPN = encoded_oid("1.3.6.1.4.1.311.20.2.3")


class Subtree(msgspec.Struct, frozen=True, gc=False):
    """A part of all names of one kind (RFC 5280 section 4.2.1.10)."""

    kind: str
    """``dns``, ``ip``, ``email``, ``uri`` or ``dir``."""
    base: str
    """Such as ``corp.example`` or ``192.0.2.0/255.255.255.0``."""
    key: bytes
    """What is compared where the text is not: a distinguished name's key, a network's address and mask."""


class NameConstraints(msgspec.Struct, frozen=True, gc=False):
    """Which names a CA may certify."""

    permitted: tuple[Subtree, ...] = ()
    excluded: tuple[Subtree, ...] = ()


class Extensions(msgspec.Struct):
    """What was read so far; None where an extension is absent or unreadable."""

    key_usage: tuple[str, ...] | None = None
    extended_key_usage: tuple[str, ...] | None = None
    ca: bool | None = None
    path_length: int | None = None
    subject_key_id: str | None = None
    authority_key_id: str | None = None
    san: tuple[str, ...] = ()
    name_constraints: NameConstraints | None = None
    must_staple: bool = False
    problems: tuple[str, ...] = ()

    def problem(self, text: str) -> None:
        """Note something that is wrong."""
        self.problems += (text,)


def read_extensions(content: bytes) -> Extensions:
    """Read the extensions of a certificate, never raising (RFC 5280 section 4.2).

    Args:
        content: What is inside the certificate's [3] field; empty when there is none.
    """
    out = Extensions()
    if not content:
        return out
    seen: set[bytes] = set()
    try:
        start, stop = expect(content, 0, len(content), SEQUENCE, "the list of extensions")
        for count, (tag, inner, after) in enumerate(elements(content, start, stop)):
            if count == _MOST_EXTENSIONS:
                out.problem(f"more than {_MOST_EXTENSIONS} extensions, of which the rest was not read")
                break
            if tag != SEQUENCE:
                raise DerError(f"has DER tag 0x{tag:02x} where an extension should be")
            oid_start, at = expect(content, inner, after, OBJECT_IDENTIFIER, "an extension's identifier")
            oid = content[oid_start:at]
            name = _KNOWN.get(oid)
            if oid in seen:
                out.problem(f"the extension {name or _shown(oid)} occurs twice; the first one counts")
            elif name is not None:
                _read_known(out, oid, name, content, at, after)
            seen.add(oid)
    except DerError as error:
        out.problem(f"the list of extensions {error}")
    return out


def _shown(oid: bytes) -> str:
    try:
        return dotted(oid)
    except DerError:
        return oid[:16].hex()


def _read_known(out: Extensions, oid: bytes, name: str, data: bytes, at: int, end: int) -> None:
    try:
        tag, start, stop = element(data, at, end)
        if tag == BOOLEAN:  # critical
            tag, start, stop = element(data, stop, end)
        if tag != OCTET_STRING:
            raise DerError(f"has DER tag 0x{tag:02x} where its value should be")
        _READERS[oid](out, data[start:stop])
    except DerError as error:
        out.problem(f"the {name} {error}")


def _read_key_usage(out: Extensions, value: bytes) -> None:
    start, stop = expect(value, 0, len(value), BIT_STRING, "the bits")
    if start == stop:
        raise DerError("has no bits at all")
    bits = value[start + 1 : stop]
    out.key_usage = tuple(
        usage
        for index, usage in enumerate(_KEY_USAGES)
        if bits[index // 8 :][:1] and bits[index // 8] >> (7 - index % 8) & 1
    )


def _read_extended_key_usage(out: Extensions, value: bytes) -> None:
    start, stop = expect(value, 0, len(value), SEQUENCE, "the list of usages")
    usages = []
    for tag, inner, after in elements(value, start, stop):
        if tag != OBJECT_IDENTIFIER:
            raise DerError(f"has DER tag 0x{tag:02x} where a usage should be")
        oid = value[inner:after]
        usages.append(_EXTENDED_KEY_USAGES.get(oid) or dotted(oid))
        if len(usages) == _MOST_NAMES:
            break
    out.extended_key_usage = tuple(usages)


def _read_basic_constraints(out: Extensions, value: bytes) -> None:
    start, stop = expect(value, 0, len(value), SEQUENCE, "the constraints")
    ca = False
    path_length = None
    for tag, inner, after in elements(value, start, stop):
        if tag == BOOLEAN and inner < after:
            ca = any(value[inner:after])
        elif tag == INTEGER and 0 < after - inner <= 8:
            path_length = int.from_bytes(value[inner:after], "big", signed=True)
        else:
            raise DerError(f"holds something unexpected with DER tag 0x{tag:02x}")
    out.ca = ca
    out.path_length = path_length


def _read_subject_key_id(out: Extensions, value: bytes) -> None:
    start, stop = expect(value, 0, len(value), OCTET_STRING, "the identifier")
    out.subject_key_id = value[start:stop].hex()


def _read_authority_key_id(out: Extensions, value: bytes) -> None:
    start, stop = expect(value, 0, len(value), SEQUENCE, "the identifier")
    for tag, inner, after in elements(value, start, stop):
        if tag == 0x80:  # keyIdentifier; the issuer's name and serial number are not needed
            out.authority_key_id = value[inner:after].hex()


def _read_alternative_name(out: Extensions, value: bytes) -> None:
    start, stop = expect(value, 0, len(value), SEQUENCE, "the list of names")
    names: list[str] = []
    for tag, inner, after in elements(value, start, stop):
        if len(names) == _MOST_NAMES:
            out.problem(f"the subject alternative name holds more than {_MOST_NAMES} names")
            break
        name = _general_name(tag, value[inner:after])
        if name is not None:
            names.append(name)
    out.san = tuple(names)


def _general_name(tag: int, content: bytes) -> str | None:
    """A GeneralName in short (RFC 5280 section 4.2.1.6); None for kinds that no login looks at."""
    prefix = {0x81: "email:", 0x82: "dns:", 0x86: "uri:"}.get(tag)
    if prefix is not None:
        return prefix + content.decode("latin-1")
    if tag == 0x87:
        return "ip:" + (str(ipaddress.ip_address(content)) if len(content) in (4, 16) else content.hex())
    if tag == 0xA4:
        name = read_name(content)
        return "dir:" + getattr(name, "text", content[:32].hex())
    if tag == 0xA0:
        start, stop = expect(content, 0, len(content), OBJECT_IDENTIFIER, "the type of a name")
        if content[start:stop] == _UPN:  # how Windows maps a certificate to an account
            inner, after = expect(content, stop, len(content), 0xA0, "the value of a name")
            tag, at, end = element(content, inner, after)
            return "upn:" + (decoded(tag, content[at:end]) or content[at:end].hex())
    return None


def _read_name_constraints(out: Extensions, value: bytes) -> None:
    start, stop = expect(value, 0, len(value), SEQUENCE, "the constraints")
    sides: dict[int, tuple[Subtree, ...]] = {}
    for tag, inner, after in elements(value, start, stop):
        if tag not in (0xA0, 0xA1):
            raise DerError(f"holds something unexpected with DER tag 0x{tag:02x}")
        found = []
        for count, (inside, first, last) in enumerate(elements(value, inner, after)):
            if count == _MOST_SUBTREES or inside != SEQUENCE:
                raise DerError(f"cannot be read, or holds more than {_MOST_SUBTREES} subtrees")
            kind, at, end = element(value, first, last)  # minimum and maximum behind it are always the default
            subtree = _subtree(kind, value[at:end])
            if subtree is not None:
                found.append(subtree)
        sides[tag] = tuple(found)
    out.name_constraints = NameConstraints(sides.get(0xA0, ()), sides.get(0xA1, ()))


def _subtree(tag: int, content: bytes) -> Subtree | None:
    """None for kinds that no login looks at, and for bases that cannot be understood."""
    if tag == 0x87:
        half = len(content) // 2
        if half not in (4, 16):
            return None
        first, mask = (ipaddress.ip_address(part) for part in (content[:half], content[half:]))
        return Subtree("ip", f"{first}/{mask}", content)
    if tag == 0xA4:
        name = read_name(content)
        return Subtree("dir", name.text, name.key) if isinstance(name, Name) else None
    kind = {0x81: "email", 0x82: "dns", 0x86: "uri"}.get(tag)
    return Subtree(kind, content.decode("latin-1"), b"") if kind is not None else None


def _read_tls_feature(out: Extensions, value: bytes) -> None:
    """RFC 7633 section 4: numbers of TLS extensions, of which status_request and its second version count."""
    start, stop = expect(value, 0, len(value), SEQUENCE, "the list of features")
    for tag, inner, after in elements(value, start, stop):
        out.must_staple = out.must_staple or (tag == INTEGER and value[inner:after] in _STATUS_REQUESTS)


_READERS = {
    _SUBJECT_KEY_ID: _read_subject_key_id,
    _KEY_USAGE: _read_key_usage,
    _ALTERNATIVE_NAME: _read_alternative_name,
    _BASIC_CONSTRAINTS: _read_basic_constraints,
    _NAME_CONSTRAINTS: _read_name_constraints,
    _AUTHORITY_KEY_ID: _read_authority_key_id,
    _EXTENDED_KEY_USAGE: _read_extended_key_usage,
    _TLS_FEATURE: _read_tls_feature,
}
