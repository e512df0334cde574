"""``certwhy events``: everything that was seen of the handshakes, one event a line."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.errors import BAD_INPUT, OK, complain
from analyzer.cli.output import opened

if TYPE_CHECKING:
    from analyzer.tls.events import Event


class EventFormat(enum.StrEnum):
    """How to write an event."""

    TERMINAL = "terminal"
    JSON = "json"


def events(
    capture: Annotated[str, typer.Argument(metavar="CAPTURE", help="A capture, or - for standard input.")],
    format_: Annotated[
        EventFormat | None,
        typer.Option("--format", help="By default to be read on a terminal, and lines of JSON in a pipe."),
    ] = None,
    keys: Annotated[
        list[str] | None,
        typer.Option("--keys", metavar="FILE", help="A key log (SSLKEYLOGFILE). May be given several times."),
    ] = None,
) -> None:
    """Print every handshake event in a capture, one a line."""
    from analyzer.pipeline import Options, read_events
    from analyzer.render.events import HEADING, json_line, text_line
    from analyzer.render.view import View

    code = OK
    with opened(None) as stream:
        readable = format_ is EventFormat.TERMINAL or (format_ is None and stream.isatty())
        ascii_only = not View(stream).unicode
        started: dict[int, int | None] = {}

        def show(connection: int, event: Event) -> None:
            if readable:
                first = started.setdefault(connection, getattr(event, "timestamp_ns", None))
                line = text_line(connection, event, first)
            else:
                line = json_line(connection, event, ascii_only=ascii_only)
            stream.write(line + "\n")

        if readable:
            stream.write(HEADING + "\n")
        truncated = read_events(capture, show, Options(key_logs=tuple(keys or ()))).truncated
        if truncated is not None:
            code = BAD_INPUT
            stream.flush()
            complain(f"{capture} is damaged after packet {truncated.packet}: {truncated.why}.")
    raise typer.Exit(code)
