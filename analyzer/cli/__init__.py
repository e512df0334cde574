"""The command line: typer commands, one file each. Heavy rooms are imported by the command that needs them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from analyzer.cli import events, explain, interfaces, read, rules, sniff
from analyzer.cli.cycles import search_for_cycles_less_often
from analyzer.cli.errors import report_errors

app = typer.Typer(
    name="certwhy",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: fast, and nothing of it is boxed
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("read")(read.read)
app.command("events")(events.events)
app.command("sniff")(sniff.sniff)
app.command("interfaces")(interfaces.interfaces)
app.command("explain")(explain.explain)
app.add_typer(rules.app, name="rules")


def _version(wanted: bool) -> None:
    if wanted:
        from analyzer import __version__

        typer.echo(f"certwhy {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Say why a login with a TLS client certificate failed, from a packet capture.

    Exit codes: 0 no login failed, 1 at least one did, 2 wrong usage, 3 an input is missing, unreadable or damaged.
    """


def main() -> None:
    """The entry point ``certwhy``.

    It leaves without taking the report apart again: freeing a million small values takes longer than it is worth.
    """
    code = 0
    search_for_cycles_less_often()
    try:
        with report_errors():
            app(prog_name="certwhy")
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else 1
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
