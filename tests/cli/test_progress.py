import io
from pathlib import Path

import pytest

from analyzer.cli import progress
from analyzer.pipeline import Progress


def test_nobody_watches_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with progress.watched() as show:
        assert show is None


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_small_captures_do_not_flicker(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress.watched() as show:
        assert show is not None
        show(Progress("a.pcap", 10, 100, 5, 1, 0))
    assert terminal.getvalue() == ""


def test_big_ones_show_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(progress, "PATIENCE_S", 0.0)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "160")
    with progress.watched() as show:
        assert show is not None
        show(Progress("a.pcap", 10, 100, 54_321, 12, 3))
        show(Progress("b.pcap", 10, None, 54_321, 12, 3))
    assert "54,321 packets, 12 connections, 3 failed" in terminal.getvalue()


def test_a_log_shows_lines_and_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(progress, "PATIENCE_S", 0.0)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "160")
    with progress.watched_log("app.log", 100) as tell:
        assert tell is not None
        tell(10, 54_321, 12)
    assert "54,321 lines, 12 known messages" in terminal.getvalue()


def test_a_meter_shows_how_things_stand_while_a_file_grows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    with (tmp_path / "out.jsonl").open("w") as output:
        meter = progress.Meter(output)
        meter.show("12 packets, 1 login")
        assert "12 packets, 1 login" in terminal.getvalue()
        meter.stop()
    assert terminal.getvalue().count("\x1b[?25l") == terminal.getvalue().count("\x1b[?25h") == 1


def test_a_meter_keeps_away_from_a_terminal_and_from_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    for output in (Terminal(), io.StringIO()):
        meter = progress.Meter(output)
        meter.show("12 packets, 1 login")
        meter.stop()
    assert terminal.getvalue() == ""
