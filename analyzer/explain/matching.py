"""Finds known messages in text.

Theory of operation
-------------------
All patterns together are one set of RE2, which reads a line once, however many there are, and says which of them
occur in it. For those few, the place is looked up pattern by pattern: the longest text that is part of a message is
the most specific reading, so it comes first. Text is bytes, read as Latin-1: logs come in any encoding, and what the
patterns name is ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import re2

from analyzer.errors import RulePageError
from analyzer.explain.entries import KnownMessage

MAX_DFA_BYTES = 64 << 20
"""What RE2 may hold of its automaton; with less it falls back to a slower one in long logs."""


class Hit(msgspec.Struct, frozen=True):
    """A known message in a line."""

    message: KnownMessage
    start: int
    end: int


class Matcher:
    """Every message of the catalogue at once.

    Raises:
        RulePageError: a pattern is not one of RE2.
    """

    def __init__(self, messages: Sequence[KnownMessage]) -> None:
        self._messages = tuple(messages)
        self._options = _options()
        self._set = re2.Set.SearchSet(self._options)
        self._places = [_compiled(known, known.entry.pattern, self._options) for known in self._messages]
        self._unless: dict[int, Any] = {}
        for index, known in enumerate(self._messages):
            self._set.Add(known.entry.pattern.encode())
            if known.entry.unless:
                self._unless[index] = _compiled(known, known.entry.unless, self._options)
        self._set.Compile()
        together = b"|".join(b"(?:%s)" % known.entry.pattern.encode() for known in self._messages)
        self.any = re2.compile(together, self._options)
        """Finds the place of the first known message, in text of any number of lines."""

    def find(self, line: bytes) -> list[Hit]:
        """The messages in a line: the surest first, of these the most specific."""
        hits = []
        for index in self._set.Match(line):
            unless = self._unless.get(index)
            if unless is not None and unless.search(line):
                continue
            place = self._places[index].search(line)
            if place is not None:
                hits.append(Hit(self._messages[index], place.start(), place.end()))
        hits.sort(key=_rank)
        return hits


_SURENESS = {"certain": 0, "likely": 1, "possible": 2}


def _rank(hit: Hit) -> tuple[int, int, int]:
    entry = hit.message.entry
    return _SURENESS[entry.confidence], hit.start - hit.end, -len(entry.pattern)


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = MAX_DFA_BYTES
    options.log_errors = False
    return options


def _compiled(known: KnownMessage, pattern: str, options: Any) -> Any:
    try:
        return re2.compile(pattern.encode(), options)
    except re2.error as error:
        raise RulePageError(f"The message {known.entry.id} has a pattern that RE2 refuses: {error}.") from error
