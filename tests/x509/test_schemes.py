from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from analyzer.x509.certificates import CertificateInfo
from analyzer.x509.schemes import accepted_by_types, has_common_scheme

from .minting import mint

P256 = mint("x").info
P384 = mint("x", key=ec.generate_private_key(ec.SECP384R1())).info
ED25519 = mint("x", key=ed25519.Ed25519PrivateKey.generate()).info
ED448 = mint("x", key=ed448.Ed448PrivateKey.generate()).info
DSA = mint("x", key=dsa.generate_private_key(1024)).info
RSA1024 = mint("x", key=rsa.generate_private_key(65537, 1024)).info
TLS12, TLS13 = 0x0303, 0x0304


@pytest.mark.parametrize(
    ("certificate", "types", "accepted"),
    [
        (P256, [64], True),
        (P256, [1, 2], False),
        (ED25519, [64], True),
        (ED448, [1], False),
        (DSA, [2], True),
        (RSA1024, [1, 64], True),
        (RSA1024, [64], False),
        (RSA1024, [], False),
    ],
)
def test_certificate_types(certificate: CertificateInfo, types: list[int], accepted: bool) -> None:
    assert accepted_by_types(certificate, types) is accepted


@pytest.mark.parametrize(
    ("certificate", "scheme", "tls12", "tls13"),
    [
        (P256, 0x0403, True, True),
        (P256, 0x0503, True, False),
        (P256, 0x0203, True, False),
        (P384, 0x0403, True, False),
        (P384, 0x0503, True, True),
        (P256, 0x0807, False, False),
        (ED25519, 0x0807, True, True),
        (ED25519, 0x0808, False, False),
        (ED448, 0x0808, True, True),
        (DSA, 0x0402, True, False),
        (DSA, 0x0401, False, False),
        (RSA1024, 0x0401, True, False),
        (RSA1024, 0x0101, True, False),
        (RSA1024, 0x0804, True, True),
        (RSA1024, 0x0805, True, True),
        (RSA1024, 0x0806, False, False),  # too short for two hashes of 64 bytes
        (RSA1024, 0x0809, False, False),  # for keys of the type RSASSA-PSS
        (RSA1024, 0x0701, False, False),
        (P256, 0x0A0A, False, False),  # GREASE
    ],
)
def test_schemes(certificate: CertificateInfo, scheme: int, tls12: bool, tls13: bool) -> None:
    assert has_common_scheme(certificate, [scheme], TLS12) is tls12
    assert has_common_scheme(certificate, [scheme], TLS13) is tls13
    assert has_common_scheme(certificate, [scheme], None) is (tls12 or tls13)
    assert has_common_scheme(certificate, [0xFFFF, scheme], TLS12) is tls12
    assert has_common_scheme(certificate, [], TLS12) is False
