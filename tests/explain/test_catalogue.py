"""Every known message is found in its own examples, before any other, and in nobody else's."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.explain.entries import KnownMessage, Product, load_messages
from analyzer.explain.matching import Matcher
from tests.support.documents import toml_shown_to_contributors

CAPTURES = Path(__file__).parents[2] / "captures"
MESSAGES = load_messages()
EXAMPLES = [
    pytest.param(known, example, id=f"{known.entry.id}-{index}")
    for known in MESSAGES
    for index, example in enumerate(known.entry.examples)
]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(MESSAGES)


@pytest.mark.parametrize(("known", "example"), EXAMPLES)
def test_a_message_is_the_first_answer_for_its_own_example(matcher: Matcher, known: KnownMessage, example: str) -> None:
    hits = matcher.find(example.encode())
    assert [hit.message.entry.id for hit in hits][:1] == [known.entry.id]


@pytest.mark.parametrize(("known", "example"), EXAMPLES)
def test_no_other_product_claims_an_example(matcher: Matcher, known: KnownMessage, example: str) -> None:
    for hit in matcher.find(example.encode()):
        other = hit.message
        if other.entry.confidence == "certain" and other.file != known.file:
            assert known.file in other.inside or other.file in known.inside, other.entry.id


@pytest.mark.parametrize("known", MESSAGES, ids=lambda known: known.entry.id)
def test_causes_name_rules_that_exist(known: KnownMessage) -> None:
    for cause in known.entry.causes:
        assert cause.rule is not None or cause.text, "a cause that no rule finds needs words"
        if cause.rule is not None:
            rule = load_catalogue().get(cause.rule)
            assert rule is not None
            assert rule.id == cause.rule, "the current id, not an earlier one"


RECORDED = [pytest.param(known, name, id=name) for known in MESSAGES for name in known.entry.recorded]


@pytest.mark.parametrize(("known", "name"), RECORDED)
def test_a_recorded_message_was_printed_there(known: KnownMessage, name: str) -> None:
    matcher = Matcher([known])
    printed = [(CAPTURES / name / file).read_bytes() for file in ("client.txt", "server.txt")]
    assert any(matcher.find(line) for text in printed for line in text.splitlines())


@pytest.mark.parametrize("known", MESSAGES, ids=lambda known: known.entry.id)
def test_who_was_refused_depends_on_who_prints_it(known: KnownMessage) -> None:
    """What both sides print cannot always be about the client: only the pages of IIS are, which reach the browser."""
    if known.entry.printed_by == "either" and known.file != "iis":
        assert known.entry.refused in ("printer", "peer", "receiver", "none") or known.entry.alert == 116


def test_the_message_that_is_shown_to_contributors_is_one() -> None:
    shown = toml_shown_to_contributors("[[message]]")
    (entry,) = msgspec.toml.decode('product = "nginx"\n' + shown, type=Product).message
    matcher = Matcher([KnownMessage(entry, "nginx", "nginx", "", ())])
    assert all(matcher.find(example.encode()) for example in entry.examples)
    assert all(cause.rule and load_catalogue().get(cause.rule) for cause in entry.causes)
