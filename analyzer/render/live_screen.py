"""Draws the screen of a watch: how it is doing, the logins that failed, the others, one line each.

Theory of operation
-------------------
:func:`compose` lays the whole screen out for a given size, and is all that a test needs. Which columns there are,
and how wide, depends on the width alone, so nothing jumps as logins come: they get their least width in the order of
:data:`_COLUMNS`' places as long as there is room, and what is left makes some of them wider. Cells are cut, never
folded: one login is one line. A verdict is cut last, for it is what one looks up: where its column is too narrow it
takes from the cells before it, in that row. A third of the rows is kept for logins that did not fail, the rest is for
failed ones, so that neither pushes the other out.

:class:`LiveScreen` puts it on the terminal's other screen, which a change of size does not disturb, and writes it anew
only if it has changed. At the end what was there before comes back, with the logins of the last screen below it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec
from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from analyzer.model import Severity
from analyzer.render.console import make_console
from analyzer.render.live_table import LiveTable, Row, Status
from analyzer.render.numbers import count
from analyzer.render.safe import safe_text
from analyzer.render.terminal_page import (
    ASCII,
    DIM,
    FAILED,
    FINE,
    STRONG,
    UNICODE,
    WARNING,
    Symbols,
    prose,
    styled,
    wrap,
)
from analyzer.render.view import View

if TYPE_CHECKING:
    from rich.live import Live

_GAP = 2
_SMALL = 14
"""Lines: on a lower screen only the counters and the rows are left."""
_FRAME = 5
"""Lines of a screen that is not small beside the counters and the rows: blank, titles, two headings, footer."""
_VERDICT = "verdict"
_SERVER = 7
"""So much of a server's name stays beside a verdict that is longer than its column; less than the column has."""


class _Column(msgspec.Struct, frozen=True):
    title: str
    cell: Callable[[Row, int], str]
    """Of a row and the width that there is for it."""
    place: int
    """Columns get room in this order, after the verdict."""
    least: int


_COLUMNS = (
    _Column("time UTC", lambda row, width: row.time, 2, 8),
    _Column("client", lambda row, width: row.client if cell_len(row.client) <= width else row.client_address, 3, 15),
    _Column("server", lambda row, width: row.server, 1, 14),
    _Column("version", lambda row, width: row.version, 6, 7),
    _Column("asked", lambda row, width: row.asked, 5, 11),
    _Column("answered", lambda row, width: row.answered, 4, 13),
    _Column(_VERDICT, lambda row, width: row.verdict, 0, 36),
    _Column("how sure", lambda row, width: row.confidence, 7, 8),
    _Column("in words", lambda row, width: row.headline, 8, 40),
)
_GROWTH = (("server", 20), (_VERDICT, 44), ("client", 21), ("answered", 20), ("server", 34), ("in words", 120))
"""What becomes wider with the room that is left, and how wide at most."""
_MARKS = {Severity.FAILURE: FAILED, Severity.WARNING: WARNING, Severity.NOTE: FINE}


