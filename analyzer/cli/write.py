"""``--write``: where failed connections go as packets, and what is said of it at the end."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from analyzer.cli.errors import complain
from analyzer.cli.output import is_one_of
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from analyzer.pipeline import Written

DEFAULT_SIZE, DEFAULT_FILES = "64M", 10
SMALLEST_SIZE = 64 * 1024
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}

Write = Annotated[
    str | None,
    typer.Option(
        "--write",
        metavar="FILE|DIR",
        help="Keep the packets of failed connections there, as pcapng with the verdicts as comments; "
        "with keys, the secrets of these connections too.",
    ),
]
WriteSize = Annotated[
    str, typer.Option("--write-size", metavar="SIZE", help="With --write: begin another file before one exceeds this.")
]
WriteFiles = Annotated[
    int, typer.Option("--write-files", metavar="N", min=2, help="With --write: keep so many files; the oldest goes.")
]


class Turns(NamedTuple):
    """How files take turns while a watch runs."""

    most_bytes: int
    most_files: int


@contextmanager
def writing(target: str | None, others: Sequence[str | Path], turns: Turns | None = None) -> Iterator[Written | None]:
    """What to write to, which must be none of the other files; None without ``--write``.

    At the end it is said what was written, and, of a watch, which has no report for that, what was not.

    Raises:
        UsageError: nothing can be written there.
    """
    if target is None:
        yield None
        return
    if is_one_of(target, others):
        raise UsageError(f"{target} is one of the other files of this command.", "Name another file with --write.")
    from analyzer.capture import PacketFiles
    from analyzer.pipeline import Written
    from analyzer.render.comments import comments

    most_bytes, most_files = turns or (None, None)
    files = PacketFiles(target, most_bytes=most_bytes, most_files=most_files)
    written = Written(files, comments, complain if turns else _leave_it_to_the_report)
    try:
        yield written
    finally:
        files.close()
        for problem in written.problems() if turns else ():
            complain(problem.text)
        _sum_up(written)


def parse_size(text: str) -> int:
    """``64M`` as bytes.

    Raises:
        UsageError: it is no size, or too small a one.
    """
    match = re.fullmatch(r"([0-9]{1,12})([KMG]?)", text.upper())
    size = int(match[1]) * _UNITS[match[2]] if match else 0
    if size < SMALLEST_SIZE:
        raise UsageError(f'"{text}" is no size for a file of packets.', "500K, 64M and 2G are; the least is 64K.")
    return size


def _leave_it_to_the_report(sentence: str) -> None:
    pass


def _sum_up(written: Written) -> None:
    from analyzer.render.safe import safe_text

    if not written.connections:
        print("certwhy: No packets were written.", file=sys.stderr)
        return
    paths = [str(path) for path in written.files.paths]
    where = paths[0] if len(paths) == 1 else f"{paths[0]} to {paths[-1]}"
    said = f"Failed connections written to {where}: {written.connections}, {written.packets} packets in all."
    print(f"certwhy: {safe_text(said)}", file=sys.stderr)
