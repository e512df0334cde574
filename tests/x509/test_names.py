from __future__ import annotations

import time

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509 import Name, NameMatch, UnreadableName, compare_names, name_from_text, read_name
from analyzer.x509.names import escaped, normalised

from .minting import attribute, dn, name, name_der, tlv

ORDINARY_TYPES = [
    NameOID.COMMON_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.LOCALITY_NAME,
    NameOID.STATE_OR_PROVINCE_NAME,
    NameOID.STREET_ADDRESS,
    NameOID.USER_ID,
]
values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
ordinary_names = st.lists(
    st.builds(x509.NameAttribute, st.sampled_from(ORDINARY_TYPES), values), min_size=1, max_size=5
).map(x509.Name)


def test_text_is_most_specific_first() -> None:
    found = name(dn("alice").public_bytes())
    assert found.text == "CN=alice,O=Example Corp,C=DE"
    assert found.common_name == "alice"


@given(ordinary_names)
def test_text_agrees_with_cryptography(ordinary: x509.Name) -> None:
    assert name(ordinary.public_bytes()).text == ordinary.rfc4514_string()


@given(values)
def test_escaping_agrees_with_cryptography(value: str) -> None:
    assert "CN=" + escaped(value) == x509.NameAttribute(NameOID.COMMON_NAME, value).rfc4514_string()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a,b", "a\\,b"),
        (" a ", "\\ a\\ "),
        (" ", "\\ "),
        ("#a", "\\#a"),
        ("a\0b", "a\\00b"),
        ("\x1b[31m", "\x1b[31m"),  # making it safe is the job of whoever draws
    ],
)
def test_escapes(value: str, text: str) -> None:
    assert escaped(value) == text


def test_types_without_and_with_a_short_name() -> None:
    der = name_der(attribute(b"x", oid="2a0304"), attribute(b"a@b", 0x16, "2a864886f70d010901"))
    assert name(der).text == "emailAddress=a@b,1.2.3.4=x"


def test_empty_name_is_a_name() -> None:
    found = name(b"\x30\x00")
    assert (found.text, found.common_name, found.key) == ("", None, b"")


def test_most_specific_common_name() -> None:
    assert name(name_der(attribute(b"upper"), attribute(b"lower"))).common_name == "lower"


def test_multi_valued_rdn_is_a_set() -> None:
    a, b = attribute(b"alice"), attribute(b"17", 0x13, "550405")
    left, right = name(name_der([a, b])), name(name_der([b, a]))
    assert left.text == "CN=alice+serialNumber=17"
    assert right.text == "serialNumber=17+CN=alice"
    assert compare_names(left, right) is NameMatch.NORMALISED
    assert compare_names(left, name(name_der(a, b))) is None  # two RDNs are not one with two values


def test_order_of_rdns_counts() -> None:
    a, b = attribute(b"a", oid="55040a"), attribute(b"b")
    assert compare_names(name(name_der(a, b)), name(name_der(b, a))) is None


@pytest.mark.parametrize(
    ("tag", "codec"),
    [
        (0x0C, "utf-8"),
        (0x12, "ascii"),
        (0x13, "ascii"),
        (0x14, "latin-1"),
        (0x16, "ascii"),
        (0x1A, "ascii"),
        (0x1B, "latin-1"),
        (0x1C, "utf-32-be"),
        (0x1E, "utf-16-be"),
    ],
)
def test_string_type_does_not_count(tag: int, codec: str) -> None:
    plain = name(name_der(attribute(b"Example CA 1")))
    other = name(name_der(attribute("  example  CA 1".encode(codec), tag)))
    assert compare_names(plain, other) is NameMatch.NORMALISED
    assert compare_names(plain, plain) is NameMatch.EXACT


