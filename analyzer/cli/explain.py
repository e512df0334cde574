"""``certwhy explain``: what an error message means, or all that are in a log."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from analyzer.cli.errors import BAD_INPUT, complain
from analyzer.cli.output import Format, FormatOption, opened
from analyzer.cli.read import UNREADABLE, KeyLogs
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
Captures = Annotated[
    list[str] | None,
    typer.Option(
        "--capture",
        metavar="PATH...",
        help="Captures of the same login, or folders of them: which connection is it, do they agree, why did it fail?",
    ),
]


def explain(
    text: Words = None,
    file: LogFile = None,
    capture: Captures = None,
    keys: KeyLogs = None,
    format_: FormatOption = Format.TERMINAL,
    list_all: ListAll = False,
    product: ProductName = None,
) -> None:
    """Say what an error message means: who refused whom, why, and what to do about it."""
    words, captures = _apart(list(text or ()), capture or [], alone=file is None)
    if list_all == bool(words or file) or (words and file):
        raise UsageError(
            "Nothing to explain was given." if not (words or file or list_all) else "These do not go together.",
            'certwhy explain "the message", certwhy explain --file app.log, or certwhy explain --list',
        )
    if keys and not captures:
        raise UsageError("--keys goes with --capture.", "certwhy explain TEXT --capture FILE --keys FILE")
    if "-" in captures and "-" in words:
        raise UsageError("Standard input is either the log or a capture.", "Give the log with --file FILE.")
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
    unread: list[str] = []
    if captures:
        answer, unread = _joined(answer, captures, tuple(keys or ()))
    _show(answer, format_)
    for sentence in unread:
        complain(sentence)
    if unread:
        raise typer.Exit(BAD_INPUT)


def _apart(words: list[str], captures: list[str], *, alone: bool) -> tuple[list[str], list[str]]:
    """The text, and the captures: ``--capture *.pcap`` leaves all but the first of them among the words of the text.

    ``alone``: there is no other text, so that one word has to be left.
    """
    left = len(words)
    while captures and left > alone and os.path.exists(words[left - 1]):
        left -= 1
    return words[:left], [*captures, *words[left:]]


def _joined(answer: Explanation, captures: list[str], keys: tuple[str, ...]) -> tuple[Explanation, list[str]]:
    """The answer with what the captures say to it, and a sentence for each that cannot be read.

    Raises:
        InputUnreadableError: there is none to read.
    """
    from analyzer.cli.inputs import expand
    from analyzer.cli.progress import watched
    from analyzer.explain.join import join
    from analyzer.pipeline import Options, read_captures

    paths, empty = expand(captures)
    with watched() as progress:
        report = read_captures(paths, Options(key_logs=keys), progress=progress)
    unread = [f"The folder {folder} holds no capture." for folder in empty]
    unread += [problem.text for problem in report.problems if problem.kind == UNREADABLE]
    if len(unread) == len(paths) + len(empty):
        raise InputUnreadableError(" ".join(unread))
    return join(answer, report), unread


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
