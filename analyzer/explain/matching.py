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
from functools import cached_property
from typing import Any

import msgspec
import re2

from analyzer.errors import RulePageError
from analyzer.explain.entries import KnownMessage

MAX_DFA_BYTES = 128 << 20
"""What RE2 may hold of its automaton, taken as it is needed: with less than the automaton takes (some 50 MiB for 500
patterns) a log that is full of messages takes many times as long."""


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
        self.messages = tuple(messages)
        self._options = options()
        self._set = re2.Set.SearchSet(self._options)
        self._places: dict[str, Any] = {}
        for known in self.messages:
            try:
                self._set.Add(known.entry.pattern.encode())
            except re2.error as error:
                raise _refused(known, error) from error
        self._set.Compile()

    @cached_property
    def any(self) -> Any:
        """Finds the place of the first known message, in text of any number of lines.

        It never looks beyond the end of a line, so a pattern that would cannot make it slow.
        """
        within_lines = options()
        within_lines.never_nl = True
        return re2.compile(b"|".join(b"(?:%s)" % known.entry.pattern.encode() for known in self.messages), within_lines)

    def find(self, line: bytes) -> list[Hit]:
        """The messages in a line: the surest first, of these the most specific."""
        hits = []
        for index in self._set.Match(line) or ():
            known = self.messages[index]
            if known.entry.unless and self._place(known, known.entry.unless).search(line):
                continue
            place = self._place(known, known.entry.pattern).search(line)
            if place is not None:
                hits.append(Hit(known, place.start(), place.end()))
        if len(hits) > 1:
            hits.sort(key=rank)
        return hits

    def _place(self, known: KnownMessage, pattern: str) -> Any:
        """Most patterns are never found, so they are made one by one when they are."""
        made = self._places.get(pattern)
        if made is None:
            try:
                made = self._places[pattern] = re2.compile(pattern.encode(), self._options)
            except re2.error as error:
                raise _refused(known, error) from error
        return made


SURENESS = {"certain": 0, "likely": 1, "possible": 2}


def rank(hit: Hit) -> tuple[int, int, int]:
    """What sorts the best reading of a text first."""
    entry = hit.message.entry
    return SURENESS[entry.confidence], hit.start - hit.end, -len(entry.pattern)


def apart(hits: Sequence[Hit]) -> list[Hit]:
    """What a line says, each thing once: those as sure as the best that share no text with a better one."""
    kept: list[Hit] = list(hits[:1])
    for hit in hits[1:]:
        sure = hit.message.entry.confidence == kept[0].message.entry.confidence
        if sure and all(hit.end <= better.start or hit.start >= better.end for better in kept):
            kept.append(hit)
    return kept


def options() -> Any:
    """How patterns are read: capitals make no difference, and any byte is text."""
    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.encoding = re2.Options.Encoding.LATIN1
    chosen.max_mem = MAX_DFA_BYTES
    chosen.never_capture = True  # groups are not asked for, and cost a slower automaton
    chosen.log_errors = False
    return chosen


def _refused(known: KnownMessage, error: Exception) -> RulePageError:
    return RulePageError(f"The message {known.entry.id} has a pattern that RE2 refuses: {error}.")
