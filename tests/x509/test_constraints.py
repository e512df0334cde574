from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from analyzer.x509 import CertificateInfo, name_violation, too_deep
from analyzer.x509.extensions import read_extensions

from .minting import Identity, dn, mint, tlv
from .test_extensions import extension, extensions

GERMANY = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "de")])
"""The first part of every subject that is minted here, in other capitals."""


def dns(*names: str) -> list[x509.GeneralName]:
    return [x509.DNSName(name) for name in names]


def path(
    names: Sequence[x509.GeneralName],
    permitted: Sequence[x509.GeneralName] | None = None,
    excluded: Sequence[x509.GeneralName] | None = None,
) -> tuple[CertificateInfo, ...]:
    """A leaf with these names below a CA with these constraints."""
    root = mint("Root", ca=True, extensions=[x509.NameConstraints(permitted, excluded)])
    san = [x509.SubjectAlternativeName(names)] if names else []
    return (mint("alice", root, ca=False, extensions=san).info, root.info)


@pytest.mark.parametrize(
    ("name", "base", "within"),
    [
        (x509.DNSName("corp.example"), x509.DNSName("corp.example"), True),
        (x509.DNSName("A.Corp.Example."), x509.DNSName("corp.example"), True),
        (x509.DNSName("a.corp.example"), x509.DNSName(".corp.example"), True),
        (x509.DNSName("corp.example"), x509.DNSName(".corp.example"), False),
        (x509.DNSName("mycorp.example"), x509.DNSName("corp.example"), False),
        (x509.DNSName("anything.example"), x509.DNSName(""), True),
        (x509.RFC822Name("a@corp.example"), x509.RFC822Name("corp.example"), True),
        (x509.RFC822Name("a@mail.corp.example"), x509.RFC822Name("corp.example"), False),
        (x509.RFC822Name("a@mail.corp.example"), x509.RFC822Name(".corp.example"), True),
        (x509.RFC822Name("a@Corp.example"), x509.RFC822Name("a@corp.example"), True),
        (x509.RFC822Name("A@corp.example"), x509.RFC822Name("a@corp.example"), False),
        (
            x509.UniformResourceIdentifier("spiffe://corp.example/a"),
            x509.UniformResourceIdentifier("corp.example"),
            True,
        ),
        (
            x509.UniformResourceIdentifier("spiffe://a.corp.example/"),
            x509.UniformResourceIdentifier("corp.example"),
            False,
        ),
        (
            x509.UniformResourceIdentifier("spiffe://a.corp.example/"),
            x509.UniformResourceIdentifier(".corp.example"),
            True,
        ),
        (x509.IPAddress(ipaddress.ip_address("192.0.2.7")), x509.IPAddress(ipaddress.ip_network("192.0.2.0/29")), True),
        (
            x509.IPAddress(ipaddress.ip_address("192.0.2.8")),
            x509.IPAddress(ipaddress.ip_network("192.0.2.0/29")),
            False,
        ),
        (x509.IPAddress(ipaddress.ip_address("2001:db8::1")), x509.IPAddress(ipaddress.ip_network("::/0")), True),
        (x509.IPAddress(ipaddress.ip_address("2001:db8::1")), x509.IPAddress(ipaddress.ip_network("0.0.0.0/0")), False),
    ],
)
def test_a_name_stands_in_a_subtree_or_not(name: x509.GeneralName, base: x509.GeneralName, within: bool) -> None:
    permitted = name_violation(path([name], [base]))
    excluded = name_violation(path([name], excluded=[base]))
    assert (permitted is None) is within
    assert (excluded is not None) is within
    found = permitted or excluded
    assert found is not None
    assert (found.excluded, found.authority.subject.common_name) == (within, "Root")


def test_a_kind_of_which_nothing_is_permitted_is_free() -> None:
    assert name_violation(path([x509.RFC822Name("a@b.example")], dns("corp.example"))) is None
    assert name_violation(path([], dns("corp.example"))) is None


def test_one_of_several_permitted_is_enough_and_all_are_named() -> None:
    assert name_violation(path(dns("b.example"), dns("a.example", "b.example"))) is None
    found = name_violation(path(dns("c.example"), dns("a.example", "b.example")))
    assert found is not None
    assert (found.kind, found.name, found.bases) == ("dns", "c.example", "a.example, b.example")


def test_a_subject_begins_like_the_permitted_name() -> None:
    assert name_violation(path([], [x509.DirectoryName(GERMANY)])) is None
    found = name_violation(path([], [x509.DirectoryName(dn("alice").__class__(list(dn("alice"))[1:]))]))
    assert found is not None
    assert found.kind == "dir"


def test_a_name_that_cannot_be_understood_accuses_nobody() -> None:
    uri = x509.UniformResourceIdentifier
    assert name_violation(path([uri("http://[broken/")], [uri("corp.example")])) is None
    assert name_violation(path([uri("urn:uuid:1")], [uri("corp.example")])) is None


def test_every_ca_is_asked_about_everything_below_it() -> None:
    root = mint("Root", ca=True, extensions=[x509.NameConstraints(dns("a.example"), None)])
    between = mint("Issuing", root, ca=True)
    leaf = mint("alice", between, extensions=[x509.SubjectAlternativeName(dns("b.example"))])
    found = name_violation((leaf.info, between.info, root.info))
    assert found is not None
    assert (found.authority, found.certificate) == (root.info, leaf.info)
    assert name_violation((leaf.info, between.info)) is None


@pytest.mark.parametrize(
    "value",
    [
        b"",
        tlv(0x30, tlv(0x05, b"")),
        tlv(0x30, tlv(0xA0, tlv(0x05, b""))),
        tlv(0x30, tlv(0xA0, tlv(0x30, b""))),
        tlv(0x30, tlv(0xA0, tlv(0x30, tlv(0x82, b"a")) * 101)),
    ],
)
def test_broken_constraints_are_a_problem(value: bytes) -> None:
    found = read_extensions(extensions(extension(bytes.fromhex("551d1e"), value)))
    assert found.name_constraints is None
    assert found.problems[0].startswith("the name constraints ")


def test_bases_that_cannot_be_understood_are_left_out() -> None:
    bases = (tlv(0x87, b"\1\2\3"), tlv(0xA4, b"x"), tlv(0x88, b"\x2a"), tlv(0x82, b"a.example"))
    value = tlv(0x30, tlv(0xA1, b"".join(tlv(0x30, base) for base in bases)))
    found = read_extensions(extensions(extension(bytes.fromhex("551d1e"), value))).name_constraints
    assert found is not None
    assert [(subtree.kind, subtree.base) for subtree in found.excluded] == [("dns", "a.example")]


def authority(name: str, above: Identity | None, length: int | None) -> Identity:
    return mint(name, above, extensions=[x509.BasicConstraints(True, length)])


def test_path_lengths_count_the_cas_below() -> None:
    root = authority("Root", None, 1)
    upper = authority("Upper", root, 0)
    lower = authority("Lower", upper, None)
    leaf = mint("alice", lower)
    assert too_deep((leaf.info, upper.info, root.info)) is None
    assert too_deep((leaf.info, lower.info, upper.info, root.info)) == (upper.info, 1)
    assert too_deep((lower.info, upper.info, root.info)) is None


def test_a_self_issued_ca_does_not_count() -> None:
    upper = authority("Upper", None, 0)
    renewed = mint("Upper", upper, ca=True)
    leaf = mint("alice", renewed)
    assert too_deep((leaf.info, renewed.info, upper.info)) is None
