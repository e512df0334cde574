from __future__ import annotations

import ipaddress

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509.extensions import read_extensions

from .minting import CLIENT, SERVER, dn, mint, tlv, usage

EKU, KU, SAN, BC, SKI, AKI = (bytes.fromhex("551d" + last) for last in ("25", "0f", "11", "13", "0e", "23"))
CLIENT_OID = tlv(6, bytes.fromhex("2b06010505070302"))


def extension(oid: bytes, value: bytes, critical: bytes = b"") -> bytes:
    return tlv(0x30, tlv(6, oid) + critical + tlv(4, value))


def extensions(*items: bytes) -> bytes:
    return tlv(0x30, b"".join(items))


def test_all_in_one_certificate() -> None:
    upn = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), tlv(0x0C, b"alice@corp"))
    other = x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
    key = mint("x").key.public_key()
    found = mint(
        "alice",
        eku=[CLIENT, SERVER, x509.ObjectIdentifier("1.2.3.4"), x509.ObjectIdentifier("2.5.29.37.0")],
        key_usage=usage("digital_signature", "key_agreement", "decipher_only"),
        extensions=[
            x509.BasicConstraints(True, 3),
            x509.SubjectKeyIdentifier(b"\x01\x02"),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key),
            x509.SubjectAlternativeName(
                [
                    x509.DNSName("a.example"),
                    x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
                    x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
                    x509.RFC822Name("a@b.example"),
                    x509.UniformResourceIdentifier("spiffe://a/b"),
                    x509.DirectoryName(dn("dir")),
                    upn,
                    other,
                ]
            ),
        ],
    ).info
    assert found.extended_key_usage == ("clientAuth", "serverAuth", "1.2.3.4", "anyExtendedKeyUsage")
    assert found.key_usage == ("digitalSignature", "keyAgreement", "decipherOnly")
    assert (found.basic_constraints_ca, found.path_length) == (True, 3)
    assert found.subject_key_id == "0102"
    assert found.authority_key_id == x509.SubjectKeyIdentifier.from_public_key(key).digest.hex()
    assert found.san == (
        "dns:a.example",
        "ip:192.0.2.1",
        "ip:2001:db8::1",
        "email:a@b.example",
        "uri:spiffe://a/b",
        "dir:CN=dir,O=Example Corp,C=DE",
        "upn:alice@corp",
    )
    assert found.problems == ()


def test_absent_is_not_empty() -> None:
    assert read_extensions(b"").extended_key_usage is None
    assert read_extensions(extensions(extension(EKU, b"\x30\x00"))).extended_key_usage == ()


@pytest.mark.parametrize(
    ("oid", "value", "problem"),
    [
        (EKU, b"\x04\x00", "the extended key usage has DER tag 0x04 where the list of usages"),
        (EKU, tlv(0x30, b"\x05\x00"), "the extended key usage has DER tag 0x05 where a usage"),
        (KU, b"\x03\x00", "the key usage has no bits"),
        (KU, b"", "the key usage ends"),
        (BC, tlv(0x30, b"\x05\x00"), "the basic constraints holds something unexpected"),
        (SAN, tlv(0x30, b"\xa0\x02\x05\x00"), "the subject alternative name has DER tag"),
        (SKI, b"\x02\x00", "the subject key identifier has DER tag"),
        (AKI, b"\x30\x05", "the authority key identifier ends"),
    ],
)
def test_a_broken_extension_hides_no_other(oid: bytes, value: bytes, problem: str) -> None:
    good_oid, good = (KU, b"\x03\x02\x07\x80") if oid != KU else (EKU, tlv(0x30, CLIENT_OID))
    found = read_extensions(extensions(extension(oid, value), extension(good_oid, good, b"\x01\x01\xff")))
    assert len(found.problems) == 1
    assert found.problems[0].startswith(problem)
    assert found.key_usage == ("digitalSignature",) or found.extended_key_usage == ("clientAuth",)


def test_first_of_two_counts() -> None:
    found = read_extensions(
        extensions(extension(EKU, tlv(0x30, CLIENT_OID)), extension(EKU, b"\x30\x00"), extension(b"\x2a", b""))
    )
    assert found.extended_key_usage == ("clientAuth",)
    assert found.problems == ("the extension extended key usage occurs twice; the first one counts",)


def test_bounds() -> None:
    many = read_extensions(extensions(*(extension(b"\x2a" + bytes([i % 100]), b"") for i in range(300))))
    assert any("more than 200 extensions" in problem for problem in many.problems)
    names = read_extensions(extensions(extension(SAN, tlv(0x30, tlv(0x82, b"a") * 1500))))
    assert len(names.san) == 1000
    assert "more than 1000" in names.problems[0]
    usages = read_extensions(extensions(extension(EKU, tlv(0x30, CLIENT_OID * 1500))))
    assert len(usages.extended_key_usage or ()) == 1000


@given(st.sampled_from([EKU, KU, SAN, BC, SKI, AKI]), st.binary(max_size=40))
def test_random_values_never_raise(oid: bytes, value: bytes) -> None:
    read_extensions(extensions(extension(oid, value)))
    read_extensions(extensions(extension(oid, tlv(0x30, value))))
    read_extensions(value)


@pytest.mark.parametrize(("features", "stapled"), [(b"\x05", True), (b"\x11", True), (b"\x06", False)])
def test_must_staple(features: bytes, stapled: bool) -> None:
    value = tlv(0x30, tlv(2, features))
    found = read_extensions(extensions(extension(bytes.fromhex("2b06010505070118"), value)))
    assert (found.must_staple, found.problems) == (stapled, ())
