"""``certwhy rules``: the catalogue, and a page of it drawn well."""

from __future__ import annotations

import difflib
import sys
from typing import Annotated

import typer

from analyzer.errors import UsageError

app = typer.Typer(help="The rules: what certwhy can find, and why it matters.", invoke_without_command=True)


@app.callback()
def catalogue(context: typer.Context) -> None:
    """List the rules, stage by stage."""
    if context.invoked_subcommand is not None:
        return
    from analyzer.diagnosis.catalogue import load_catalogue
    from analyzer.render.rules import draw_catalogue

    draw_catalogue(load_catalogue(), sys.stdout)


@app.command("show")
def show(rule: Annotated[str, typer.Argument(metavar="ID", help="A rule's id, as in the catalogue.")]) -> None:
    """Show one rule's page: what it means, why, and who can do what about it."""
    from analyzer.diagnosis.catalogue import load_catalogue
    from analyzer.render.rules import draw_page

    rules = load_catalogue()
    found = rules.get(rule)
    if found is None:
        near = difflib.get_close_matches(rule, [known.id for known in rules.rules], n=3, cutoff=0.5)
        hint = "certwhy rules show " + near[0] if near else "certwhy rules, which lists them all"
        raise UsageError(f"There is no rule {rule!r}.", hint)
    draw_page(found, sys.stdout)
