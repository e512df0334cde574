"""The loop of a watch: packets in, ticks between them, until it is enough or somebody says stop."""

from __future__ import annotations

import signal
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from analyzer.capture.live import Counts, LiveCapture
from analyzer.cli.errors import complain
from analyzer.cli.told import Teller
from analyzer.diagnosis.diagnose import Diagnosis, Expectations
from analyzer.diagnosis.report import InputReport, Problem, Report
from analyzer.errors import InputUnreadableError
from analyzer.pipeline import LivePipeline, Options
from analyzer.render import View, drawer
from analyzer.render.live_table import Status
from analyzer.tls import KeyRing
from analyzer.tls.keylog import KeyLogFile

if TYPE_CHECKING:
    from analyzer.diagnosis.catalogue import Catalogue
    from analyzer.diagnosis.report import ConnectionReport
    from analyzer.pipeline import Written

TICK_S = 0.25
MAX_TOLD = 100_000
MAX_FAILED = 1_000
"""Failed logins kept for the report at the end: the latest ones."""
_FAILED, _NOT_VISIBLE, _OTHER = "failed", "not visible", "other"


class Tally:
    """Logins that were told of, each counted once, as what it was told to be last."""

    def __init__(self) -> None:
        self._last: OrderedDict[int, str] = OrderedDict()
        """What each was told to be; the latest :data:`MAX_TOLD`."""
        self._counts = dict.fromkeys((_FAILED, _NOT_VISIBLE, _OTHER), 0)

    def count(self, report: ConnectionReport) -> str | None:
        """Count it; returns what it was told to be before, if it was."""
        number = report.connection.id
        before = self._last.get(number)
        now = _FAILED if report.failed else _OTHER if report.verdict else _NOT_VISIBLE
        self._last[number] = now
        self._counts[now] += 1
        if before is not None:
            self._counts[before] -= 1
        if len(self._last) > MAX_TOLD:
            self._last.popitem(last=False)
        return before

    @property
    def logins(self) -> int:
        """All of them."""
        return sum(self._counts.values())

    @property
    def failed(self) -> int:
        """Those that failed."""
        return self._counts[_FAILED]

    @property
    def not_visible(self) -> int:
        """Those of which nothing could be said."""
        return self._counts[_NOT_VISIBLE]


class Watch:
    """One run: what was told, what failed, when to stop."""

    def __init__(
        self,
        view: View,
        teller: Teller,
        count: int,
        options: Options,
        catalogue: Catalogue,
        logs: Sequence[str],
        written: Written | None = None,
    ) -> None:
        self._view = view
        self._teller = teller
        self._count = count
        self._only_failed = view.only == "failed"
        self._stop = False
        self._began = time.monotonic()
        self._until = float("inf")
        self.tally = Tally()
        self._failed: dict[int, ConnectionReport] = {}
        """For the report at the end; the latest :data:`MAX_FAILED`."""
        ring = KeyRing()
        ring.may_grow = bool(logs)
        self._logs = [KeyLogFile(path, ring.log) for path in logs]
        diagnosis = Diagnosis(catalogue, Expectations((), options.servers))
        self._written = written
        self._pipeline = LivePipeline(diagnosis, options, self._tell, ring if logs else None, written)

    def run(self, capture: LiveCapture, duration_s: float) -> None:
        """Watch until it is enough, or the interface is gone, or somebody says stop."""
        self._began = time.monotonic()
        if duration_s:
            self._until = self._began + duration_s
        with _signals(self._on_signal), self._told():
            next_tick = 0.0
            while not self._stop and capture.alive and time.monotonic() < self._until:
                for packet in capture.take(TICK_S):
                    self._pipeline.feed(packet)
                if time.monotonic() >= next_tick:
                    next_tick = time.monotonic() + TICK_S
                    self._tick(capture)
            capture.close()
            for packet in capture.take(0, most=1_000_000):
                self._pipeline.feed(packet)
            self._tick(capture)
            self._pipeline.flush()
            self._teller.tick(self._status(capture))
        self._sum_up(capture.counts(), capture.ended)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The terminal is given back whatever happens."""
        self._teller.open()
        try:
            yield
        finally:
            self._teller.close()

    def _tick(self, capture: LiveCapture) -> None:
        if sum(map(_refreshed, self._logs)):
            self._pipeline.keys_came()
        self._pipeline.tick(time.time_ns())
        for sentence in capture.news():
            self._teller.say(sentence)
        self._teller.tick(self._status(capture))

    def _status(self, capture: LiveCapture) -> Status:
        counts = capture.counts()
        now, pipeline, tally = time.monotonic(), self._pipeline, self.tally
        return Status(
            elapsed_s=now - self._began,
            remaining_s=None if self._until == float("inf") else max(0.0, self._until - now),
            wanted=self._count,
            counted=self._counted,
            packets=counts.received,
            dropped_here=counts.dropped_here,
            dropped_by_kernel=counts.dropped_by_kernel,
            connections_open=pipeline.open_connections,
            tls_open=pipeline.watched,
            undecided=pipeline.undecided,
            tls_found=pipeline.connections,
            logins=tally.logins,
            failed=tally.failed,
            not_visible=tally.not_visible,
            down=capture.down,
            unwritten=self._written.unwritten if self._written else 0,
            write_trouble=self._written.files.trouble if self._written else "",
        )

    @property
    def _counted(self) -> int:
        """Logins that count for ``--count``: those that are to be told."""
        return self.tally.failed if self._only_failed else self.tally.logins

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop = True

    def _tell(self, report: ConnectionReport) -> None:
        number = report.connection.id
        before = self.tally.count(report)
        if report.failed:
            self._failed[number] = report
            if len(self._failed) > MAX_FAILED:
                del self._failed[next(iter(self._failed))]
        else:
            self._failed.pop(number, None)
        if report.failed or before == _FAILED or not self._only_failed:
            self._teller.tell(report, again=before is not None)
        self._stop = self._stop or bool(self._count and self._counted >= self._count)

    def _sum_up(self, counts: Counts, ended: dict[str, str]) -> None:
        """The full report of what failed, and what the watch itself missed."""
        for name, why in ended.items():
            complain(f"Interface {name} went away: {why}.")
        kernel = "" if counts.dropped_by_kernel is None else f", {counts.dropped_by_kernel} dropped by the kernel"
        said = f"{counts.received} packets{kernel}, {counts.dropped_here} dropped here, {self.tally.logins} logins"
        print(f"certwhy: {said}, {self.tally.failed} failed.", file=sys.stderr)
        if self._teller.report_at_end and self._failed:
            described = InputReport("live capture", "live", counts.received, 0)
            left_out = self.tally.failed - len(self._failed)
            text = f"{left_out:,} earlier failed logins are not told here, only the latest {MAX_FAILED:,}."
            problems = (Problem("limit", text, 0),) if left_out > 0 else ()
            drawer("terminal")(Report((described,), problems, tuple(self._failed.values())), self._view)


def _refreshed(log: KeyLogFile) -> int:
    """Bytes that a key log has grown by; it need not be there yet.

    Raises:
        InputUnreadableError: it is there and cannot be read.
    """
    try:
        return log.refresh()
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise InputUnreadableError(f"The key log cannot be followed: {error.strerror}.") from None


@contextmanager
def _signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the watch in good order while the block runs."""
    before = [(number, signal.signal(number, handler)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, earlier in before:
            signal.signal(number, earlier)
