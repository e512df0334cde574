from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from analyzer.x509.der import DerError
from analyzer.x509.keys import read_key_info

from .minting import tlv

SECP256K1_KEY = ec.generate_private_key(ec.SECP256K1()).public_key()


def spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("key", "text", "kind", "bits", "curve"),
    [
        (ec.generate_private_key(ec.SECP256R1()).public_key(), "EC P-256", "ec", 256, "P-256"),
        (ec.generate_private_key(ec.SECP384R1()).public_key(), "EC P-384", "ec", 384, "P-384"),
        (ec.generate_private_key(ec.SECP521R1()).public_key(), "EC P-521", "ec", 521, "P-521"),
        (SECP256K1_KEY, "EC secp256k1", "ec", 256, "secp256k1"),
        (ed25519.Ed25519PrivateKey.generate().public_key(), "Ed25519", "ed25519", 256, None),
        (ed448.Ed448PrivateKey.generate().public_key(), "Ed448", "ed448", 456, None),
        (x25519.X25519PrivateKey.generate().public_key(), "X25519", "dh", 253, None),
        (dsa.generate_private_key(1024).public_key(), "DSA 1024", "dsa", 1024, None),
    ],
)
def test_keys(key: PublicKeyTypes, text: str, kind: str, bits: int, curve: str | None) -> None:
    found = read_key_info(spki(key))
    assert (found.text, found.type, found.bits, found.curve) == (text, kind, bits, curve)


def test_rsa_and_rsa_pss(rsa_key: rsa.RSAPrivateKey) -> None:
    der = spki(rsa_key.public_key())
    assert read_key_info(der).text == "RSA 2048"
    pss = der.replace(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010a"))
    found = read_key_info(pss)
    assert (found.text, found.type, found.bits) == ("RSA-PSS 2048", "rsa-pss", 2048)


def key_info(oid: str, parameters: bytes = b"") -> bytes:
    algorithm = tlv(0x30, tlv(0x06, bytes.fromhex(oid)) + parameters)
    return tlv(0x30, algorithm + tlv(0x03, b"\x00\x00"))


def test_diffie_hellman() -> None:
    group = tlv(0x30, tlv(2, b"\x00" + b"\xff" * 128) + tlv(2, b"\x02"))
    found = read_key_info(key_info("2a864886f70d010301", group))
    assert (found.text, found.type, found.bits) == ("DH 1024", "dh", 1024)


def test_oddities() -> None:
    assert read_key_info(key_info("2a8648ce3d0201", b"\x30\x00")).text == "EC with explicit parameters"
    assert read_key_info(key_info("2a8648ce3d0201", tlv(6, b"\x2a\x03"))).text == "EC 1.2.3"
    assert read_key_info(key_info("2a8648ce380401")).text == "DSA"  # inherits its parameters
    assert read_key_info(key_info("608648016503040311")).text == "ML-DSA-44"
    unknown = read_key_info(key_info("2a0304"))
    assert (unknown.text, unknown.type) == ("1.2.3.4", "other")


def test_broken_keys() -> None:
    whole = spki(SECP256K1_KEY)
    for cut in range(len(whole)):
        with pytest.raises(DerError):
            read_key_info(whole[:cut])
    with pytest.raises(DerError, match="no curve"):
        read_key_info(key_info("2a8648ce3d0201"))
