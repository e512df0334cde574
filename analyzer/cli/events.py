"""``certwhy events``: everything that was seen of the handshakes, one event a line."""

from __future__ import annotations

import enum
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.errors import BAD_INPUT, OK

if TYPE_CHECKING:
    from analyzer.tls.events import Event


class EventFormat(enum.StrEnum):
    """How to write an event."""

    JSON = "json"
    TERMINAL = "terminal"


def events(
    capture: Annotated[str, typer.Argument(metavar="CAPTURE", help="A pcap or pcapng file, or - for stdin.")],
    format_: Annotated[
        EventFormat | None, typer.Option("--format", help="By default to read on a terminal, JSON in a pipe.")
    ] = None,
) -> None:
    """Print every handshake event of a capture, one a line."""
    from analyzer.pipeline import read_events
    from analyzer.render.events import HEADING, json_line, text_line

    chosen = format_ or (EventFormat.TERMINAL if sys.stdout.isatty() else EventFormat.JSON)
    encoding = (sys.stdout.encoding or "utf-8").lower().replace("_", "-")
    started: dict[int, int | None] = {}

    def show(connection: int, event: Event) -> None:
        if chosen is EventFormat.JSON:
            print(json_line(connection, event, ascii_only=not encoding.startswith("utf")))
            return
        first = started.setdefault(connection, getattr(event, "timestamp_ns", None))
        line = text_line(connection, event, first)
        print(line.encode(encoding, "backslashreplace").decode(encoding))

    if chosen is EventFormat.TERMINAL:
        print(HEADING)
    described = read_events(capture, show)
    if described.truncated is not None:
        print(f"certwhy: the capture is damaged: {described.truncated.why}.", file=sys.stderr)
    raise typer.Exit(BAD_INPUT if described.truncated is not None else OK)
