"""Finds known messages that look like a text: misspelt, retyped from a screenshot, or from another version.

What is compared are the literal parts of the patterns and the examples without the log's prefix, so that neither times
nor addresses count. A comparison costs the product of two lengths, so both are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyzer.explain.entries import KnownMessage
from analyzer.explain.times import time_in

MAX_TEXT = 300
MOST = 3
_SHORTEST, _FEWEST_WORDS = 12, 3
"""Characters of a text, and words of a message: what is shorter looks like everything."""
_SHARE = 0.5
"""A known message that is shorter than this part of the text is not what the text is about."""
_CLOSE = 6.0
"""Points behind the best that are still worth telling."""
_ALIKE = 84.0
"""Of 100: below this the resemblance is chance."""

_CLASS = re.compile(r"\\[bBdDwWsSAz]|\[[^\]]*\]|\(\?[a-z:]*|[()^$+*?{}]")
_ESCAPE = re.compile(r"\\(.)")
_NUMBERS = re.compile(r"[0-9a-f.:]*\d[0-9a-f.:]*")
_BLANKS = re.compile(r"[^a-z0-9]+")


def near_messages(text: str, messages: Sequence[KnownMessage]) -> list[tuple[KnownMessage, str, float]]:
    """The known messages that look most like it, what they read, and how much of 100 they are alike."""
    wanted = _plain(text)
    if len(wanted) < _SHORTEST:
        return []
    from rapidfuzz import fuzz, process

    known = [
        (message, phrase, shown)
        for message in messages
        for phrase, shown in _phrases(message)
        if len(phrase) >= len(wanted) * _SHARE
    ]
    found = process.extract(
        wanted, [phrase for _, phrase, _ in known], scorer=fuzz.partial_ratio, score_cutoff=_ALIKE, limit=MOST * 4
    )
    judged = []
    for phrase, score, index in found:
        # a short phrase fits into a long text more easily than a long one does: judge by the words of both as well
        alike = (score + fuzz.token_set_ratio(wanted, phrase)) / 2
        if set(wanted.split()) <= set(phrase.split()):
            alike = min(alike, _ALIKE)  # no misspelling but a part of it, and of what else?
        judged.append((known[index], alike))
    judged.sort(key=lambda one: (-one[1], -fuzz.ratio(wanted, one[0][1])))
    best: dict[str, tuple[KnownMessage, str, float]] = {}
    for (message, _, shown), score in judged:
        if score >= _ALIKE:
            best.setdefault(message.entry.id, (message, shown, score))
    near = list(best.values())[:MOST]
    return [one for one in near if one[2] >= near[0][2] - _CLOSE]


def _phrases(message: KnownMessage) -> list[tuple[str, str]]:
    """What to compare, and what to show of it."""
    entry = message.entry
    shown = entry.examples[0]
    phrases = [(_plain(example), example) for example in entry.examples]
    phrases += [(_plain(literal), shown) for literal in _literals(entry.pattern)]
    return [(phrase, example) for phrase, example in dict(phrases).items() if phrase.count(" ") + 1 >= _FEWEST_WORDS]


def _literals(pattern: str) -> list[str]:
    """The alternatives of a pattern without what stands for any text."""
    return [_ESCAPE.sub(r"\1", _CLASS.sub(" ", part)) for part in pattern.split("|")]


def _plain(text: str) -> str:
    text = text[: MAX_TEXT * 2]
    when = time_in(text)
    if when:
        text = text.replace(when, " ", 1)
    return _BLANKS.sub(" ", _NUMBERS.sub(" ", text.lower())).strip()[:MAX_TEXT]
