"""The other way round: from a rule to the messages that stand for it."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.explain.entries import KnownMessage
from analyzer.explain.matching import SURENESS


def messages_of(rule: str, messages: Sequence[KnownMessage]) -> list[KnownMessage]:
    """The messages that name the rule among their causes: those of which it is the most common cause first."""
    found = []
    for known in messages:
        place = next((n for n, cause in enumerate(known.entry.causes) if cause.rule == rule), None)
        if place is not None:
            found.append(((place, SURENESS[known.entry.confidence], len(known.entry.causes)), known))
    return [known for _, known in sorted(found, key=lambda one: one[0])]


def one_of_each_product(messages: Sequence[KnownMessage]) -> list[KnownMessage]:
    """The first of each."""
    first: dict[str, KnownMessage] = {}
    for known in messages:
        first.setdefault(known.file, known)
    return list(first.values())
