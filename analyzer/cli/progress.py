"""Progress on standard error, only where a person watches it, and only when it takes a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


def _make_bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(20), DownloadColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    return Bar(*columns, console=console, transient=True)
