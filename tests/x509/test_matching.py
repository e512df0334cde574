from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from analyzer.x509 import (
    Name,
    RoleIndex,
    SuppliedCertificate,
    UnreadableName,
    WouldMatch,
    load_client_certificate,
    match_request,
    read_name,
)

from .minting import CLIENT, SERVER, Family, Identity, attribute, mint, name_der, usage

DAY = 86400 * 10**9
TLS12, TLS13 = 0x0303, 0x0304


def supply(folder: Path, identity: Identity, *chain: Identity, key: Identity | None = None) -> SuppliedCertificate:
    owner = key or identity
    path = folder / "client.pem"
    path.write_bytes(identity.pem + b"".join(other.pem for other in chain) + owner.key_pem())
    return load_client_certificate(str(path))


def subject(identity: Identity) -> Name:
    return identity.info.subject


def reencoded(common_name: str) -> Name | UnreadableName:
    return read_name(
        name_der(
            attribute(b"DE", 0x13, "550406"),
            attribute(b"EXAMPLE  corp", 0x13, "55040a"),
            attribute(common_name.encode(), 0x13),
        )
    )


def codes(result: object) -> list[str]:
    return [obstacle.code for obstacle in getattr(result, "obstacles")]  # noqa: B009


def test_direct_issuer_is_listed(tmp_path: Path, family: Family) -> None:
    supplied = supply(tmp_path, family.leaf)
    result = match_request(supplied, [subject(family.stranger), subject(family.intermediate)])
    assert result.would_match == WouldMatch(True, True, True)
    assert result.obstacles == ()
    assert result.which_name == 1
    assert result.matched_names == {1: "exact"}


def test_empty_list_matches_everything_and_an_unseen_one_is_open(tmp_path: Path, family: Family) -> None:
    supplied = supply(tmp_path, family.leaf)
    assert match_request(supplied, []).would_match == WouldMatch(True, True, True)
    unseen = match_request(supplied, None)
    assert unseen.would_match == WouldMatch(None, None, True)
    assert unseen.obstacles == ()


def test_only_the_root_is_listed(tmp_path: Path, family: Family) -> None:
    names = [subject(family.root)]
    with_chain = match_request(supply(tmp_path, family.leaf, family.intermediate), names)
    assert with_chain.would_match == WouldMatch(False, True, True)
    assert with_chain.obstacles == ()
    alone = match_request(supply(tmp_path, family.leaf), names)
    assert alone.would_match == WouldMatch(False, False, True)
    assert codes(alone) == ["issuer-not-listed"]
    assert alone.which_name is None


def test_missing_intermediate(tmp_path: Path, family: Family) -> None:
    known = RoleIndex()
    known.learn(mint("Issuing", family.stranger, ca=True).info, "server-chain")  # its key did not sign the leaf
    known.learn(family.intermediate.info, "server-chain")
    result = match_request(supply(tmp_path, family.leaf), [subject(family.root)], known)
    assert codes(result) == ["issuer-listed-only-through-missing-intermediate"]
    assert result.missing_intermediate == family.intermediate.info
    assert "CN=Issuing" in result.obstacles[0].text
    assert result.would_match == WouldMatch(False, False, True)
    elsewhere = match_request(supply(tmp_path, family.leaf), [subject(family.leaf)], known)
    assert codes(elsewhere) == ["issuer-not-listed"]


def test_missing_intermediate_two_steps_up(tmp_path: Path, family: Family) -> None:
    middle = mint("Middle", family.intermediate, ca=True)
    leaf = mint("bob", middle, eku=[CLIENT])
    known = RoleIndex()
    for identity in (middle, family.intermediate, family.root):
        known.learn(identity.info, "trust")
    result = match_request(supply(tmp_path, leaf), [subject(family.root)], known)
    assert result.missing_intermediate == middle.info
    result = match_request(supply(tmp_path, leaf, middle), [subject(family.root)], known)
    assert result.missing_intermediate == family.intermediate.info


def test_intermediate_in_the_file_is_not_missing(tmp_path: Path, family: Family) -> None:
    known = RoleIndex()
    known.learn(family.intermediate.info, "client-cert")
    result = match_request(supply(tmp_path, family.leaf, family.intermediate), [subject(family.stranger)], known)
    assert codes(result) == ["issuer-not-listed"]
    assert "nor of another certificate" in result.obstacles[0].text


def test_another_encoding(tmp_path: Path, family: Family) -> None:
    supplied = supply(tmp_path, family.leaf, family.intermediate)
    result = match_request(supplied, [reencoded("Issuing")])
    assert result.would_match == WouldMatch(None, None, True)
    assert codes(result) == ["issuer-listed-in-another-encoding"]
    assert result.matched_names == {0: "normalised"}
    both = match_request(supplied, [reencoded("Issuing"), subject(family.root), subject(family.intermediate)])
    assert both.would_match == WouldMatch(True, True, True)
    assert both.which_name == 2
    assert both.matched_names == {0: "normalised", 1: "exact", 2: "exact"}
    mixed = match_request(supplied, [subject(family.root), reencoded("Issuing")])
    assert mixed.would_match == WouldMatch(None, True, True)
    assert mixed.which_name == 1
    assert mixed.obstacles == ()


