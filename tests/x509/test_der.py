from __future__ import annotations

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509.der import DerError, certificate_layout, dotted, element, elements, encoded_oid, expect

from .minting import Family, tlv


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 70000])
def test_element_reads_every_length_form(length: int) -> None:
    data = b"??" + tlv(0x04, bytes(length)) + b"!"
    tag, start, stop = element(data, 2, len(data))
    assert (tag, stop - start, stop) == (0x04, length, len(data) - 1)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "header"),
        ("30", "header"),
        ("3080", "indefinite"),
        ("308200", "DER length"),
        ("30850000000001", "more than four"),
        ("3005 0101", "ends 3 bytes too early"),
        ("1f8101 00", "several bytes"),
    ],
)
def test_what_cannot_be_walked(data: str, why: str) -> None:
    raw = bytes.fromhex(data)
    with pytest.raises(DerError, match=why):
        element(raw, 0, len(raw))


def test_length_in_more_bytes_than_needed_is_accepted() -> None:
    assert element(bytes.fromhex("04820001ff"), 0, 5) == (4, 4, 5)


def test_expect_names_what_is_missing() -> None:
    with pytest.raises(DerError, match="0x04 where the version should be"):
        expect(b"\x04\x00", 0, 2, 2, "the version")


@given(st.binary(max_size=60))
def test_elements_never_leave_the_buffer(data: bytes) -> None:
    try:
        for _, start, stop in elements(data, 0, len(data)):
            assert 0 <= start <= stop <= len(data)
    except DerError:
        pass


@given(
    st.tuples(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**40), max_size=6)).map(
        lambda t: ".".join(map(str, (t[0], t[1], *t[2])))
    )
)
def test_object_identifiers_round_trip(text: str) -> None:
    assert dotted(encoded_oid(text)) == text


@pytest.mark.parametrize("oid", [b"", b"\x55\x84", b"\x81" * 70 + b"\x01"])
def test_broken_object_identifiers(oid: bytes) -> None:
    with pytest.raises(DerError):
        dotted(oid)


def test_large_first_pair_of_an_identifier() -> None:
    assert dotted(encoded_oid("2.999.3")) == "2.999.3" == x509.ObjectIdentifier("2.999.3").dotted_string


def test_layout_agrees_with_cryptography(family: Family) -> None:
    certificate = family.leaf.certificate
    layout = certificate_layout(family.leaf.der)
    assert layout.tbs == certificate.tbs_certificate_bytes
    assert layout.signature == certificate.signature
    assert layout.subject == certificate.subject.public_bytes()
    assert layout.issuer == certificate.issuer.public_bytes()
    assert (layout.version, layout.trailing) == (3, 0)
