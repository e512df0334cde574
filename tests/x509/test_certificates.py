from __future__ import annotations

import datetime
import hashlib
import warnings

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509 import CertificateInfo, UnreadableCertificate, read_certificate
from analyzer.x509.der import certificate_layout

from .minting import CLIENT, SERVER, Family, attribute, dn, info, mint, name_der, tlv, usage

KEY_INFO = mint("x").info.public_key_info
ECDSA = bytes.fromhex("300a06082a8648ce3d040302")
VALIDITY = tlv(0x30, tlv(0x17, b"200101000000Z") + tlv(0x17, b"300101000000Z"))
NAME = name_der(attribute(b"odd"))


def odd(
    *,
    version: bytes = b"\xa0\x03\x02\x01\x02",
    serial: bytes = b"\x01",
    inner: bytes = ECDSA,
    issuer: bytes = NAME,
    validity: bytes = VALIDITY,
    subject: bytes = NAME,
    key: bytes = KEY_INFO,
    rest: bytes = b"",
) -> CertificateInfo:
    """A certificate put together by hand, with a signature of nothing."""
    tbs = tlv(0x30, version + tlv(2, serial) + inner + issuer + validity + subject + key + rest)
    return info(tlv(0x30, tbs + ECDSA + tlv(3, b"\x00sig")))


def test_ordinary_certificate(family: Family) -> None:
    found, certificate = family.leaf.info, family.leaf.certificate
    assert found.sha256 == hashlib.sha256(found.der).hexdigest()
    assert found.subject.text == "CN=alice,O=Example Corp,C=DE"
    assert found.issuer.text == "CN=Issuing,O=Example Corp,C=DE"
    assert int(found.serial, 16) == certificate.serial_number
    assert len(found.serial) % 2 == 0
    assert found.not_before == certificate.not_valid_before_utc
    assert found.not_after == certificate.not_valid_after_utc
    assert found.not_before_ns == 1577836800 * 10**9
    assert (found.key, found.key_type, found.key_bits, found.curve) == ("EC P-256", "ec", 256, "P-256")
    assert found.signature_algorithm == "ecdsa-with-SHA256"
    assert (found.key_usage, found.extended_key_usage) == (("digitalSignature",), ("clientAuth",))
    assert (found.basic_constraints_ca, found.version, found.problems) == (False, 3, ())
    assert not found.is_ca
    assert not found.self_issued
    assert found.can_sign


def test_equal_by_bytes(family: Family) -> None:
    copy = info(bytes(bytearray(family.leaf.der)))
    assert copy == family.leaf.info
    assert hash(copy) == hash(family.leaf.info)
    assert copy != family.root.info
    assert copy != "something else"


@pytest.mark.parametrize(
    ("eku", "client", "server"),
    [
        ([], True, True),
        ([CLIENT], True, False),
        ([SERVER], False, True),
        ([x509.ObjectIdentifier("2.5.29.37.0")], True, True),
        ([x509.ObjectIdentifier("1.2.3")], False, False),
    ],
)
def test_extended_key_usage(eku: list[x509.ObjectIdentifier], client: bool, server: bool) -> None:
    found = mint("x", eku=eku).info
    assert (found.allows_client_auth, found.allows_server_auth) == (client, server)


def test_is_ca() -> None:
    assert mint("x", ca=True).info.is_ca
    assert not mint("x", ca=False, key_usage=usage("key_cert_sign")).info.is_ca
    assert mint("x", key_usage=usage("key_cert_sign")).info.is_ca
    assert not mint("x").info.is_ca  # version 3 has to say so
    assert odd(version=b"").is_ca  # version 1 cannot
    assert not odd(version=b"", issuer=name_der(attribute(b"other"))).is_ca


def test_diffie_hellman_key_cannot_sign() -> None:
    key = tlv(0x30, tlv(0x30, bytes.fromhex("06032b656e")) + tlv(3, bytes(33)))
    assert not odd(key=key).can_sign


