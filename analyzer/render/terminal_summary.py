"""Many connections: a table in which each story is one row. Narrow terminals drop columns, never the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from rich.cells import cell_len
from rich.text import Text

from analyzer.model import Severity
from analyzer.render.numbers import count
from analyzer.render.relations import in_short
from analyzer.render.safe import safe_text
from analyzer.render.stories import Story
from analyzer.render.terminal_page import DIM, FAILED, FINE, STRONG, WARNING, Page, Symbols, styled
from analyzer.render.words import answered, asked, moment, server_name, told_handshake, version

_MOST_ROWS = 60
_LONG = 34
"""Columns of a cell that may be folded when there is no room; others are never broken."""


class _Column(msgspec.Struct, frozen=True):
    title: str
    cell: Callable[[Story, str], str]
    """Of a story and the form in which times are written."""
    place: int
    """Columns get the room in this order; one that no longer fits is left out."""
    right: bool = False
    folds: bool = False


_COLUMNS = (
    _Column("count", lambda story, form: f"{len(story.members):,}", 0, right=True),
    _Column("first", lambda story, form: moment(story.times[0], form), 3),
    _Column("last", lambda story, form: moment(story.times[1], form), 6),
    _Column("client", lambda story, form: _clients(story), 2),
    _Column("server", lambda story, form: server_name(story.first.connection), 1, folds=True),
    _Column("version", lambda story, form: version(told_handshake(story.first)), 7),
    _Column("asked", lambda story, form: asked(told_handshake(story.first)), 5),
    _Column("answered", lambda story, form: _answer(story), 4, folds=True),
)


def _clients(story: Story) -> str:
    clients = story.clients
    return clients[0] if len(clients) == 1 else f"{clients[0]} +{len(clients) - 1}"


def _answer(story: Story) -> str:
    answers = list(dict.fromkeys(answered(told_handshake(member)) for member in story.members))
    return answers[0] if len(answers) == 1 else f"{answers[0]} +{len(answers) - 1}"


def draw_summary(page: Page, stories: Sequence[Story], told: int, *, whole: bool) -> None:
    """One row for each story; the first ``told`` of them are numbered, as they are told below."""
    shown = stories if whole else stories[:_MOST_ROWS]
    days = {moment(time, "%Y-%m-%d") for story in stories for time in story.times if time is not None}
    form = "%H:%M:%S" if len(days) <= 1 else "%m-%d %H:%M:%S"
    cells = [[safe_text(column.cell(story, form)) for column in _COLUMNS] for story in shown]
    verdicts = [_verdict(page.symbols, story) for story in shown]
    numbers = [f"#{index + 1}" if index < told else "" for index in range(len(shown))]
    number_width = max(map(len, numbers))
    room = page.table_width - max(verdict.cell_len for verdict in verdicts) - (number_width + 2 if number_width else 0)
    widths = _widths(cells, room)
    page.blank()
    lead = " " * (number_width + 2) if number_width else ""
    titles = [_pad(column.title, width, right=column.right) for column, width in zip(_COLUMNS, widths, strict=True)]
    page.line((lead + "".join(title + "  " for title in titles if title) + "verdict", DIM))
    for story, number, row, verdict in zip(shown, numbers, cells, verdicts, strict=True):
        _draw_row(page, f"{number:<{number_width}}  " if number_width else "", row, widths, verdict)
        if related := in_short(story.first.related, story.attempts):
            page.line((f"{lead}  {page.symbols.to} {related}", DIM))
    if len(shown) < len(stories):
        page.line((f"{page.symbols.dots} and {count(len(stories) - len(shown), 'more row')}: --only all", DIM))
    if days and widths[1]:
        day = min(days) if len(days) == 1 else f"from {min(days)} to {max(days)}"
        page.line((f"{lead}Times are UTC, {day}.", DIM))


def _widths(cells: Sequence[Sequence[str]], room: int) -> list[int]:
    """Of each column; 0 for one that is dropped because there is no room."""
    widths = []
    for index, column in enumerate(_COLUMNS):
        widest = max([cell_len(column.title), *(cell_len(row[index]) for row in cells)])
        widths.append(min(widest, _LONG) if column.folds else widest)
    kept = [0] * len(widths)
    for index in sorted(range(len(widths)), key=lambda index: _COLUMNS[index].place):
        if not index or sum(width + 2 for width in kept if width) + widths[index] + 2 <= room:
            kept[index] = widths[index]
    return kept


def _pad(text: str, width: int, *, right: bool) -> str:
    if not width:
        return ""
    gap = " " * max(0, width - cell_len(text))
    return gap + text if right else text + gap


def _draw_row(page: Page, lead: str, row: Sequence[str], widths: Sequence[int], verdict: Text) -> None:
    """Cells that are too long go on below, whole."""
    folded = [_fold(cell, width) if width else [] for cell, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, folded))):
        line = styled((lead if not number else " " * len(lead), STRONG))
        for column, pieces, width in zip(_COLUMNS, folded, widths, strict=True):
            if width:
                line.append(_pad(pieces[number] if number < len(pieces) else "", width, right=column.right) + "  ")
        if not number:
            line.append_text(verdict)
        page.lines.append(line)


def _fold(text: str, width: int) -> list[str]:
    pieces = [""]
    used = 0
    for character in text:
        size = cell_len(character)
        if used + size > width:
            pieces.append("")
            used = 0
        pieces[-1] += character
        used += size
    return pieces


def _verdict(symbols: Symbols, story: Story) -> Text:
    verdict = story.first.verdict
    if verdict is None:
        return styled((symbols.undecided, WARNING), " not visible")
    symbol, style = {
        Severity.FAILURE: (symbols.failed, FAILED),
        Severity.WARNING: (symbols.warning, WARNING),
        Severity.NOTE: (symbols.fine, FINE),
    }[verdict.severity]
    return styled((symbol, style), f" {verdict.rule}")
