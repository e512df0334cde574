"""Did this certificate sign that one? Answered with yes, no, or "cannot be checked".

How it works: the issuer's name must be the subject's issuer name (normalised, because CAs do
re-encode), and the signature must verify under the issuer's key (RFC 5280 section 6.1.3). The
certificates themselves are not loaded by ``cryptography``, only the key is, so that a certificate
with one odd field can still be placed in a chain. Whether the issuer was *allowed* to sign (CA
flag, key usage, dates) is another question. A signature costs 50 to 200 us, hence the cache.
"""

from __future__ import annotations

import warnings
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from analyzer.x509.algorithms import Algorithm, read_algorithm
from analyzer.x509.certificates import CertificateInfo
from analyzer.x509.der import DerError, certificate_layout

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "MD5": hashes.MD5(),
    "SHA1": hashes.SHA1(),
    "SHA224": hashes.SHA224(),
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_LONGEST_KEY = 16 * 1024
"""Bytes. RSA 16384, more than OpenSSL computes with, takes 2 KiB."""


def issued(issuer: CertificateInfo, subject: CertificateInfo) -> bool | None:
    """Say whether ``issuer`` signed ``subject``.

    Returns:
        False when the names do not fit or the signature does not verify; None when the names fit
        and the signature cannot be checked (unknown algorithm, or a key that cannot be loaded).
    """
    if issuer.subject.key != subject.issuer.key:
        return False
    return _signed(issuer.public_key_info, subject.der)


def same_key_issued(authority: CertificateInfo, subject: CertificateInfo) -> bool:
    """Say whether the authority's key signed ``subject``, by whatever name; key identifiers spare most signatures."""
    ours, theirs = authority.subject_key_id, subject.authority_key_id
    if ours is not None and theirs is not None and ours != theirs:
        return False
    return _signed(authority.public_key_info, subject.der) is True


def is_self_signed(certificate: CertificateInfo) -> bool | None:
    """Say whether a certificate carries its own key's signature; None when it cannot be checked."""
    return issued(certificate, certificate)


@lru_cache(maxsize=1024)
def load_public_key(spki: bytes) -> PublicKeyTypes | None:
    """Load a subjectPublicKeyInfo; None when it is broken, of an unknown kind, or over 16 KiB."""
    if len(spki) > _LONGEST_KEY:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return load_der_public_key(spki)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return None


@lru_cache(maxsize=8192)
def _signed(spki: bytes, der: bytes) -> bool | None:
    try:
        layout = certificate_layout(der)
        algorithm = read_algorithm(layout.algorithm)
    except DerError:
        return None
    key = load_public_key(spki)
    if key is None or algorithm.key is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _verify(key, algorithm, layout.signature, layout.tbs)
        except InvalidSignature:
            return False
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return None


def _verify(key: PublicKeyTypes, algorithm: Algorithm, signature: bytes, signed: bytes) -> bool:
    """True, or False when the key is of another kind than the algorithm.

    Raises:
        InvalidSignature: It does not verify.
    """
    chosen = _HASHES.get(algorithm.hash or "")
    if isinstance(key, rsa.RSAPublicKey) and algorithm.key in ("rsa", "rsa-pss") and chosen is not None:
        if algorithm.key == "rsa":
            key.verify(signature, signed, padding.PKCS1v15(), chosen)
        else:
            key.verify(signature, signed, padding.PSS(padding.MGF1(chosen), padding.PSS.AUTO), chosen)
    elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm.key == "ec" and chosen is not None:
        key.verify(signature, signed, ec.ECDSA(chosen))
    elif isinstance(key, dsa.DSAPublicKey) and algorithm.key == "dsa" and chosen is not None:
        key.verify(signature, signed, chosen)
    elif (isinstance(key, ed25519.Ed25519PublicKey) and algorithm.key == "ed25519") or (
        isinstance(key, ed448.Ed448PublicKey) and algorithm.key == "ed448"
    ):
        key.verify(signature, signed)
    else:
        return False
    return True
