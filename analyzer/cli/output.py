"""Where a command writes: standard output, or the file of ``-o``. Nothing on the way may break."""

from __future__ import annotations

import enum
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, TextIO

import typer

from analyzer.errors import UsageError


class Format(enum.StrEnum):
    """How to write what is no report."""

    TERMINAL = "terminal"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="To be read, or JSON.")]


@contextmanager
def opened(output: Path | None, inputs: Sequence[str] = ()) -> Iterator[TextIO]:
    """The stream to write to. That its reader has gone, as ``head`` does, is no error.

    Raises:
        UsageError: the file cannot be written, or is one of the inputs.
    """
    if output is not None:
        with _created(output, inputs) as file:
            yield file
        return
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")  # whatever the encoding, nothing is dropped
    try:
        yield stream
        stream.flush()
    except BrokenPipeError:
        _forget(stream)


def is_one_of(path: str | Path, others: Sequence[str | Path]) -> bool:
    """Is it, under whatever name, one of these files?"""
    for other in others:
        with suppress(OSError):
            if os.path.samefile(path, other):
                return True
    return False


def _created(output: Path, inputs: Sequence[str]) -> TextIO:
    if is_one_of(output, inputs):
        raise UsageError(f"{output} is one of the captures.", "Name another file with -o.")
    try:
        return output.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}.", "Name another file with -o.") from None


def _forget(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, or the interpreter complains about it at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
