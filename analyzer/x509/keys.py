"""What kind of public key a certificate holds, told from its subjectPublicKeyInfo alone.

How it works: the algorithm identifier and the outermost numbers are enough to say "RSA 2048" or
"EC P-256", so the key is not loaded: that costs an elliptic-curve check that only a signature
needs, and it refuses keys that are odd but can be described (RFC 5280 section 4.1.2.7, RFC 3279
section 2.3, RFC 5480 section 2.1, RFC 8410 section 3).
"""

from __future__ import annotations

import msgspec

from analyzer.x509.der import (
    BIT_STRING,
    INTEGER,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    DerError,
    dotted,
    element,
    encoded_oid,
    expect,
)

_TYPES = {
    encoded_oid(oid): kind
    for oid, kind in {
        "1.2.840.113549.1.1.1": "rsa",
        "1.2.840.113549.1.1.10": "rsa-pss",
        "1.2.840.10045.2.1": "ec",
        "1.2.840.10040.4.1": "dsa",
        "1.2.840.10046.2.1": "dh",
        "1.2.840.113549.1.3.1": "dh",
        "1.3.101.110": "dh",
        "1.3.101.111": "dh",
        "1.3.101.112": "ed25519",
        "1.3.101.113": "ed448",
    }.items()
}
_FIXED = {
    encoded_oid(oid): (name, bits)
    for oid, name, bits in (
        ("1.3.101.110", "X25519", 253),
        ("1.3.101.111", "X448", 446),
        ("1.3.101.112", "Ed25519", 256),
        ("1.3.101.113", "Ed448", 456),
        ("2.16.840.1.101.3.4.3.17", "ML-DSA-44", None),
        ("2.16.840.1.101.3.4.3.18", "ML-DSA-65", None),
        ("2.16.840.1.101.3.4.3.19", "ML-DSA-87", None),
    )
}
_CURVES = {
    encoded_oid(oid): (name, bits)
    for oid, name, bits in (
        ("1.2.840.10045.3.1.1", "P-192", 192),
        ("1.3.132.0.33", "P-224", 224),
        ("1.2.840.10045.3.1.7", "P-256", 256),
        ("1.3.132.0.34", "P-384", 384),
        ("1.3.132.0.35", "P-521", 521),
        ("1.3.132.0.10", "secp256k1", 256),
        ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 256),
        ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1", 384),
        ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1", 512),
        ("1.2.156.10197.1.301", "SM2", 256),
    )
}


class KeyInfo(msgspec.Struct, frozen=True, gc=False):
    """A public key in words."""

    text: str
    """Such as ``RSA 2048``, ``EC P-256`` or ``Ed25519``."""
    type: str
    """``rsa``, ``rsa-pss``, ``ec``, ``ed25519``, ``ed448``, ``dsa``, ``dh`` or ``other``;
    X25519 and X448 only agree on keys, as ``dh`` does."""
    bits: int | None
    """Bits of the modulus or of the curve; None where that has no meaning or cannot be read."""
    curve: str | None
    """``P-256`` and so on, or a dotted identifier; None for other types and explicit parameters."""


UNREADABLE_KEY = KeyInfo("unreadable", "other", None, None)


def read_key_info(spki: bytes) -> KeyInfo:
    """Describe a subjectPublicKeyInfo.

    Raises:
        DerError: It is broken.
    """
    start, stop = expect(spki, 0, len(spki), SEQUENCE, "the public key")
    inner, after = expect(spki, start, stop, SEQUENCE, "the algorithm of the key")
    oid_start, oid_stop = expect(spki, inner, after, OBJECT_IDENTIFIER, "the algorithm of the key")
    key_start, key_stop = expect(spki, after, stop, BIT_STRING, "the bits of the key")
    oid = spki[oid_start:oid_stop]
    key_start += 1  # the count of unused bits, always zero
    kind = _TYPES.get(oid, "other")
    if kind in ("rsa", "rsa-pss"):
        at, end = expect(spki, key_start, key_stop, SEQUENCE, "an RSA key")
        bits = _integer_bits(spki, at, end)
        return KeyInfo(f"RSA {bits}" if kind == "rsa" else f"RSA-PSS {bits}", kind, bits, None)
    if kind == "ec":
        return _read_curve(spki, oid_stop, after)
    if kind in ("dsa", "dh") and oid not in _FIXED:
        prime = _prime_bits(spki, oid_stop, after)
        return KeyInfo(f"{kind.upper()} {prime}" if prime else kind.upper(), kind, prime, None)
    name, fixed_bits = _FIXED.get(oid) or (dotted(oid), None)
    return KeyInfo(name, kind, fixed_bits, None)


def _integer_bits(data: bytes, at: int, end: int) -> int:
    start, stop = expect(data, at, end, INTEGER, "a number of the key")
    return int.from_bytes(data[start:stop], "big").bit_length()


def _prime_bits(spki: bytes, at: int, end: int) -> int | None:
    """Size of p in Dss-Parms or DH parameters, or None when they are inherited (RFC 3279 2.3.2)."""
    if at == end:
        return None
    tag, start, stop = element(spki, at, end)
    return _integer_bits(spki, start, stop) if tag == SEQUENCE else None


def _read_curve(spki: bytes, at: int, end: int) -> KeyInfo:
    """A named curve; explicit parameters are forbidden by RFC 5480 section 2.1.1 but occur."""
    if at == end:
        raise DerError("has no curve")
    tag, start, stop = element(spki, at, end)
    if tag != OBJECT_IDENTIFIER:
        return KeyInfo("EC with explicit parameters", "ec", None, None)
    oid = spki[start:stop]
    curve, bits = _CURVES.get(oid) or (dotted(oid), None)
    return KeyInfo(f"EC {curve}", "ec", bits, curve)
