from __future__ import annotations

import datetime

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from analyzer.x509 import is_self_signed, issued, load_public_key, same_key_issued

from .minting import Family, PrivateKey, attribute, dn, info, mint, name_der, tlv


def test_issued(family: Family) -> None:
    assert issued(family.root.info, family.intermediate.info) is True
    assert issued(family.intermediate.info, family.leaf.info) is True
    assert issued(family.root.info, family.leaf.info) is False
    assert issued(family.leaf.info, family.intermediate.info) is False


def test_right_name_wrong_key(family: Family) -> None:
    impostor = mint("Issuing", family.root, ca=True)
    assert issued(impostor.info, family.leaf.info) is False


def test_the_same_key_under_another_name(family: Family) -> None:
    renamed = mint("Issuing of 2026", family.root, ca=True, key=family.intermediate.key)
    assert issued(renamed.info, family.leaf.info) is False
    assert same_key_issued(renamed.info, family.leaf.info)
    assert not same_key_issued(mint("Another", family.root, ca=True).info, family.leaf.info)


@pytest.mark.parametrize("identifier", [None, "aa"])
def test_key_identifiers_spare_a_signature_and_prove_nothing(family: Family, identifier: str | None) -> None:
    authority = msgspec.structs.replace(mint("Another", ca=True).info, subject_key_id=identifier)
    below = msgspec.structs.replace(family.leaf.info, authority_key_id="aa")
    assert not same_key_issued(authority, below)


def test_name_in_another_encoding_still_issues(family: Family) -> None:
    sloppy = x509.Name([x509.NameAttribute(a.oid, a.value.upper()) for a in dn("Issuing") if isinstance(a.value, str)])
    leaf = mint("alice", family.intermediate, issuer_name=sloppy)
    assert leaf.info.issuer.der != family.intermediate.info.subject.der
    assert issued(family.intermediate.info, leaf.info) is True


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        ed448.Ed448PrivateKey.generate(),
        dsa.generate_private_key(1024),
    ],
)
def test_every_kind_of_key(key: PrivateKey) -> None:
    root = mint("Root", ca=True, key=key)
    assert is_self_signed(root.info) is True
    broken = root.der[:-1] + bytes([root.der[-1] ^ 1])
    assert is_self_signed(info(broken)) is False


def test_rsa_with_both_paddings(rsa_key: rsa.RSAPrivateKey) -> None:
    assert is_self_signed(mint("Root", key=rsa_key).info) is True
    pss = (
        x509.CertificateBuilder()
        .subject_name(dn("Root"))
        .issuer_name(dn("Root"))
        .public_key(rsa_key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1))
        .not_valid_after(datetime.datetime(2040, 1, 1))
        .sign(rsa_key, hashes.SHA384(), rsa_padding=padding.PSS(padding.MGF1(hashes.SHA384()), 48))
    )
    der = pss.public_bytes(Encoding.DER)
    assert info(der).signature_algorithm == "RSASSA-PSS"
    assert is_self_signed(info(der)) is True
    assert is_self_signed(info(der[:-1] + bytes([der[-1] ^ 1]))) is False


def test_self_issued_by_another_key(family: Family) -> None:
    other = mint("Root", family.root)
    assert other.info.self_issued
    assert is_self_signed(other.info) is False


def test_key_of_another_kind_than_the_algorithm(rsa_key: rsa.RSAPrivateKey, family: Family) -> None:
    impostor = mint("Issuing", key=rsa_key)
    assert issued(impostor.info, family.leaf.info) is False


def test_what_cannot_be_checked(family: Family) -> None:
    unknown = family.root.der.replace(bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06082a8648ce3d040333"))
    assert is_self_signed(info(unknown)) is None
    name = name_der(attribute(b"x"))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    validity = tlv(0x30, tlv(0x17, b"200101000000Z") * 2)
    tbs = tlv(0x30, tlv(2, b"\x01") + algorithm + name + validity + name + b"\x30\x00")
    no_key = info(tlv(0x30, tbs + algorithm + tlv(3, b"\x00s")))
    assert is_self_signed(no_key) is None
    no_algorithm = info(tlv(0x30, tbs + b"\x30\x00" + tlv(3, b"\x00s")))
    assert is_self_signed(no_algorithm) is None


def test_load_public_key(family: Family) -> None:
    assert load_public_key(family.root.info.public_key_info) == family.root.key.public_key()
    assert load_public_key(b"\x30\x00") is None
    huge = tlv(0x30, tlv(2, b"\x7f" * 20_000) + tlv(2, b"\x03"))
    rsa_oid = bytes.fromhex("300d06092a864886f70d0101010500")
    assert load_public_key(tlv(0x30, rsa_oid + tlv(3, b"\x00" + huge))) is None