def test_unreadable_names_match_by_bytes_or_not_at_all(tmp_path: Path, family: Family) -> None:
    result = match_request(supply(tmp_path, family.leaf), [read_name(b"\x30\x05junk")])
    assert codes(result) == ["issuer-not-listed"]


def test_the_certificates_own_obstacles(tmp_path: Path, family: Family) -> None:
    bad = mint("bad", family.intermediate, eku=[SERVER], key_usage=usage("key_encipherment"))
    result = match_request(supply(tmp_path, bad), [])
    assert codes(result) == ["eku-forbids-client-auth", "key-usage-forbids-signing"]
    assert "serverAuth" in result.obstacles[0].text
    assert result.would_match == WouldMatch(True, True, True)  # most clients do not look


def test_missing_and_wrong_key(tmp_path: Path, family: Family) -> None:
    path = tmp_path / "bare.pem"
    path.write_bytes(family.leaf.pem)
    bare = match_request(load_client_certificate(str(path)), [])
    assert codes(bare) == ["no-private-key"]
    assert bare.has("no-private-key")
    assert not bare.has("expired")
    assert bare.would_match == WouldMatch(True, True, True)
    wrong = match_request(supply(tmp_path, family.leaf, key=family.stranger), [])
    assert codes(wrong) == ["key-does-not-match"]
    assert wrong.would_match == WouldMatch(False, False, False)


def test_validity(tmp_path: Path, family: Family) -> None:
    supplied = supply(tmp_path, family.leaf)
    start, end = supplied.leaf.not_before_ns, supplied.leaf.not_after_ns
    assert start is not None
    assert end is not None
    assert codes(match_request(supplied, [], at_ns=start - 1)) == ["not-yet-valid"]
    assert codes(match_request(supplied, [], at_ns=start)) == []
    assert codes(match_request(supplied, [], at_ns=end + 10**9 - 1)) == []
    expired = match_request(supplied, [], at_ns=end + DAY)
    assert codes(expired) == ["expired"]
    assert expired.obstacles[0].text == "The certificate expired on 2040-12-31 23:59:59 UTC."
    assert codes(match_request(supplied, [])) == []
    undated = msgspec.structs.replace(supplied.leaf, not_before_ns=None, not_after_ns=None)
    assert codes(match_request(msgspec.structs.replace(supplied, leaf=undated), [], at_ns=0)) == []


def test_key_type(tmp_path: Path, family: Family) -> None:
    supplied = supply(tmp_path, family.leaf)
    result = match_request(supplied, [], certificate_types=[1, 2], version=TLS12)
    assert codes(result) == ["key-type-not-accepted"]
    assert "EC P-256" in result.obstacles[0].text
    assert result.would_match == WouldMatch(False, False, True)  # OpenSSL does not look at the types
    assert codes(match_request(supplied, [], certificate_types=[1, 64], version=TLS12)) == []
    assert codes(match_request(supplied, [], certificate_types=[1], version=TLS13)) == []


@pytest.mark.parametrize(
    ("schemes", "version", "fits"),
    [([0x0503], TLS12, True), ([0x0503], TLS13, False), ([0x0804], TLS12, False), (None, TLS12, True)],
)
def test_schemes(tmp_path: Path, family: Family, schemes: list[int] | None, version: int, fits: bool) -> None:
    result = match_request(supply(tmp_path, family.leaf), [], signature_schemes=schemes, version=version)
    assert codes(result) == ([] if fits else ["no-common-signature-scheme"])
    assert result.would_match == WouldMatch(fits, fits, fits)


def test_key_of_an_unknown_kind_meets_no_obstacle(tmp_path: Path, family: Family) -> None:
    supplied = supply(tmp_path, family.leaf)
    strange = msgspec.structs.replace(supplied.leaf, key_type="other", key="1.2.3")
    supplied = msgspec.structs.replace(supplied, leaf=strange)
    assert codes(match_request(supplied, [], certificate_types=[1], signature_schemes=[0x0401])) == []


def test_self_signed_client(tmp_path: Path) -> None:
    device = mint("device", ca=False)
    result = match_request(supply(tmp_path, device), [subject(device)])
    assert result.would_match == WouldMatch(True, True, True)


def test_search_for_the_missing_is_bounded(tmp_path: Path, family: Family) -> None:
    known = RoleIndex()
    for _ in range(60):
        known.learn(mint("Issuing", family.stranger, ca=True).info, "server-chain")
    known.learn(family.intermediate.info, "server-chain")
    result = match_request(supply(tmp_path, family.leaf), [subject(family.root)], known)
    assert codes(result) == ["issuer-not-listed"]


def test_results_can_be_shown(tmp_path: Path, family: Family) -> None:
    result = match_request(supply(tmp_path, family.leaf), [subject(family.stranger)])
    assert msgspec.to_builtins(result.would_match) == {
        "direct_issuer": False,
        "chain_builder": False,
        "ignores_list": True,
    }
    assert isinstance(family.leaf.certificate, x509.Certificate)