def test_attribute_type_and_value_count() -> None:
    plain = name(name_der(attribute(b"a")))
    assert compare_names(plain, name(name_der(attribute(b"b")))) is None
    assert compare_names(plain, name(name_der(attribute(b"a", oid="55040a")))) is None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Straße", "STRASSE"),
        ("Ünïcode", "U\u0308ni\u0308code"),
        ("soft\u00adhyphen", "softhyphen"),
        ("tab\tand\u00a0space", "tab and space"),
        ("ﬁne", "FINE"),
        ("a\x00b", "ab"),
    ],
)
def test_normalised(a: str, b: str) -> None:
    assert normalised(a) == normalised(b)


@given(st.text(max_size=30))
def test_normalising_case_and_space_changes_nothing(value: str) -> None:
    once = normalised(value)
    assert normalised(f"  {value}\n") == once
    assert "  " not in once
    assert once == once.strip()


@pytest.mark.parametrize(
    ("tag", "content", "shown"),
    [
        (0x0C, b"caf\xe9", "café"),  # Latin-1 in a UTF8String
        (0x13, b"caf\xe9", "café"),
        (0x1E, b"abc", "abc"),  # half a character
        (0x03, b"\x00\x01", "#03020001"),  # no string at all
    ],
)
def test_values_that_break_their_type_are_shown_and_compared_by_bytes(tag: int, content: bytes, shown: str) -> None:
    found = name(name_der(attribute(content, tag)))
    assert found.text == "CN=" + shown
    assert compare_names(found, name(name_der(attribute(shown.encode())))) is None


@pytest.mark.parametrize(
    ("der", "why"),
    [
        (b"", "DER header"),
        (b"\x31\x00", "sequence of a name"),
        (b"\x30\x00\x00", "followed by 1 bytes"),
        (name_der(b""), "empty relative distinguished name"),
        (name_der(b"\x05\x00"), "an attribute should be"),
        (name_der(tlv(0x30, b"\x06\x01\x80\x0c\x00")), "object identifier"),
        (name_der(tlv(0x30, b"\x06\x01\x55\x0c\x00\x0c\x00")), "more than a type and a value"),
        (name_der(attribute(bytes(70000))), "more than a name may"),
    ],
)
def test_unreadable_names(der: bytes, why: str) -> None:
    found = read_name(der)
    assert isinstance(found, UnreadableName)
    assert why in found.error
    assert compare_names(found, read_name(bytes(der))) is NameMatch.EXACT
    assert compare_names(found, name(dn("x").public_bytes())) is None
    assert found.as_name().key != name(b"\x30\x00").key


@given(st.binary(max_size=80))
def test_random_bytes_never_raise(data: bytes) -> None:
    assert isinstance(read_name(data), Name | UnreadableName)


@given(st.binary(max_size=40), st.integers(0, 255))
def test_random_values_never_raise(content: bytes, tag: int) -> None:
    found = read_name(name_der(attribute(content, tag)))
    if isinstance(found, Name):
        found.text.encode()  # no lone surrogates
        assert compare_names(found, found) is NameMatch.EXACT


def test_truncation_at_every_byte_and_every_flip() -> None:
    der = dn("alice").public_bytes()
    for cut in range(len(der)):
        assert isinstance(read_name(der[:cut]), UnreadableName)
    for at in range(len(der)):
        for change in (0x01, 0x80, 0xFF):
            read_name(der[:at] + bytes([der[at] ^ change]) + der[at + 1 :])


def test_a_full_list_of_names_is_read_quickly() -> None:
    names = [name_der(attribute(b"CA %05d" % number)) for number in range(3000)]
    assert sum(map(len, names)) < 65535
    start = time.process_time()
    assert len({name(der).key for der in names}) == 3000
    assert time.process_time() - start < 1
    hostile = name_der(*[attribute(b"", oid="2a")] * 6000)
    start = time.process_time()
    read_name(hostile)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("text", ["CN=Corp Root\\, A,O=Corp", "CN=Größe,DC=example,DC=com", ""])
def test_a_name_from_its_text(text: str) -> None:
    read = name_from_text(text)
    assert isinstance(read, Name)
    assert read.text == text


@pytest.mark.parametrize("text", ["Corp Root", "CN", "NOPE=x", "CN=a,,"])
def test_a_text_that_is_no_name(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the words are those of cryptography)
        name_from_text(text)
