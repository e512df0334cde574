"""How a watch tells of logins: on a live screen, in lines, or as JSON Lines. Nothing waits in a buffer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from analyzer.cli.errors import HeldErrors, complain
from analyzer.cli.job_control import StopKey
from analyzer.cli.progress import Meter
from analyzer.render import View

# at the top although only a terminal needs them: after --user the new user may not be able to read Python's library
from analyzer.render.live_screen import LiveScreen
from analyzer.render.live_table import LiveTable, Status, hint

if TYPE_CHECKING:
    from analyzer.diagnosis.report import ConnectionReport


class Teller(Protocol):
    """What a watch talks to."""

    report_at_end: bool
    """A person reads it: what failed is told in full when the watch is over."""

    def open(self) -> None:
        """The watch begins."""

    def tell(self, report: ConnectionReport, *, again: bool) -> None:
        """A login can be judged, or is judged otherwise than before."""

    def say(self, sentence: str) -> None:
        """Something about the watch itself."""

    def tick(self, status: Status) -> None:
        """Some time has passed; things stand so."""

    def close(self) -> None:
        """The watch is over."""


def teller(view: View, format_: str, interfaces: Sequence[str], capture_filter: str) -> Teller:
    """The one for that format and that output: a terminal that can be drawn on has a screen, anything else lines."""
    if format_ == "jsonl":
        return JsonLines(view, interfaces, capture_filter)
    table = LiveTable(tuple(interfaces), capture_filter, only_failed=view.only == "failed")
    screen = LiveScreen(view, table)
    return OnScreen(table, screen) if screen.possible else Lines(view, interfaces, capture_filter)


class Lines:
    """One login, one line. Where they go to a file, a person at the terminal sees that the watch is alive."""

    report_at_end = True

    def __init__(self, view: View, interfaces: Sequence[str], capture_filter: str) -> None:
        self._stream = view.stream
        self._meter = Meter(view.stream)
        self._interfaces = interfaces
        self._filter = capture_filter
        self._hinted = False

    def open(self) -> None:
        """Nothing comes before the first line."""

    def tell(self, report: ConnectionReport, *, again: bool) -> None:
        """See :class:`Teller`."""
        from analyzer.render.lines import line

        self._stream.write(line(report, again=again) + "\n")
        self._stream.flush()

    def say(self, sentence: str) -> None:
        """On standard error, in the place of the meter."""
        self._meter.stop()
        complain(sentence)

    def tick(self, status: Status) -> None:
        """A line is only written when there is something to tell; how things stand is shown beside it."""
        if not self._hinted and (advice := hint(status, self._interfaces, self._filter)):
            self._hinted = True
            self.say(advice)
        self._meter.show(
            f"{status.packets:,} packets, {status.connections_open:,} connections open, "
            f"{status.logins:,} logins, {status.failed:,} failed"
        )

    def close(self) -> None:
        """The last line is written."""
        self._meter.stop()


class JsonLines(Lines):
    """One login, one object in a line; a correction has the same ``id``."""

    report_at_end = False

    def __init__(self, view: View, interfaces: Sequence[str], capture_filter: str) -> None:
        super().__init__(view, interfaces, capture_filter)
        self._view = msgspec.structs.replace(view, only=None)  # a correction is written, whatever it says

    def tell(self, report: ConnectionReport, *, again: bool) -> None:
        """See :class:`Teller`."""
        from analyzer.render.jsonl import draw_connection

        draw_connection(report, self._view)
        self._stream.flush()


class OnScreen:
    """A table that is kept up to date. What goes to standard error meanwhile is held until the screen is closed."""

    report_at_end = True

    def __init__(self, table: LiveTable, screen: LiveScreen) -> None:
        self._table = table
        self._screen = screen
        self._stop_key = StopKey()
        self._errors = HeldErrors()

    def open(self) -> None:
        """Take the terminal."""
        self._stop_key.listen()
        self._take()

    def tell(self, report: ConnectionReport, *, again: bool) -> None:
        """It is drawn with the next tick."""
        self._table.tell(report, again=again)

    def say(self, sentence: str) -> None:
        """The screen shows how things stand; the sentence is read once it is closed."""
        complain(sentence)

    def tick(self, status: Status) -> None:
        """Draw how things stand; after Ctrl-Z only when somebody has brought us back to the terminal."""
        if self._stop_key.pressed:
            self._screen.leave()
            self._errors.release()
            self._stop_key.stop()
        if not self._screen.is_open and self._screen.may_open:
            self._take()
        self._screen.draw(status)

    def close(self) -> None:
        """Give the terminal back, with the last logins."""
        self._stop_key.close()
        self._screen.close()
        self._errors.release()

    def _take(self) -> None:
        self._screen.open()
        self._errors.hold()
