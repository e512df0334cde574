"""On which line of a TOML text each key stands: the standard library's parser does not say.

Theory of operation
-------------------
The text has been read by ``tomllib`` before, so it is known to be sound, and what a value means does not matter here:
it only has to be skipped to where it ends. A place is written as the way to it from the top, names of keys and
numbers of array elements: ``("fixes", 1, "text")``. Each table, array element and key has the line where it begins;
a table that is only named on the way to another has the line of the first key that names it.
"""

from __future__ import annotations

import re
import tomllib

Place = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|'
    r"'''.*?'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'",
    re.DOTALL,
)
"""The multi-line forms first, for they begin like an empty one; up to two quotes may stand before their end."""
_BARE = re.compile(r"[^\s\[\]{},=#.]+")
_SCALAR = re.compile(r"[^\[\]{},#\n]+")


class TomlLines:
    """The lines of all keys of a text."""

    def __init__(self, text: str) -> None:
        """Scan a text that ``tomllib`` accepts."""
        self._lines = _Scanner(text).scan()

    def __contains__(self, place: Place) -> bool:
        return place in self._lines

    def __getitem__(self, place: Place) -> int:
        """The line of a place, or else of what it is in; the first line where nothing of it is there."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line, self._counted = 1, 0
        self._lines: dict[Place, int] = {}
        self._elements: dict[Place, int] = {}
        """For each array of tables, how many of them there are so far."""

    def scan(self) -> dict[Place, int]:
        table: Place = ()
        while self._skip(_BLANK) < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _skip(self, pattern: re.Pattern[str]) -> int:
        """Go past what matches here, if anything does; returns where that is."""
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return self._at

    def _note(self, place: Place, at: int) -> None:
        """This place begins there, unless it began before."""
        if place not in self._lines:
            self._line += self._text.count("\n", self._counted, at)
            self._counted = at
            self._lines[place] = self._line

    def _header(self) -> Place:
        begin = self._at
        doubled = self._text.startswith("[[", begin)
        self._at += 1 + doubled
        keys = self._keys()
        self._at += 1 + doubled
        table: Place = ()
        for key in keys[:-1]:
            table = self._inside((*table, key), begin)
        table = (*table, keys[-1])
        if not doubled:
            return self._inside(table, begin)
        self._note(table, begin)
        number = self._elements.get(table, 0)
        self._elements[table] = number + 1
        table = (*table, number)
        self._note(table, begin)
        return table

    def _inside(self, table: Place, at: int) -> Place:
        """A table that a header names: of an array of tables it is the last one."""
        self._note(table, at)
        if table in self._elements:
            return (*table, self._elements[table] - 1)
        return table

    def _keys(self) -> list[str]:
        """A key, which may be dotted; what comes behind it is next."""
        keys = []
        while True:
            self._skip(_SPACE)
            begin = self._at
            quoted = self._text[begin] in "\"'"
            end = self._skip(_STRING if quoted else _BARE)
            key = self._text[begin:end]
            keys.append(_unquoted(key) if quoted else key)
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _pair(self, table: Place) -> None:
        begin = self._at
        for key in self._keys():
            table = (*table, key)
            self._note(table, begin)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(table)

    def _value(self, place: Place) -> None:
        opening = self._text[self._at]
        if opening in "\"'":
            self._skip(_STRING)
        elif opening == "[":
            self._array(place)
        elif opening == "{":
            self._inline_table(place)
        else:
            self._skip(_SCALAR)

    def _array(self, place: Place) -> None:
        self._at += 1
        number = 0
        while self._text[self._skip(_BLANK)] != "]":
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._note((*place, number), self._at)
            self._value((*place, number))
            number += 1
        self._at += 1

    def _inline_table(self, place: Place) -> None:
        self._at += 1
        while self._text[self._skip(_BLANK)] != "}":
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._pair(place)
        self._at += 1


def _unquoted(key: str) -> str:
    """What a key in quotes says."""
    return next(iter(tomllib.loads(f"{key} = 0")))
