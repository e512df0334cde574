"""``certwhy explain``: what an error message means, or all that are in a log."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from analyzer.cli.output import Format, FormatOption, opened
from analyzer.cli.read import UNREADABLE, KeyLogs, RevocationLists, revocation_lists
from analyzer.errors import InputUnreadableError, UsageError

if TYPE_CHECKING:
    from analyzer.explain.entries import KnownMessage
    from analyzer.explain.explanation import Explanation
    from analyzer.explain.matching import Matcher

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="TEXT", help="The message, or - for a log on standard input.", show_default=False),
]
LogFile = Annotated[Path | None, typer.Option("--file", metavar="FILE", help="A whole log; may be gzipped.")]
ListAll = Annotated[bool, typer.Option("--list", help="List the messages that are known.")]
ProductName = Annotated[
    str | None, typer.Option("--product", metavar="NAME", help="With --list: only those of one product.")
]
CaptureFile = Annotated[
    str | None,
    typer.Option("--capture", metavar="FILE", help="A capture of the same login: does it agree, and why did it fail?"),
]


def explain(
    text: Words = None,
    file: LogFile = None,
    capture: CaptureFile = None,
    keys: KeyLogs = None,
    crl: RevocationLists = None,
    format_: FormatOption = Format.TERMINAL,
    list_all: ListAll = False,
    product: ProductName = None,
) -> None:
    """Say what an error message means: who refused whom, why, and what to do about it."""
    words = list(text or ())
    if list_all == bool(words or file) or (words and file):
        raise UsageError(
            "Nothing to explain was given." if not (words or file or list_all) else "These do not go together.",
            'certwhy explain "the message", certwhy explain --file app.log, or certwhy explain --list',
        )
    for option, given in (("--keys", keys), ("--crl", crl)):
        if given and capture is None:
            raise UsageError(f"{option} goes with --capture.", f"certwhy explain TEXT --capture FILE {option} FILE")
    if product is not None and not list_all:
        raise UsageError("--product goes with --list.", "certwhy explain --list --product nginx")
    if list_all:
        _list(product, format_)
        return
    if file is not None:
        answer = _explain_file(file)
    elif words == ["-"]:
        answer = _explain_log("-", sys.stdin.buffer, None)
    else:
        from analyzer.explain.answer import explain as explain_text

        answer = explain_text("\n".join(words) if "\n" in "".join(words) else " ".join(words), _matcher())
    _show(answer if capture is None else _joined(answer, capture, keys or (), crl or ()), format_)


def _joined(answer: Explanation, capture: str, keys: Sequence[str], crls: Sequence[str]) -> Explanation:
    """The answer, with what the capture says to it.

    Raises:
        InputUnreadableError: there is nothing to read in it.
    """
    from analyzer.cli.progress import watched
    from analyzer.explain.join import join
    from analyzer.pipeline import Options, read_captures

    options = Options(key_logs=tuple(keys), revocation_lists=revocation_lists(crls))
    with watched() as progress:
        report = read_captures([capture], options, progress=progress)
    for problem in report.problems:
        if problem.kind == UNREADABLE:
            raise InputUnreadableError(problem.text)
    return join(answer, report)


def _show(answer: Explanation, format_: Format) -> None:
    from analyzer.render.explanation import draw, write
    from analyzer.render.view import View

    with opened(None) as stream:
        (write if format_ is Format.JSON else draw)(answer, View(stream))


def _explain_file(path: Path) -> Explanation:
    try:
        with path.open("rb") as stream:
            return _explain_log(str(path), stream, os.fstat(stream.fileno()).st_size or None)
    except OSError as error:
        advice = "Check the spelling." if isinstance(error, FileNotFoundError) else ""
        raise InputUnreadableError(f"{path} cannot be read: {error.strerror or error}.", advice) from None


def _explain_log(path: str, stream: BinaryIO, total: int | None) -> Explanation:
    from analyzer.cli.progress import watched_log
    from analyzer.explain.answer import explain_log
    from analyzer.explain.logs import read_log

    with watched_log(path, total) as tell:
        found = read_log(stream, _matcher(), tell)
    return explain_log(path, found)


def _matcher() -> Matcher:
    from analyzer.explain.entries import load_messages
    from analyzer.explain.matching import Matcher

    return Matcher(load_messages())


def _list(product: str | None, format_: Format) -> None:
    from analyzer.explain.entries import load_messages
    from analyzer.render.explanation import draw_messages, write_messages
    from analyzer.render.view import View

    messages = _of_product(load_messages(), product) if product is not None else load_messages()
    with opened(None) as stream:
        (write_messages if format_ is Format.JSON else draw_messages)(messages, View(stream))


def _of_product(messages: Sequence[KnownMessage], product: str) -> Sequence[KnownMessage]:
    """By the file's short name, or a part of the name as people know it."""
    wanted = product.lower()
    found = [known for known in messages if known.file == wanted]
    found = found or [known for known in messages if wanted in known.product.lower()]
    if found:
        return found
    from analyzer.cli.rules import near_names

    names = sorted({known.file for known in messages})
    near = near_names(product, names) or names
    raise UsageError(f'No message of "{product}" is known.', f"--product with one of {', '.join(near)}")
