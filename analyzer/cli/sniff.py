"""``certwhy sniff``: logins as they fail, from a network interface."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.errors import BAD_INPUT, FAILED_LOGIN, OK, complain
from analyzer.cli.output import opened
from analyzer.cli.read import Only, Servers
from analyzer.errors import InputUnreadableError, UsageError
from analyzer.render import View, drawer

if TYPE_CHECKING:
    from analyzer.capture.live import Counts, LiveCapture
    from analyzer.diagnosis.report import ConnectionReport
    from analyzer.pipeline import LivePipeline, Options
    from analyzer.tls.keylog import KeyLogFile

TICK_S = 0.25
MAX_TOLD = 100_000
MAX_FAILED = 1_000
"""Failed logins kept for the report at the end: the latest ones."""
DEFAULT_FILTER = "tcp"

Interfaces = Annotated[
    list[str] | None,
    typer.Argument(metavar="[INTERFACE...]", help="By default that of the default route; lo for this machine itself."),
]


def sniff(
    interfaces: Interfaces = None,
    filter_: Annotated[
        str, typer.Option("--filter", metavar="BPF", help="Which packets, in the syntax of tcpdump.")
    ] = DEFAULT_FILTER,
    keys: Annotated[
        list[str] | None,
        typer.Option("--keys", metavar="FILE", help="A key log (SSLKEYLOGFILE); it is followed while it grows."),
    ] = None,
    server: Servers = None,
    only: Annotated[Only, typer.Option("--only", help="Which logins to tell of.")] = Only.ALL,
    format_: Annotated[str, typer.Option("--format", metavar="terminal|jsonl", help="How to tell them.")] = "terminal",
    count: Annotated[int, typer.Option("--count", metavar="N", min=0, help="Stop after so many logins.")] = 0,
    duration: Annotated[float, typer.Option("--duration", metavar="SECONDS", min=0, help="Stop after so long.")] = 0,
    user: Annotated[
        str | None, typer.Option("--user", metavar="NAME", help="Give up root for this user once the socket is open.")
    ] = None,
) -> None:
    """Watch an interface and say of each login with a client certificate why it fails, as it happens."""
    if format_ not in ("terminal", "jsonl"):
        raise UsageError(f'There is no format "{format_}" for a watch.', "One of terminal, jsonl.")
    from analyzer.capture.live import LiveCapture, default_interface
    from analyzer.pipeline import Options

    logs = tuple(keys or ())
    capture = LiveCapture(interfaces or [default_interface()], filter_, complain)
    try:
        if user is not None:
            _become(user)
        with opened(None) as stream:
            view = View(stream, only="failed" if only is Only.FAILED else None, title="certwhy sniff")
            watch = _Watch(view, format_, count, Options(servers=tuple(server or ())), logs)
            watch.run(capture, duration)
    finally:
        capture.close()
    raise typer.Exit(BAD_INPUT if capture.ended else FAILED_LOGIN if watch.failed else OK)


class _Watch:
    """One run: what was told, what failed, when to stop."""

    def __init__(self, view: View, format_: str, count: int, options: Options, logs: Sequence[str]) -> None:
        from analyzer.diagnosis.catalogue import load_catalogue
        from analyzer.diagnosis.diagnose import Diagnosis, Expectations
        from analyzer.pipeline import LivePipeline
        from analyzer.tls import KeyRing
        from analyzer.tls.keylog import KeyLogFile

        self._view = view
        self._jsonl = format_ == "jsonl"
        self._count = count
        self._told: OrderedDict[int, None] = OrderedDict()
        """The logins that were told of, the latest ones."""
        self._logins = 0
        self._stop = False
        self.failed: dict[int, ConnectionReport] = {}
        ring = KeyRing()
        ring.may_grow = bool(logs)
        self._logs = [KeyLogFile(path, ring.log) for path in logs]
        diagnosis = Diagnosis(load_catalogue(), Expectations((), options.servers))
        self._pipeline: LivePipeline = LivePipeline(diagnosis, options, self._tell, ring if logs else None)

    def run(self, capture: LiveCapture, duration_s: float) -> None:
        """Watch until it is enough, or the interface is gone, or somebody says stop."""
        with _signals(self._on_signal):
            until = time.monotonic() + duration_s if duration_s else float("inf")
            next_tick = 0.0
            while not self._stop and capture.alive and time.monotonic() < until:
                for packet in capture.take(TICK_S):
                    self._pipeline.feed(packet)
                if time.monotonic() >= next_tick:
                    next_tick = time.monotonic() + TICK_S
                    self._tick()
            capture.close()
            for packet in capture.take(0, most=1_000_000):
                self._pipeline.feed(packet)
            self._tick()
            self._pipeline.flush()
        self._sum_up(capture.counts(), capture.ended)

    def _tick(self) -> None:
        if sum(map(_refreshed, self._logs)):
            self._pipeline.keys_came()
        self._pipeline.tick(time.time_ns())
        self._view.stream.flush()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop = True

    def _tell(self, report: ConnectionReport) -> None:
        from analyzer.render.jsonl import draw_connection
        from analyzer.render.lines import line

        number = report.connection.id
        again = number in self._told
        self._told[number] = None
        self._logins += not again
        if len(self._told) > MAX_TOLD:
            self._told.popitem(last=False)
        if report.failed:
            self.failed[number] = report
            if len(self.failed) > MAX_FAILED:
                del self.failed[next(iter(self.failed))]
        else:
            self.failed.pop(number, None)
        if self._view.only == "failed" and not report.failed and not again:
            return
        if self._jsonl:
            draw_connection(report, self._view)
        else:
            self._view.stream.write(line(report, again=again) + "\n")
        self._view.stream.flush()
        self._stop = self._stop or bool(self._count and self._logins >= self._count)

    def _sum_up(self, counts: Counts, ended: dict[str, str]) -> None:
        """The full report of what failed, and what the watch itself missed."""
        from analyzer.diagnosis.report import InputReport, Report

        for name, why in ended.items():
            complain(f"Interface {name} went away: {why}.")
        kernel = "" if counts.dropped_by_kernel is None else f", {counts.dropped_by_kernel} dropped by the kernel"
        said = f"{counts.received} packets{kernel}, {counts.dropped_here} dropped here, {self._logins} logins"
        print(f"certwhy: {said}, {len(self.failed)} failed.", file=sys.stderr)
        if not self._jsonl and self.failed:
            described = InputReport("live capture", "live", counts.received, 0)
            drawer("terminal")(Report((described,), (), tuple(self.failed.values())), self._view)


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


def _become(user: str) -> None:
    """Give up root; the socket that is open stays open."""
    import pwd

    try:
        entry = pwd.getpwnam(user)
        os.initgroups(user, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    except KeyError:
        raise UsageError(f"There is no user {user} on this machine.") from None
    except PermissionError:
        raise UsageError(f"Only root can become {user}.", "Leave --user away, or run it with sudo.") from None


@contextmanager
def _signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the watch in good order while the block runs."""
    before = [(number, signal.signal(number, handler)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, earlier in before:
            signal.signal(number, earlier)
