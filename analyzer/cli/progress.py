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
    if not sys.stderr.isatty():
        yield None
        return
    watcher = _Watcher()
    try:
        yield watcher.show
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
        if self._bar is None:
            if time.monotonic() - self._since < PATIENCE_S:
                return
            self._bar = _make_bar()
            self._bar.start()
        if now.path != self._path:
            for task in list(self._bar.task_ids):
                self._bar.remove_task(task)
            self._bar.add_task("", total=now.bytes_total)
            self._path = now.path
        text = f"{now.packets:,} packets, {now.connections:,} connections, {now.failed:,} failed"
        self._bar.update(self._bar.task_ids[0], completed=now.bytes_done, total=now.bytes_total, description=text)

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
