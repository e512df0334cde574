from __future__ import annotations

import itertools

from analyzer.x509 import find_issuer, walk_chain

from .minting import Family, info, mint


def test_empty() -> None:
    assert walk_chain([]) is None


def test_every_order_gives_the_same_path(family: Family) -> None:
    leaf, others = family.leaf.info, [family.intermediate.info, family.root.info, family.stranger.info]
    for order in itertools.permutations(others):
        walked = walk_chain([leaf, *order])
        assert walked is not None
        assert walked.path == (leaf, family.intermediate.info, family.root.info)
        assert walked.extra == (family.stranger.info,)
        assert walked.in_order == (order[0] == others[0] and order[1] == others[1])
        assert walked.top == family.root.info
        assert walked.reaches_root


def test_missing_link(family: Family) -> None:
    walked = walk_chain([family.leaf.info, family.root.info])
    assert walked is not None
    assert walked.path == (family.leaf.info,)
    assert walked.extra == (family.root.info,)
    assert walked.in_order
    assert not walked.reaches_root


def test_repeated_leaf_is_extra(family: Family) -> None:
    walked = walk_chain([family.leaf.info, family.leaf.info, family.intermediate.info])
    assert walked is not None
    assert walked.path == (family.leaf.info, family.intermediate.info)
    assert not walked.in_order


def test_name_alone_is_not_enough(family: Family) -> None:
    impostor = mint("Issuing", family.root, ca=True).info
    walked = walk_chain([family.leaf.info, impostor, family.intermediate.info])
    assert walked is not None
    assert walked.path == (family.leaf.info, family.intermediate.info)
    assert walked.extra == (impostor,)


def test_verified_is_better_than_unchecked(family: Family) -> None:
    key_info = family.intermediate.info.public_key_info
    blurred = family.intermediate.der.replace(key_info[:12], bytes([*key_info[:10], 0x33, key_info[11]]))
    unchecked = info(blurred)
    assert find_issuer(family.leaf.info, [unchecked]) == 0
    assert find_issuer(family.leaf.info, [unchecked, family.intermediate.info]) == 1


def test_ring_of_cross_signatures_ends() -> None:
    a, b = mint("A", ca=True), mint("B", ca=True)
    a_by_b, b_by_a = mint("A", b, ca=True, key=a.key), mint("B", a, ca=True, key=b.key)
    leaf = mint("leaf", a)
    walked = walk_chain([leaf.info, b_by_a.info, a_by_b.info])
    assert walked is not None
    assert walked.path == (leaf.info, a_by_b.info, b_by_a.info)


def test_only_so_many_impostors_are_tried(family: Family) -> None:
    impostors = [mint("Issuing", family.root, ca=True).info for _ in range(20)]
    assert find_issuer(family.leaf.info, [*impostors, family.intermediate.info]) is None
    assert find_issuer(family.leaf.info, [*impostors[1:], family.intermediate.info]) == 19
