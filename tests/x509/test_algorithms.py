from __future__ import annotations

import pytest

from analyzer.x509.algorithms import read_algorithm
from analyzer.x509.der import DerError

from .minting import tlv

PSS = bytes.fromhex("06092a864886f70d01010a")
MGF1 = bytes.fromhex("06092a864886f70d010108")
SHA256 = tlv(0x30, bytes.fromhex("0609608648016503040201"))
SHA512 = tlv(0x30, bytes.fromhex("0609608648016503040203"))


def test_known_and_unknown() -> None:
    known = read_algorithm(tlv(0x30, bytes.fromhex("06082a8648ce3d040302")))
    assert (known.name, known.key, known.hash) == ("ecdsa-with-SHA256", "ec", "SHA256")
    unknown = read_algorithm(tlv(0x30, tlv(6, b"\x2a\x03")))
    assert (unknown.name, unknown.key) == ("1.2.3", None)


@pytest.mark.parametrize(
    ("parameters", "key", "hash_name"),
    [
        (tlv(0x30, b""), "rsa-pss", "SHA1"),
        (tlv(0x30, tlv(0xA0, SHA256) + tlv(0xA1, tlv(0x30, MGF1 + SHA256))), "rsa-pss", "SHA256"),
        (tlv(0x30, tlv(0xA0, SHA256) + tlv(0xA1, tlv(0x30, MGF1 + SHA512))), None, None),
        (tlv(0x30, tlv(0xA0, tlv(0x30, tlv(6, b"\x2a")))), None, None),
        (b"", None, None),
    ],
)
def test_pss_parameters(parameters: bytes, key: str | None, hash_name: str | None) -> None:
    found = read_algorithm(tlv(0x30, PSS + parameters))
    assert (found.name, found.key, found.hash) == ("RSASSA-PSS", key, hash_name)


def test_broken() -> None:
    for data in (b"", b"\x30\x00", tlv(0x30, b"\x05\x00"), tlv(0x30, b"\x06\x00")):
        with pytest.raises(DerError):
            read_algorithm(data)
