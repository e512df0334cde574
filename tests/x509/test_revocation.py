from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import InputUnreadableError
from analyzer.x509 import load_revocation_lists
from analyzer.x509.times import ns_of

from .minting import Family, Identity, mint

MADE = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
REVOKED = datetime.datetime(2026, 2, 27, 9, 14, 22, tzinfo=datetime.UTC)


def crl(
    signer: Identity,
    *revoked: tuple[int, x509.ReasonFlags | None],
    issuer: x509.Name | None = None,
    extensions: Sequence[x509.ExtensionType] = (),
) -> x509.CertificateRevocationList:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer or signer.certificate.subject)
        .last_update(MADE)
        .next_update(MADE + datetime.timedelta(days=7))
    )
    for serial, reason in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(REVOKED)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(signer.key, hashes.SHA256())


def save(folder: Path, data: bytes) -> str:
    path = folder / "ca.crl"
    path.write_bytes(data)
    return str(path)


def pem(*lists: x509.CertificateRevocationList) -> bytes:
    return b"some text\n".join(one.public_bytes(Encoding.PEM) for one in lists)


def test_a_serial_number_is_found_with_its_date_and_reason(tmp_path: Path, family: Family) -> None:
    serial = family.leaf.certificate.serial_number
    made = crl(family.intermediate, (serial, x509.ReasonFlags.key_compromise), (7, None))
    for data in (made.public_bytes(Encoding.DER), pem(made), pem(made).decode().encode("utf-16")):
        (found,) = load_revocation_lists(save(tmp_path, data))
        assert found.issuer.key == family.intermediate.info.subject.key
        assert found.made_ns == ns_of(MADE)
        assert found.renewed_by_ns == ns_of(MADE + datetime.timedelta(days=7))
        entry = found.find(family.leaf.info.serial)
        assert entry is not None
        assert (entry.since_ns, entry.reason) == (ns_of(REVOKED), "keyCompromise")
        other = found.find("07")
        assert other is not None
        assert other.reason is None


@pytest.mark.parametrize("serial", ["08", "", "-07", "ff" * 64])
def test_other_serial_numbers_are_not_on_it(tmp_path: Path, family: Family, serial: str) -> None:
    (found,) = load_revocation_lists(save(tmp_path, pem(crl(family.root, (7, None)))))
    assert found.find(serial) is None


def test_what_was_taken_off_a_list_is_not_revoked(tmp_path: Path, family: Family) -> None:
    made = crl(family.root, (7, x509.ReasonFlags.remove_from_crl))
    (found,) = load_revocation_lists(save(tmp_path, pem(made)))
    assert found.find("07") is None


def test_who_signed_it(tmp_path: Path, family: Family) -> None:
    (found,) = load_revocation_lists(save(tmp_path, pem(crl(family.root))))
    assert found.signed_by(family.root.info.public_key_info)
    assert not found.signed_by(family.stranger.info.public_key_info)
    assert not found.signed_by(b"no key at all")


def test_several_lists_in_one_file(tmp_path: Path, family: Family) -> None:
    data = pem(crl(family.root), crl(family.intermediate, (7, None)))
    found = load_revocation_lists(save(tmp_path, data))
    assert [bool(one.find("07")) for one in found] == [False, True]


def test_an_indirect_list_is_refused(tmp_path: Path, family: Family) -> None:
    point = x509.IssuingDistributionPoint(None, None, False, False, None, True, False)
    path = save(tmp_path, pem(crl(family.root, extensions=[point])))
    with pytest.raises(InputUnreadableError, match="indirect"):
        load_revocation_lists(path)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "cannot be read"),
        (b"\x30\x03\x02\x01", "cannot be read"),
        (b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "cannot be read"),
        (b"-----BEGIN X509 CRL-----\n" * 50_000, "has no end"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds certificates"),
    ],
)
def test_what_is_no_list_is_said_in_one_sentence(tmp_path: Path, data: bytes, says: str) -> None:
    path = save(tmp_path, data)
    with pytest.raises(InputUnreadableError) as error:
        load_revocation_lists(path)
    assert says in error.value.sentence
    assert path in error.value.sentence


def test_more_lists_than_anybody_has(tmp_path: Path, family: Family) -> None:
    path = save(tmp_path, pem(crl(family.root)) * 1001)
    with pytest.raises(InputUnreadableError, match="more than 1000"):
        load_revocation_lists(path)


WHOLE = crl(mint("Root", ca=True), (7, x509.ReasonFlags.superseded)).public_bytes(Encoding.DER)


@given(st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_list_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, family: Family, changes: list[tuple[int, int]]
) -> None:
    der = bytearray(WHOLE)
    for place, byte in changes:
        der[place % len(der)] = byte
    path = save(tmp_path_factory.mktemp("crl"), bytes(der))
    try:
        (found,) = load_revocation_lists(path)
    except InputUnreadableError:
        return
    found.find("07")
    found.signed_by(family.root.info.public_key_info)
