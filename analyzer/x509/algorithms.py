"""Signature algorithms: their names, and what is needed to verify with them.

How it works: an identifier gives the name that people know, the kind of key and the hash. Only
RSASSA-PSS says more in its parameters; of those the hash is read, and a mask function with another
hash makes the algorithm one that we cannot check (RFC 4055 section 3.1).
"""

from __future__ import annotations

import msgspec

from analyzer.x509.der import OBJECT_IDENTIFIER, SEQUENCE, DerError, dotted, elements, encoded_oid, expect


class Algorithm(msgspec.Struct, frozen=True, gc=False):
    """A signature algorithm (RFC 5280 section 4.1.1.2)."""

    name: str
    """As OpenSSL prints it, such as ``ecdsa-with-SHA256``; dotted when unknown."""
    key: str | None
    """``rsa``, ``rsa-pss``, ``ec``, ``dsa``, ``ed25519`` or ``ed448``; None when we cannot check it."""
    hash: str | None
    """``MD5``, ``SHA1``, ``SHA224`` and so on; None where the algorithm has none of its own."""


_ALGORITHMS = {
    encoded_oid(oid): Algorithm(name, key, hash_name)
    for oid, name, key, hash_name in (
        ("1.2.840.113549.1.1.4", "md5WithRSAEncryption", "rsa", "MD5"),
        ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption", "rsa", "SHA1"),
        ("1.2.840.113549.1.1.10", "RSASSA-PSS", "rsa-pss", "SHA1"),
        ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", "rsa", "SHA256"),
        ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption", "rsa", "SHA384"),
        ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption", "rsa", "SHA512"),
        ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption", "rsa", "SHA224"),
        ("1.2.840.10040.4.3", "dsa-with-SHA1", "dsa", "SHA1"),
        ("2.16.840.1.101.3.4.3.1", "dsa-with-SHA224", "dsa", "SHA224"),
        ("2.16.840.1.101.3.4.3.2", "dsa-with-SHA256", "dsa", "SHA256"),
        ("1.2.840.10045.4.1", "ecdsa-with-SHA1", "ec", "SHA1"),
        ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224", "ec", "SHA224"),
        ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256", "ec", "SHA256"),
        ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384", "ec", "SHA384"),
        ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512", "ec", "SHA512"),
        ("1.3.101.112", "Ed25519", "ed25519", None),
        ("1.3.101.113", "Ed448", "ed448", None),
        ("2.16.840.1.101.3.4.3.17", "ML-DSA-44", None, None),
        ("2.16.840.1.101.3.4.3.18", "ML-DSA-65", None, None),
        ("2.16.840.1.101.3.4.3.19", "ML-DSA-87", None, None),
    )
}
_HASHES = {
    encoded_oid(oid): name
    for oid, name in {
        "1.3.14.3.2.26": "SHA1",
        "2.16.840.1.101.3.4.2.4": "SHA224",
        "2.16.840.1.101.3.4.2.1": "SHA256",
        "2.16.840.1.101.3.4.2.2": "SHA384",
        "2.16.840.1.101.3.4.2.3": "SHA512",
    }.items()
}


def read_algorithm(der: bytes) -> Algorithm:
    """Read an AlgorithmIdentifier of a signature, with its header.

    Raises:
        DerError: It is broken.
    """
    start, stop = expect(der, 0, len(der), SEQUENCE, "the signature algorithm")
    inner, after = expect(der, start, stop, OBJECT_IDENTIFIER, "the signature algorithm")
    oid = der[inner:after]
    known = _ALGORITHMS.get(oid)
    if known is None:
        return Algorithm(dotted(oid), None, None)
    if known.key == "rsa-pss":
        return _read_pss(known, der, after, stop)
    return known


def _read_pss(known: Algorithm, der: bytes, at: int, end: int) -> Algorithm:
    """RSASSA-PSS-params; the salt's length is left to the verification, which finds it."""
    hashes = {0xA0: "SHA1", 0xA1: "SHA1"}
    try:
        start, stop = expect(der, at, end, SEQUENCE, "the parameters")
        for tag, inner, after in elements(der, start, stop):
            if tag in hashes:
                hashes[tag] = _read_hash(der, inner, after, nested=tag == 0xA1)
    except DerError:
        return Algorithm(known.name, None, None)
    same = hashes[0xA0] if hashes[0xA0] == hashes[0xA1] else None
    return Algorithm(known.name, known.key if same else None, same)


def _read_hash(der: bytes, at: int, end: int, *, nested: bool) -> str:
    """The hash of an AlgorithmIdentifier; ``nested``: that of MGF1, which carries it inside."""
    start, stop = expect(der, at, end, SEQUENCE, "a hash algorithm")
    inner, after = expect(der, start, stop, OBJECT_IDENTIFIER, "a hash algorithm")
    if nested:
        return _read_hash(der, after, stop, nested=False)
    name = _HASHES.get(der[inner:after])
    if name is None:
        raise DerError("has an unknown hash algorithm")
    return name
