"""Progress on standard error, and only where a person watches it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.pipeline import Progress, ProgressSink


@contextmanager
def watched() -> Iterator[ProgressSink | None]:
    """Something to report progress to while the block runs; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), DownloadColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True, markup=False, emoji=False), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(now: Progress) -> None:
            text = f"{now.packets:,} packets, {now.connections:,} connections"
            bar.update(task, completed=now.bytes_done, total=now.bytes_total, description=text)

        yield show
