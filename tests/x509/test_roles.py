from __future__ import annotations

from analyzer.x509 import Name, Role, RoleIndex, UnreadableName, read_name

from .minting import Family, attribute, dn, mint, name_der

UNKNOWN = Role("unknown", None)


def of(common_name: str) -> Name | UnreadableName:
    return read_name(dn(common_name).public_bytes())


def test_kinds(family: Family) -> None:
    index = RoleIndex()
    assert index.classify(of("Root")) == UNKNOWN
    index.learn(family.leaf.info, "client-chain")
    assert index.classify(of("alice")) == Role("end-entity", "client-chain")
    assert index.classify(of("Issuing")) == UNKNOWN  # only known as an issuer
    index.learn(family.intermediate.info, "server-chain")
    index.learn(family.root.info, "trust")
    assert index.classify(of("Issuing")) == Role("intermediate", "server-chain")
    assert index.classify(of("Root")) == Role("root", "trust")
    assert index.classify(of("Nobody")) == UNKNOWN
    assert len(index) == 3


def test_normalised_lookup(family: Family) -> None:
    index = RoleIndex()
    index.learn(family.root.info, "trust")
    shouted = read_name(
        name_der(attribute(b"de", 0x13, "550406"), attribute(b"EXAMPLE  CORP", oid="55040a"), attribute(b"ROOT"))
    )
    assert index.classify(shouted) == Role("root", "trust")
    assert index.certificates_for(shouted) == (family.root.info,)
    assert index.certificates_for(of("Issuing")) == ()


def test_cross_signed_root_stays_a_root(family: Family) -> None:
    cross = mint("Root", family.stranger, ca=True, key=family.root.key).info
    index = RoleIndex()
    index.learn(cross, "trust")
    assert index.classify(of("Root")) == Role("intermediate", "trust")
    index.learn(family.root.info, "client-chain")
    assert index.classify(of("Root")) == Role("root", "client-chain")
    assert index.certificates_for(of("Root")) == (cross, family.root.info)


def test_best_origin_counts(family: Family) -> None:
    index = RoleIndex()
    root = family.root.info
    for origin, best in (
        ("client-chain", "client-chain"),
        ("server-chain", "server-chain"),
        ("client-chain", "server-chain"),
        ("client-cert", "client-cert"),
        ("trust", "trust"),
        ("server-chain", "trust"),
    ):
        index.learn(root, origin)  # type: ignore[arg-type]
        assert index.classify(of("Root")).kind_from == best
        assert index.origin_of(root) == best
    assert len(index) == 1


def test_self_issued_with_another_signature_is_no_root(family: Family) -> None:
    index = RoleIndex()
    index.learn(mint("Root", family.root, ca=True).info, "server-chain")
    assert index.classify(of("Root")) == Role("intermediate", "server-chain")


def test_self_signed_end_entity() -> None:
    index = RoleIndex()
    index.learn(mint("device", ca=False).info, "server-chain")
    assert index.classify(of("device")) == Role("end-entity", "server-chain")


def test_issuer_that_is_no_ca_fits_nothing(family: Family) -> None:
    odd = mint("odd", ca=False)
    index = RoleIndex()
    index.learn(odd.info, "server-chain")
    assert index.classify(of("odd")).kind == "end-entity"
    index.learn(mint("child", odd).info, "server-chain")
    assert index.classify(of("odd")) == UNKNOWN


def test_kinds_of_a_list_follow_what_is_learnt(family: Family) -> None:
    index, names = RoleIndex(), (family.root.info.subject, family.leaf.info.subject)
    assert index.kinds(names) == {"unknown"}
    index.learn(family.root.info, "server-chain")
    assert index.kinds(names) == {"root", "unknown"}
    index.learn(family.leaf.info, "client-chain")
    assert index.kinds(names) == {"root", "end-entity"}
    assert index.kinds(names[:1]) == {"root"}
    assert index.kinds(()) == frozenset()


def test_bounded(family: Family) -> None:
    index = RoleIndex(capacity=1)
    index.learn(family.root.info, "trust")
    index.learn(family.leaf.info, "client-chain")
    index.learn(family.root.info, "client-chain")
    assert (len(index), index.dropped) == (1, 1)
    assert index.classify(of("alice")) == UNKNOWN
    assert index.origin_of(family.leaf.info) is None


def test_unreadable_name() -> None:
    assert RoleIndex().classify(read_name(b"\x00")) == UNKNOWN
