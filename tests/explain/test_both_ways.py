"""From each rule to the messages that stand for it, and from each message to the rules that find its causes."""

from __future__ import annotations

from collections import Counter

import pytest

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.explain.entries import load_messages
from analyzer.explain.meaning import load_topics

UNSAID = {
    "alert-answers-close": "what is printed is the other side's close; the alert is only an answer to it",
    "chain-out-of-order": "no program that we know refuses for it: most put a chain in order without a word",
    "tunnel-inside-tls": "nothing has failed there that a program would print: the login is elsewhere",
    "refusal-delayed": "the message is that of the refusal; how long it took is nowhere printed",
}
"""Rules that no message leads to, and why none can."""


def test_a_message_leads_to_every_rule_that_programs_speak_of(capsys: pytest.CaptureFixture[str]) -> None:
    named = Counter(rule for known in load_messages() for rule in {cause.rule for cause in known.entry.causes} if rule)
    rules = [rule.id for rule in load_catalogue().rules]
    with capsys.disabled():
        print("\nrules that no message leads to:")
        print(*(f"    {rule}: {UNSAID.get(rule, 'no reason is known')}" for rule in rules if not named[rule]), sep="\n")
        print("rules by the fewest messages:")
        print(*(f"    {named[rule]:>4}  {rule}" for rule in sorted(rules, key=named.__getitem__)[:12]), sep="\n")
    assert {rule for rule in rules if not named[rule]} == set(UNSAID)


def test_causes_that_no_rule_finds_are_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    known = load_messages()
    wordless = [cause.text for one in known for cause in one.entry.causes if cause.rule is None]
    alone = [one.entry.id for one in known if all(cause.rule is None for cause in one.entry.causes)]
    with capsys.disabled():
        print(f"\ncauses of messages that no rule finds: {len(wordless)}; messages of which no rule finds any cause:")
        print(*(f"    {entry}" for entry in alone), sep="\n")
    assert all(wordless)
    assert len(alone) < len(known) / 10


def test_topics_name_rules_that_exist() -> None:
    rules = {rule.id for rule in load_catalogue().rules}
    assert {cause.rule for topic in load_topics() for cause in topic.causes if cause.rule} <= rules