def compose(table: LiveTable, width: int, height: int, *, unicode: bool) -> list[Text]:
    """The lines of the screen, at most ``height``, none wider than ``width``."""
    symbols = UNICODE if unicode else ASCII
    small = height < _SMALL
    counters = _flow(_counters(table), width)
    lines = counters[: max(1, height // 4)] if small else [_title(table, width, symbols), *counters]
    if small:
        failed, others = _shares(table, height - len(lines))
        drawn = _rows([*failed, *others], width, symbols)
    else:
        failed, others = _shares(table, height - len(lines) - _FRAME)
        drawn = [Text(), *(_body(table, failed, others, width, symbols) or _waiting(table, width))]
    lines = [*lines, *drawn][: height if small else height - 1]
    if not small:
        lines += [Text()] * (height - 1 - len(lines))
        lines.append(_cut(styled(("Ctrl-C ends the watch and tells in full why logins failed.", DIM)), width, symbols))
    return [_cut(line, width, symbols) for line in lines[:height]]


def last_logins(table: LiveTable, width: int, height: int, *, unicode: bool) -> list[Text]:
    """The logins that a screen of this size shows, to be left behind when it is taken away."""
    symbols = UNICODE if unicode else ASCII
    failed, others = _shares(table, max(height, _SMALL) - _FRAME)
    return [_cut(line, width, symbols) for line in _body(table, failed, others, width, symbols)]


def _shares(table: LiveTable, room: int) -> tuple[list[Row], list[Row]]:
    """The latest rows of each kind: those that failed never take the others' third, and never give way to them."""
    room = max(room, 1)
    failed = list(table.failed.values())[-(room - (0 if table.only_failed else room // 3)) :]
    left = room - len(failed)
    return failed, list(table.others.values())[-left:] if left else []


def _title(table: LiveTable, width: int, symbols: Symbols) -> Text:
    status = table.status
    line = styled((" ".join(["certwhy sniff", *table.interfaces]), STRONG))
    if table.filter:
        line.append_text(styled((f"   filter: {table.filter}", DIM)))
    right = [_clock(status.elapsed_s)]
    if status.remaining_s is not None:
        right.append(f"ends in {_clock(status.remaining_s)}")
    if status.wanted:
        right.append(f"{status.counted:,} of {count(status.wanted, 'login')}")
    ending = ", ".join(right)
    room = width - cell_len(ending) - _GAP
    if room > 0:
        line = _cut(line, room, symbols)
        line.pad_right(width - cell_len(line.plain) - cell_len(ending))
        line.append(ending)
    return line


def _clock(seconds: float) -> str:
    minutes, second = divmod(max(0, int(seconds)), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"


def _counters(table: LiveTable) -> list[Text]:
    status = table.status
    kernel = "" if status.dropped_by_kernel is None else f", {status.dropped_by_kernel:,} by the kernel"
    dropped = bool(status.dropped_here or status.dropped_by_kernel)
    logins: list[str | tuple[str, str]] = [f"{count(status.logins, 'login')}, "]
    logins.append((f"{status.failed:,} failed", FAILED) if status.failed else "0 failed")
    if status.not_visible:
        logins.append(f", {status.not_visible:,} not visible")
    return [
        styled(*logins),
        styled(f"{count(status.packets, 'packet')}, {table.packets_per_second:,}/s"),
        styled((f"{status.dropped_here:,} dropped here{kernel}", WARNING if dropped else "")),
        *(styled((f"{safe_text(name)} is down", WARNING)) for name in status.down),
        *_unwritten(status),
        styled(f"open: {status.connections_open:,} TCP, {status.tls_open:,} TLS, {status.undecided:,} undecided"),
    ]


def _unwritten(status: Status) -> list[Text]:
    if not status.unwritten:
        return []
    return [styled((f"{status.unwritten:,} not written: {safe_text(status.write_trouble)}", WARNING))]


def _flow(parts: Iterable[Text], width: int) -> list[Text]:
    """Parts side by side, on as few lines as they need."""
    lines: list[Text] = []
    for part in parts:
        if lines and cell_len(lines[-1].plain) + 3 + cell_len(part.plain) <= width:
            lines[-1].append("   ")
            lines[-1].append_text(part)
        else:
            lines.append(part)
    return lines


def _body(table: LiveTable, failed: list[Row], others: list[Row], width: int, symbols: Symbols) -> list[Text]:
    """The table with its titles and headings; empty where there is no login yet."""
    if not failed and not others and not table.status.logins:
        return []
    status = table.status
    widths = _widths(width)
    titles = "".join(f"{column.title:<{widths[column.title]}}  " for column in _COLUMNS if column.title in widths)
    lines = [styled((titles.rstrip(), DIM))]
    heading = f"{status.failed:,} failed{_latest(len(failed), status.failed)}" if status.failed else "none failed"
    lines.append(_heading(heading, FAILED if status.failed else "", width, symbols))
    lines += _rows(failed, width, symbols)
    good = status.logins - status.failed
    if good and not (table.only_failed and not others):
        heading = f"{count(good, 'other')}{_latest(len(others), good)}"
        lines.append(_heading(heading, "", width, symbols))
        lines += _rows(others, width, symbols)
    return lines


def _latest(shown: int, all_of_them: int) -> str:
    return f", the latest {shown:,} of them" if shown < all_of_them else ""


def _heading(text: str, style: str, width: int, symbols: Symbols) -> Text:
    line = styled((symbols.line * 2, DIM), " ", (text, style), " ")
    line.append(symbols.line * max(0, width - cell_len(line.plain)), DIM)
    return line


def _waiting(table: LiveTable, width: int) -> list[Text]:
    """What is said while there is no login."""
    if not table.hint:
        return [styled(("No login so far.", DIM))]
    text, keep = prose(table.hint)
    return wrap(text, max(20, min(width, 78)), keep)


def _widths(width: int) -> Mapping[str, int]:
    """Of the columns that have room."""
    widths = {_VERDICT: min(width, 36, max(24, width - 26))}
    left = width - widths[_VERDICT]
    for column in sorted(_COLUMNS, key=lambda column: column.place):
        if column.place and column.least + _GAP <= left:
            widths[column.title] = column.least
            left -= column.least + _GAP
        elif column.place:
            break
    for title, most in _GROWTH:
        if title in widths:
            more = max(0, min(left, most - widths[title]))
            widths[title] += more
            left -= more
    return widths


def _rows(rows: Sequence[Row], width: int, symbols: Symbols) -> list[Text]:
    widths = _widths(width)
    return [_row(row, widths, symbols) for row in rows]


def _row(row: Row, widths: Mapping[str, int], symbols: Symbols) -> Text:
    shown = [column for column in _COLUMNS if widths.get(column.title, 0)]
    cells = {column.title: Text(column.cell(row, widths[column.title])) for column in shown}
    cells[_VERDICT] = _verdict(row, symbols)
    rooms = _with_room_for_the_verdict(cells, widths)
    line = Text()
    for title, whole in cells.items():
        cell = _cut(whole, rooms[title], symbols)
        cell.pad_right(rooms[title] + _GAP - cell_len(cell.plain))
        line.append_text(cell)
    line.rstrip()
    return line


def _with_room_for_the_verdict(cells: Mapping[str, Text], widths: Mapping[str, int]) -> Mapping[str, int]:
    """A verdict that is longer than its column takes what the cells before it leave free, then of the server's."""
    missing = cell_len(cells[_VERDICT].plain) - widths[_VERDICT]
    if missing <= 0:
        return widths
    rooms = dict(widths)
    before = list(cells)[: list(cells).index(_VERDICT)]
    needed = [(title, cell_len(cells[title].plain)) for title in reversed(before)]
    if "server" in rooms:
        needed.append(("server", _SERVER))
    for title, kept in needed:
        lent = max(0, min(missing, rooms[title] - kept))
        rooms[title] -= lent
        rooms[_VERDICT] += lent
        missing -= lent
    return rooms


def _verdict(row: Row, symbols: Symbols) -> Text:
    symbol, style = symbols.undecided, WARNING
    if row.severity is not None:
        symbol = {Severity.FAILURE: symbols.failed, Severity.WARNING: symbols.warning}.get(row.severity, symbols.fine)
        style = _MARKS[row.severity]
    return styled((symbol, style), (" now" if row.corrected else "", DIM), f" {row.verdict}")


def _cut(text: Text, width: int, symbols: Symbols) -> Text:
    """At most so wide, with dots where something is missing. Marks that take no room are bounded as well."""
    if symbols is ASCII and not text.plain.isascii():  # the stream would escape it, and make it wider
        text = Text(text.plain.encode("ascii", "backslashreplace").decode())
    if cell_len(text.plain) <= width and len(text.plain) <= 2 * width:
        return text
    dots = symbols.dots if width > len(symbols.dots) else ""
    used = accumulate(map(cell_len, text.plain[: 2 * width]))
    cut = text[: sum(cells <= width - len(dots) for cells in used)]
    cut.append(dots)
    return cut


class LiveScreen:
    """The table on a terminal, while it is open."""

    def __init__(self, view: View, table: LiveTable) -> None:
        self._view = view
        self._table = table
        self._console = make_console(view)
        self._live: Live | None = None
        self._drawn: object = None

    @property
    def possible(self) -> bool:
        """There is a terminal that can be drawn on; not a pipe, not TERM=dumb."""
        on_terminal = self._view.stream.isatty() and self._console.is_terminal
        return on_terminal and not self._view.plain and not self._console.is_dumb_terminal

    @property
    def is_open(self) -> bool:
        """The terminal shows the other screen."""
        return self._live is not None

    @property
    def may_open(self) -> bool:
        """The terminal is ours: no shell has it, which has us go on behind it."""
        if sys.platform == "win32":
            return True
        try:
            return os.tcgetpgrp(self._view.stream.fileno()) == os.getpgrp()
        except OSError:  # it is not the terminal that we were started on
            return True

    def open(self) -> None:
        """Take the terminal's other screen."""
        from rich.live import Live

        self._drawn = None
        self._live = Live(
            console=self._console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._live.start()

    def draw(self, status: Status) -> None:
        """Show how things stand; nothing is written if that is what the screen shows already."""
        self._table.tick(status)
        width, height = self._console.size
        lines = compose(self._table, width, height, unicode=self._view.unicode)
        drawn = (width, height, lines)
        if self._live is not None and drawn != self._drawn:
            self._drawn = drawn
            self._live.update(_group(lines), refresh=True)

    def leave(self) -> None:
        """Give the terminal back as it was."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def close(self) -> None:
        """Give the terminal back as it was, with the last logins below."""
        self.leave()
        width, height = self._console.size
        for line in last_logins(self._table, width, height, unicode=self._view.unicode):
            self._console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)


def _group(lines: Iterable[Text]) -> Group:
    drawn = []
    for line in lines:
        line.no_wrap, line.overflow = True, "crop"
        drawn.append(line)
    return Group(*drawn)
