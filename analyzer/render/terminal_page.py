"""A page of text for the terminal: lines laid out here, so that no command and no name is ever broken.

Every line is a :class:`rich.text.Text` and never markup, so nothing in the data is interpreted. Text is wrapped
at spaces only; a word that is wider than the page stays whole and runs over its edge, where the terminal folds
it without a line break that would be copied along. Lines end without trailing spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from analyzer.render.safe import safe_text

MAX_WIDTH = 120
"""Columns used at most: longer lines are hard to read."""

FAILED, WARNING, FINE, DIM, STRONG = "bold red", "yellow", "green", "dim", "bold"


class Symbols(msgspec.Struct, frozen=True):
    """What is drawn with characters beyond ASCII, or without them."""

    failed: str = "✗"
    warning: str = "!"
    fine: str = "✓"
    undecided: str = "?"
    line: str = "─"
    right: str = "▶"
    left: str = "◀"
    to: str = "→"
    dots: str = "…"
    dash: str = "–"
    dot: str = "·"


UNICODE = Symbols()
ASCII = Symbols("x", "!", "+", "?", "-", ">", "<", "->", "...", "-", "*")

Part = str | tuple[str, str] | Text
"""Text, text with its style, or text that is already both."""


def styled(*parts: Part) -> Text:
    """Parts in a row, each made safe."""
    text = Text()
    for part in parts:
        if isinstance(part, Text):
            text.append_text(part)
        elif isinstance(part, tuple):
            text.append(safe_text(part[0]), part[1])
        else:
            text.append(safe_text(part))
    return text


_WORD = re.compile(r"\S+")


def wrap(text: Text, width: int, keep: Iterable[tuple[int, int]] = ()) -> list[Text]:
    """Break at spaces. What lies in one of the ``keep`` ranges (offsets) is not broken even there."""
    plain = text.plain
    words = _words(plain, sorted(keep))
    if not words:
        return [Text()]
    lines: list[tuple[int, int]] = []
    start, end = words[0]
    for first, last in words[1:]:
        if cell_len(plain[start:last]) > width:
            lines.append((start, end))
            start = first
        end = last
    lines.append((start, end))
    return [text[first:last] for first, last in lines]


def _words(plain: str, keep: list[tuple[int, int]]) -> list[tuple[int, int]]:
    words: list[tuple[int, int]] = []
    for found in _WORD.finditer(plain):
        first, last = found.span()
        joined = words and any(a <= words[-1][1] - 1 and first < b and words[-1][1] > a for a, b in keep)
        if joined:
            words[-1] = (words[-1][0], last)
        else:
            words.append((first, last))
    return words


_CODE = re.compile(r"`([^`\n]+)`")


def prose(text: str) -> tuple[Text, list[tuple[int, int]]]:
    """Our own text, in which commands stand between backticks; with the ranges that must not be broken."""
    out = Text()
    keep: list[tuple[int, int]] = []
    at = 0
    for found in _CODE.finditer(text):
        out.append(safe_text(text[at : found.start()]))
        start = len(out)
        out.append(safe_text(found[1]), STRONG)
        keep.append((start, len(out)))
        at = found.end()
    out.append(safe_text(text[at:]))
    return out, keep


class Page:
    """Lines in the order in which they will be printed."""

    def __init__(self, width: int, symbols: Symbols) -> None:
        self.width = min(width, MAX_WIDTH)
        self.table_width = width
        """A table may be wider than text is good to read."""
        self.symbols = symbols
        self.lines: list[Text] = []

    def blank(self) -> None:
        """One empty line, never two, and none at the top."""
        if self.lines and self.lines[-1].plain:
            self.lines.append(Text())

    def line(self, *parts: Part) -> None:
        """One line, however long."""
        self.lines.append(styled(*parts))

    def heading(self, title: str, *rest: Part) -> None:
        """The title of a section, after an empty line."""
        self.blank()
        self.lines.append(styled((title, STRONG), *rest))

    def paragraph(
        self,
        text: Text,
        *,
        first: Part = "",
        indent: int | None = None,
        right: tuple[str, str] | None = None,
        keep: Iterable[tuple[int, int]] = (),
        width: int | None = None,
    ) -> None:
        """Text wrapped behind ``first``, later lines below its own beginning, ``right`` at the page's edge."""
        lead = first if isinstance(first, Text) else styled(first)
        margin = cell_len(lead.plain) if indent is None else indent
        page = width or self.width
        room = max(12, page - margin - (cell_len(right[0]) + 3 if right else 0))
        for number, piece in enumerate(wrap(text, room, keep)):
            line = lead.copy() if number == 0 else Text()
            line.pad_right(max(0, margin - cell_len(line.plain)))
            line.append_text(piece)
            if right and number == 0:
                line.pad_right(max(3, page - cell_len(line.plain) - cell_len(right[0])))
                line.append(*right)
            self.lines.append(line)

    def prose(self, text: str, *, first: Part = "") -> None:
        """Our own text, never the network's: its line breaks stay, commands in backticks are kept whole."""
        lead = first if isinstance(first, Text) else styled(first)
        margin = cell_len(lead.plain)
        for number, line in enumerate(text.strip().split("\n")):
            content, keep = prose(line.strip())
            self.paragraph(content, first=lead if number == 0 else " " * margin, keep=keep)

    def columns(self, rows: Iterable[tuple[Part, ...]], widths: tuple[int, ...], indent: int = 4) -> None:
        """Rows of cells; every cell but the last is padded to its width, and the last is wrapped."""
        for row in rows:
            lead = Text(" " * indent)
            for cell, width in zip(row[:-1], widths, strict=False):
                lead.append_text(styled(cell))
                lead.pad_right(max(1, width - cell_len(styled(cell).plain)))
            self.paragraph(styled(row[-1]), first=lead, indent=indent + sum(widths))

    def print(self, console: Console) -> None:
        """Write the lines; whatever is still unsafe by then is made safe here."""
        for line in self.lines:
            line.rstrip()
            if safe_text(line.plain) != line.plain:
                line = Text(safe_text(line.plain))
            console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)
