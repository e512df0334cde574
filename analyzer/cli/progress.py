"""Progress on standard error, only where a person watches it, and only when it takes a while."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.progress import Progress as Bar

    from analyzer.pipeline import Progress, ProgressSink

PATIENCE_S = 0.5
"""Before this nothing is drawn, so that small captures do not flicker."""


@contextmanager
def watched() -> Iterator[ProgressSink | None]:
    """Something to report progress to while the block runs; None where nobody watches."""
    with _watching() as watcher:
        yield None if watcher is None else watcher.show


@contextmanager
def watched_log(path: str, total: int | None) -> Iterator[Callable[[int, int, int], None] | None]:
    """The same for a log: is told how many bytes and lines were read, and how many messages found."""
    with _watching() as watcher:
        if watcher is None:
            yield None
            return
        bar = watcher
        yield lambda done, lines, found: bar.draw(path, done, total, f"{lines:,} lines, {found:,} known messages")


@contextmanager
def _watching() -> Iterator[_Watcher | None]:
    if not sys.stderr.isatty():
        yield None
        return
    watcher = _Watcher()
    try:
        yield watcher
    finally:
        watcher.stop()


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """The same for a number of things, each done in a moment: ``12 of 113 captures`` on one line."""
    if not sys.stderr.isatty():
        yield None
        return
    since = time.monotonic()

    def show(done: int, total: int) -> None:
        if time.monotonic() - since >= PATIENCE_S:
            sys.stderr.write(f"\r{done} of {total} {what} ")
            sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


class _Watcher:
    def __init__(self) -> None:
        self._since = time.monotonic()
        self._bar: Bar | None = None
        self._path = ""

    def show(self, now: Progress) -> None:
        text = f"{now.packets:,} packets, {now.connections:,} connections, {now.failed:,} failed"
        self.draw(now.path, now.bytes_done, now.bytes_total, text)

    def draw(self, path: str, done: int, total: int | None, text: str) -> None:
        if self._bar is None:
            if time.monotonic() - self._since < PATIENCE_S:
                return
            self._bar = _make_bar()
            self._bar.start()
        if path != self._path:
            for task in list(self._bar.task_ids):
                self._bar.remove_task(task)
            self._bar.add_task("", total=total)
            self._path = path
        self._bar.update(self._bar.task_ids[0], completed=done, total=total, description=text)

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()


class Meter:
    """One line that says how things stand, while the output goes to a file where nobody sees it grow."""

    def __init__(self, output: TextIO) -> None:
        self._wanted = sys.stderr.isatty() and _is_file(output)
        self._live: Live | None = None

    def show(self, text: str) -> None:
        """Things stand so now."""
        if not self._wanted:
            return
        from rich.live import Live
        from rich.text import Text

        if self._live is None:
            self._live = Live(
                console=_console(), auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        self._live.update(Text(text, no_wrap=True, overflow="ellipsis"), refresh=True)

    def stop(self) -> None:
        """Take the line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def _is_file(output: TextIO) -> bool:
    """Not a pipe: whoever reads that may write to the same terminal."""
    try:
        return stat.S_ISREG(os.fstat(output.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True, markup=False, emoji=False, highlight=False)


def _make_bar() -> Bar:
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(20), DownloadColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    return Bar(*columns, console=_console(), transient=True)
