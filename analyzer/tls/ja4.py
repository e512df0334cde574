"""JA4, the fingerprint of a TLS client (FoxIO, BSD 3-clause specification): which stack sent this ClientHello?

The three parts are readable on purpose: transport, highest version, SNI, counts and first ALPN; then a digest
of the sorted cipher suites; then one of the sorted extensions followed by the signature algorithms as sent.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from analyzer.tls.codepoints import ExtensionType, is_grease
from analyzer.tls.messages import ClientHello

_VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}
_UNHASHED = (int(ExtensionType.server_name), int(ExtensionType.application_layer_protocol_negotiation))


def ja4(hello: ClientHello) -> str:
    """The JA4 of a ClientHello seen over TCP."""
    extensions = hello.extensions
    offered = tuple(v for v in hello.offered_versions if not is_grease(v))
    return _ja4(
        _VERSIONS.get(max(offered, default=0), "00"),
        int(ExtensionType.server_name) in extensions.types,
        hello.cipher_suites,
        extensions.types,
        _alpn_mark(extensions.alpn),
        extensions.signature_algorithms or (),
    )


def _alpn_mark(protocols: tuple[str, ...] | None) -> str:
    """First and last character of the first protocol; hexadecimal where they are not alphanumeric."""
    if not protocols or not protocols[0]:
        return "00"
    first = protocols[0]
    if first[0].isascii() and first[0].isalnum() and first[-1].isascii() and first[-1].isalnum():
        return first[0] + first[-1]
    digits = first.encode("latin-1", "replace").hex()
    return digits[0] + digits[-1]


@lru_cache(maxsize=1024)
def _ja4(
    version: str,
    has_name: bool,
    cipher_suites: tuple[int, ...],
    extension_types: tuple[int, ...],
    alpn: str,
    schemes: tuple[int, ...],
) -> str:
    suites = sorted(f"{s:04x}" for s in cipher_suites if not is_grease(s))
    types = [t for t in extension_types if not is_grease(t)]
    hashed = sorted(f"{t:04x}" for t in types if t not in _UNHASHED)
    tail = ",".join(hashed)
    ordered = [f"{s:04x}" for s in schemes if not is_grease(s)]
    if ordered:
        tail += "_" + ",".join(ordered)
    counts = f"{min(len(suites), 99):02d}{min(len(types), 99):02d}"
    first = f"t{version}{'d' if has_name else 'i'}{counts}{alpn}"
    return f"{first}_{_digest(','.join(suites))}_{_digest(tail if hashed else '')}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:12] if text else "0" * 12
