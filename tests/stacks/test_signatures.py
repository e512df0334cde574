"""The files of known stacks: each says where it is from, and is written as the others are."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

import analyzer.stacks
from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.stacks.signatures import Order, Signature, known_stacks

KNOWN = Path(analyzer.stacks.__file__).parent / "known"


def test_every_file_is_a_stack() -> None:
    assert len(known_stacks()) == len(list(KNOWN.glob("*.toml"))) >= 7
    names = [stack.name for stack in known_stacks()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("stack", known_stacks(), ids=lambda stack: stack.name)
def test_every_side_has_a_source_and_products(stack: Signature) -> None:
    sides = [side for side in (stack.client, stack.server) if side is not None]
    assert sides
    for side in sides:
        assert "recorded" in side.source or ".yaml" in side.source
        assert side.products
        assert set(side.as_in) <= set(side.products)
        assert side.signature_schemes
        for order in (*side.extensions, *side.signature_schemes):
            assert order.numbers


def test_most_products_are_words_of_the_rules_pages() -> None:
    """Where a fix is for one product alone, some stack may stand for it, or it is none that is recognised."""
    pages = " ".join(fix.product or "" for rule in load_catalogue().rules for fix in rule.page.fixes)
    known = {
        product
        for stack in known_stacks()
        for side in (stack.client, stack.server)
        if side
        for product in side.products
    }
    assert {"nginx", "Apache httpd", "HAProxy", "Go", "Java", "Node", "curl", "Python", "PostgreSQL"} <= known
    assert sum(product in pages for product in known) > len(known) / 2


def test_an_order_allows_to_leave_out() -> None:
    order = Order("0001 0002 0003")
    assert order.numbers == (1, 2, 3)
    assert order.holds((1, 3))
    assert order.holds(())
    assert not order.holds((3, 1))
    assert not order.holds((1, 1))
    assert not order.holds((1, 4))
    assert order.knows((3, 1))
    assert not order.knows((3, 4))


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.toml.decode(b'name = "X"\ncolour = "red"', type=Signature)