def test_years_beyond_every_clock() -> None:
    validity = tlv(0x30, tlv(0x17, b"500101000000Z") + tlv(0x18, b"99991231235959Z"))
    found = odd(validity=validity)
    assert found.not_before == datetime.datetime(1950, 1, 1, tzinfo=datetime.UTC)
    assert found.not_after == datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("certificate", "problem"),
    [
        (odd(serial=b"\xff"), "the serial number is not positive"),
        (odd(serial=b"\x00"), "the serial number is not positive"),
        (odd(serial=b""), "the serial number is empty"),
        (odd(serial=b"\x01" * 21), "the serial number takes 21 bytes where 20 are allowed"),
        (odd(version=b"\xa0\x03\x02\x01\x07"), "the version is 8"),
        (odd(version=b"", rest=tlv(0xA3, b"\x30\x00")), "there are extensions, which version 1"),
        (odd(inner=b"\x30\x05\x06\x03\x2b\x65\x70"), "the signature algorithm inside the signed part"),
        (odd(subject=b"\x30\x02\x31\x00"), "the subject has an empty relative distinguished name"),
        (odd(issuer=b"\x0c\x01a"), "the issuer has DER tag 0x0c"),
        (odd(validity=tlv(0x30, tlv(0x17, b"soon") + tlv(0x17, b"300101000000Z"))), "the start of validity"),
        (odd(validity=b"\x30\x00"), "the validity ends"),
        (odd(key=b"\x30\x00"), "the public key ends"),
        (odd(rest=tlv(0xA3, b"\x05\x00")), "the list of extensions has DER tag 0x05"),
        (info(odd().der + b"\x00\x00"), "2 bytes follow the certificate"),
    ],
)
def test_one_odd_part_hides_no_other(certificate: CertificateInfo, problem: str) -> None:
    assert len(certificate.problems) == 1
    assert certificate.problems[0].startswith(problem)
    readable = [certificate.subject.text, certificate.issuer.text].count("CN=odd")
    readable += certificate.key == "EC P-256"
    readable += certificate.not_after == datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    assert readable >= 3


def test_negative_serial_number() -> None:
    assert odd(serial=b"\xff").serial == "-01"
    assert odd(serial=b"\x00\xff").serial == "ff"


def test_long_serial_numbers() -> None:
    assert odd(serial=b"\x00" + b"\xff" * 20).problems == ()
    assert len(odd(serial=b"\x7f" * 5000).serial) == 128


@pytest.mark.parametrize("der", [b"", b"\x30", b"not a certificate", b"\x30\x00", b"\x30\x80\x00\x00"])
def test_unreadable(der: bytes) -> None:
    found = read_certificate(der)
    assert isinstance(found, UnreadableCertificate)
    assert found.sha256 == hashlib.sha256(der).hexdigest()
    assert found.error


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(der: bytes) -> None:
    read_certificate(der)
    read_certificate(tlv(0x30, tlv(0x30, der) + ECDSA + tlv(3, b"\x00")))


def test_truncation_at_every_byte(family: Family) -> None:
    for cut in range(len(family.leaf.der)):
        assert isinstance(read_certificate(family.leaf.der[:cut]), UnreadableCertificate)


def test_every_flipped_byte_agrees_with_cryptography(family: Family) -> None:
    """Never raises, and says the same wherever the strict reader can read the certificate."""
    der = family.leaf.der
    agreed = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for at in range(len(der)):
            for change in (0x01, 0x80, 0xFF):
                flipped = der[:at] + bytes([der[at] ^ change]) + der[at + 1 :]
                found = read_certificate(flipped)
                try:
                    strict = x509.load_der_x509_certificate(flipped)
                    subject = strict.subject.public_bytes()
                    serial = strict.serial_number
                    end = strict.not_valid_after_utc
                except (ValueError, x509.InvalidVersion):
                    continue
                assert isinstance(found, CertificateInfo)
                assert found.subject.der == subject
                assert int(found.serial, 16) == serial
                assert found.not_after == end
                agreed += 1
    assert agreed > 500


def test_large_certificates_are_read_too() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName(f"host-{number}.example") for number in range(900)])
    found = mint("large", extensions=[names]).info
    assert len(found.der) > 16 * 1024
    assert len(found.san) == 900


def test_cached(family: Family) -> None:
    assert read_certificate(family.leaf.der) is read_certificate(bytes(bytearray(family.leaf.der)))


def test_public_key_info(family: Family) -> None:
    layout = certificate_layout(family.leaf.der)
    assert family.leaf.info.public_key_info == layout.public_key_info
    assert family.leaf.certificate.public_bytes(Encoding.DER) == family.leaf.info.der
    assert dn("alice").public_bytes() == family.leaf.info.subject.der


def test_a_ca_that_may_not_sign_certificates_may_not_issue() -> None:
    assert mint("CA", ca=True).info.may_issue
    assert mint("CA", ca=True, key_usage=usage("key_cert_sign")).info.may_issue
    assert not mint("CA", ca=True, key_usage=usage("crl_sign")).info.may_issue
    assert not mint("alice", ca=False, key_usage=usage("key_cert_sign")).info.may_issue


def test_a_curve_is_named_or_spelt_out() -> None:
    named = mint("alice").info
    assert not named.spells_curve_out
    assert not mint("alice", key=ed25519.Ed25519PrivateKey.generate()).info.spells_curve_out
    assert msgspec.structs.replace(named, curve=None).spells_curve_out
