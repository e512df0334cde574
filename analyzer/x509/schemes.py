"""Which keys can serve which certificate types and signature schemes.

How it works: code points are plain integers, and unknown ones simply serve nobody. TLS 1.2 reads a
scheme as a pair, hash in the high byte and signature in the low one (RFC 5246 section 7.4.1.4.1),
so any elliptic curve goes with any ecdsa_* value. TLS 1.3 binds the curve to the scheme and takes
RSA only with PSS (RFC 8446 section 4.2.3). None is the answer for keys of unknown kinds.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from analyzer.x509.certificates import CertificateInfo

_TLS_1_3 = 0x0304

_TYPES = {
    "rsa": {1},  # rsa_sign
    "rsa-pss": {1},
    "dsa": {2},  # dss_sign
    "ec": {64},  # ecdsa_sign
    "ed25519": {64},  # RFC 8422 section 5.5
    "ed448": {64},
    "dh": {3, 4},  # rsa_fixed_dh, dss_fixed_dh
}
_PSS_HASH_BYTES = {
    "rsa": {0x0804: 32, 0x0805: 48, 0x0806: 64},  # rsa_pss_rsae_*
    "rsa-pss": {0x0809: 32, 0x080A: 48, 0x080B: 64},  # rsa_pss_pss_*
}
_EDWARDS = {"ed25519": 0x0807, "ed448": 0x0808}
_BOUND_CURVES = {
    0x0403: "P-256",
    0x0503: "P-384",
    0x0603: "P-521",
    0x0708: "SM2",
    0x081A: "brainpoolP256r1",
    0x081B: "brainpoolP384r1",
    0x081C: "brainpoolP512r1",
}
_PAIRED = {"rsa": 1, "dsa": 2, "ec": 3}
"""SignatureAlgorithm of TLS 1.2."""


def accepted_by_types(certificate: CertificateInfo, certificate_types: Iterable[int]) -> bool | None:
    """Whether a ClientCertificateType value admits the key (RFC 5246 section 7.4.4, RFC 8422 5.5)."""
    wanted = _TYPES.get(certificate.key_type)
    return None if wanted is None else not wanted.isdisjoint(certificate_types)


def has_common_scheme(certificate: CertificateInfo, schemes: Iterable[int], version: int | None) -> bool | None:
    """Whether one of the SignatureScheme values can be used with the key.

    Args:
        certificate: The one whose key would sign.
        schemes: As in the request.
        version: 0x0304 for the rules of TLS 1.3, lower for those of TLS 1.2, None for either.
    """
    if certificate.key_type not in _TYPES:
        return None
    usable = _usable(certificate.key_type, certificate.key_bits, certificate.curve, version == _TLS_1_3)
    return not usable.isdisjoint(schemes)


@lru_cache(maxsize=256)
def _usable(kind: str, bits: int | None, curve: str | None, tls_1_3: bool) -> frozenset[int]:
    """Every scheme in which such a key can sign."""
    found = {scheme for scheme, bound in _BOUND_CURVES.items() if kind == "ec" and curve in (None, bound)}
    if kind in _PAIRED and not tls_1_3:
        found.update(hash_algorithm << 8 | _PAIRED[kind] for hash_algorithm in range(1, 7))
    for scheme, hash_bytes in _PSS_HASH_BYTES.get(kind, {}).items():
        # RFC 8017 section 9.1.1 with a salt as long as the hash: RSA 1024 is too short for SHA-512.
        if bits is None or (bits + 6) // 8 >= 2 * hash_bytes + 2:
            found.add(scheme)
    if kind in _EDWARDS:
        found.add(_EDWARDS[kind])
    return frozenset(found)
