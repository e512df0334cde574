"""The command line: typer commands, one file each. Heavy rooms are imported by the command that needs them."""

from __future__ import annotations

import sys

import typer

from analyzer.cli import events, read, rules
from analyzer.cli.errors import report_errors

app = typer.Typer(
    name="certwhy",
    help="Says why a login with a TLS client certificate failed, from a packet capture.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("read")(read.read)
app.command("events")(events.events)
app.add_typer(rules.app, name="rules")


def _version(wanted: bool) -> None:
    if wanted:
        from analyzer import __version__

        typer.echo(f"certwhy {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Says why a login with a TLS client certificate failed, from a packet capture."""


def main() -> None:
    """The entry point ``certwhy``."""
    with report_errors():
        app()
    sys.exit(0)
