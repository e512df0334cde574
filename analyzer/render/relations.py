"""How connections explain each other, in words: a sentence below the verdict, or a few words beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analyzer.diagnosis.report import Related, Relation
from analyzer.render.numbers import count
from analyzer.render.words import listed

_SHORT = {
    Relation.RESUMES: "resumes a session of",
    Relation.OFFERED_SESSION: "offered a session of",
    Relation.REPEATED_BY: "repeated by",
    Relation.UNUSED_BESIDE: "unused beside",
    Relation.REUSED: "asked again on",
    Relation.WORKS: "compare",
}


def sentences(related: Sequence[Related]) -> Iterator[str]:
    """One for each connection; those of which the same is to be said share one."""
    same: dict[str, list[Related]] = {}
    for one in related:
        same.setdefault(one.why, []).append(one)
    for why, members in same.items():
        numbers = sorted(one.connection for one in members)
        if len(members) == 1:
            yield f"Connection {numbers[0]}, packet {members[0].packet}, {why}."
        else:
            yield f"Connections {listed(list(map(str, numbers)))}: each {why}."


def in_short(related: Iterable[Related], attempts: int = 0) -> str:
    """``resumes a session of connection 1``; empty where there is nothing to say."""
    told = {
        one.relation: f"{_SHORT[one.relation]} connection {one.connection}" for one in related if one.relation in _SHORT
    }
    words = list(told.values())
    if attempts:
        words.append(f"after {count(attempts, 'attempt')} given up")
    return ", ".join(words)
