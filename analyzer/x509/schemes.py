"""Which keys can serve which certificate types and signature schemes.

How it works: code points are plain integers, and unknown ones simply serve nobody. TLS 1.2 reads a
scheme as a pair, hash in the high byte and signature in the low one (RFC 5246 section 7.4.1.4.1),
so any elliptic curve goes with any ecdsa_* value. TLS 1.3 binds the curve to the scheme and takes
RSA only with PSS (RFC 8446 section 4.2.3). None is the answer for keys of unknown kinds.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    return any(_fits(certificate, scheme, version) for scheme in schemes)


def _fits(certificate: CertificateInfo, scheme: int, version: int | None) -> bool:
    kind = certificate.key_type
    if version != _TLS_1_3:
        signature = _PAIRED.get(kind)
        if signature is not None and scheme & 0xFF == signature and 1 <= scheme >> 8 <= 6:
            return True
    hash_bytes = _PSS_HASH_BYTES.get(kind, {}).get(scheme)
    if hash_bytes is not None:
        # RFC 8017 section 9.1.1 with a salt as long as the hash: RSA 1024 is too short for SHA-512.
        bits = certificate.key_bits
        return bits is None or (bits + 6) // 8 >= 2 * hash_bytes + 2
    if kind == "ec":
        curve = _BOUND_CURVES.get(scheme)
        return curve is not None and (certificate.curve is None or curve == certificate.curve)
    return _EDWARDS.get(kind) == scheme
