"""The loop of a watch, on recorded packets: no interface and no right is needed."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from analyzer.capture import open_capture
from analyzer.capture.live import Counts
from analyzer.cli.told import JsonLines, Lines, OnScreen, Teller, teller
from analyzer.cli.watch import MAX_FAILED, Tally, Watch
from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.report import ConnectionReport
from analyzer.packets import Packet
from analyzer.pipeline import Options
from analyzer.render import View
from analyzer.render.live_table import Status
from tests.render.live_screens import empty_login, numbered
from tests.render.screens import hidden_login
from tests.support.reports import good_login

CAPTURES = Path(__file__).parents[2] / "captures"
GOOD, EXPIRED = "good-openssl-openssl", "expired-curl-openssl"


class Recorded:
    """A capture that gives recorded packets, then is over."""

    def __init__(self, *names: str) -> None:
        self.ended: dict[str, str] = {}
        self.down: tuple[str, ...] = ()
        self.alive = True
        self._waiting: list[list[Packet]] = []
        for name in names:
            with open_capture(str(CAPTURES / name / "capture.pcap")) as file:
                self._waiting.append(list(file))
        self._given = 0

    def take(self, timeout_s: float, most: int = 4_096) -> list[Packet]:
        self.alive = bool(self._waiting)
        packets = self._waiting.pop(0) if self._waiting else []
        self._given += len(packets)
        return packets

    def news(self) -> list[str]:
        return []

    def counts(self) -> Counts:
        return Counts(self._given, 0, 0)

    def close(self) -> None:
        """Nothing is open."""


class Noted:
    """A teller that keeps what it is told."""

    report_at_end = False

    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []
        self.ticks: list[Status] = []
        self.calls: list[str] = []

    def open(self) -> None:
        self.calls.append("open")

    def tell(self, report: ConnectionReport, *, again: bool) -> None:
        self.told.append((report.verdict.rule if report.verdict else "none", again))

    def say(self, sentence: str) -> None:
        self.calls.append(sentence)

    def tick(self, status: Status) -> None:
        self.ticks.append(status)

    def close(self) -> None:
        self.calls.append("close")


def _watch(
    told: Teller,
    *names: str,
    count: int = 0,
    only_failed: bool = False,
    stream: io.StringIO | None = None,
    servers: tuple[str, ...] = (),
) -> Watch:
    view = View(stream or io.StringIO(), 80, only="failed" if only_failed else None)
    watch = Watch(view, told, count, Options(servers=servers), load_catalogue(), ())
    watch.run(Recorded(*names), 0)  # type: ignore[arg-type]
    return watch


def test_the_terminal_is_told_how_things_stand() -> None:
    noted = Noted()
    watch = _watch(noted, GOOD, EXPIRED)
    assert sorted(noted.told) == [("client-certificate-expired", False), ("tls-succeeded", False)]
    last = noted.ticks[-1]
    assert (last.logins, last.failed, last.not_visible) == (2, 1, 0)
    assert (last.connections_open, last.tls_open, last.undecided, last.tls_found) == (0, 0, 0, 2)
    assert last.packets > 20
    assert last.remaining_s is None
    assert noted.calls == ["open", "close"]
    assert watch.tally.failed == 1


def test_the_terminal_is_given_back_after_a_mistake() -> None:
    class Breaks(Noted):
        def tick(self, status: Status) -> None:
            raise OSError("the terminal is gone")

    noted = Breaks()
    with pytest.raises(OSError, match="gone"):
        _watch(noted, GOOD)
    assert noted.calls == ["open", "close"]


def test_with_only_failed_the_others_are_neither_told_nor_counted() -> None:
    noted = Noted()
    _watch(noted, GOOD, GOOD, EXPIRED, count=1, only_failed=True)
    assert noted.told == [("client-certificate-expired", False)]
    assert noted.ticks[-1].counted == 1
    assert noted.ticks[-1].logins >= 2


def test_it_ends_after_so_many_logins() -> None:
    noted = Noted()
    watch = _watch(noted, GOOD, EXPIRED, GOOD, count=2)
    assert watch.tally.logins == 2


def test_a_server_that_nobody_went_to_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    _watch(Noted(), GOOD, GOOD, servers=("shop.example", "shop.exmaple", "127.0.0.9:443"))
    said = [line for line in capsys.readouterr().err.splitlines() if "--server" in line]
    assert [line.split()[2] for line in said] == ["shop.exmaple", "127.0.0.9:443"]


def test_what_failed_is_told_in_full_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    _watch(Lines(View(stream), ("eth0",), ""), GOOD, EXPIRED, stream=stream)
    lines = stream.getvalue().splitlines()
    assert [line.split("  ")[7] for line in lines[:2]] == ["ok", "FAILED"]
    assert "What happened" in lines
    assert "2 logins, 1 failed." in capsys.readouterr().err


def _tallied(reports: Sequence[ConnectionReport]) -> tuple[Tally, list[str | None]]:
    tally = Tally()
    return tally, [tally.count(report) for report in reports]


def test_each_login_is_counted_once_as_what_it_was_told_to_be_last() -> None:
    told = [
        numbered(hidden_login(), 1),
        numbered(empty_login(), 2),
        numbered(empty_login(), 1),
        numbered(good_login(), 2),
    ]
    tally, before = _tallied(told)
    assert before == [None, None, "not visible", "failed"]
    assert (tally.logins, tally.failed, tally.not_visible) == (2, 1, 0)


def test_all_that_failed_are_counted_not_only_those_that_are_kept() -> None:
    tally, _ = _tallied([numbered(empty_login(), number) for number in range(MAX_FAILED + 5)])
    assert tally.failed == MAX_FAILED + 5


def test_the_report_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.cli.watch.MAX_FAILED", 1)
    stream = io.StringIO()
    _watch(Lines(View(stream), ("eth0",), ""), EXPIRED, "empty-no-certificate-openssl-openssl", stream=stream)
    assert "1 earlier failed login" in stream.getvalue()


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_who_reads_decides_how_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    assert isinstance(teller(View(Terminal()), "terminal", ["lo"], ""), OnScreen)
    assert type(teller(View(io.StringIO()), "terminal", ["lo"], "")) is Lines
    assert type(teller(View(Terminal()), "jsonl", ["lo"], "")) is JsonLines
    monkeypatch.setenv("TERM", "dumb")
    assert type(teller(View(Terminal()), "terminal", ["lo"], "")) is Lines


def test_a_correction_is_written_as_json_though_only_failed_ones_are_wanted() -> None:
    stream = io.StringIO()
    told = JsonLines(View(stream, only="failed"), ("eth0",), "")
    told.tell(numbered(empty_login(), 7), again=False)
    told.tell(numbered(good_login(), 7), again=True)
    written = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(one["id"], one["verdict"]["severity"]) for one in written] == [(7, "failure"), (7, "note")]


def test_who_watches_a_pipe_hears_once_that_nothing_comes(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    told = Lines(View(stream), ("eth0",), "")
    for elapsed_s in (4.0, 6.0, 60.0):
        told.tick(Status(elapsed_s=elapsed_s))
    assert stream.getvalue() == ""
    assert capsys.readouterr().err.count("No packet has come on eth0 so far.") == 1


def test_every_line_is_flushed() -> None:
    class Buffered(io.StringIO):
        flushed = ""

        def flush(self) -> None:
            self.flushed = self.getvalue()

    for kind in (Lines, JsonLines):
        stream = Buffered()
        kind(View(stream), ("eth0",), "").tell(empty_login(), again=False)
        assert stream.flushed == stream.getvalue() != ""
