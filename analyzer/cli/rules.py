"""``certwhy rules``: the catalogue, and a page of it drawn well."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable
from typing import Annotated

import typer

from analyzer.cli.output import opened
from analyzer.errors import UsageError

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


class RulesFormat(enum.StrEnum):
    """How to write rules."""

    TERMINAL = "terminal"
    JSON = "json"


FormatOption = Annotated[RulesFormat, typer.Option("--format", help="To be read, or JSON.")]


@app.callback()
def catalogue(context: typer.Context, format_: FormatOption = RulesFormat.TERMINAL) -> None:
    """List the rules: everything that certwhy can say about a login, stage by stage."""
    if context.invoked_subcommand is not None:
        return
    from analyzer.diagnosis.catalogue import load_catalogue
    from analyzer.render.rules import draw_catalogue, write_catalogue
    from analyzer.render.view import View

    rules = load_catalogue()
    with opened(None) as stream:
        (write_catalogue if format_ is RulesFormat.JSON else draw_catalogue)(rules, View(stream))


@app.command("show")
def show(
    rule: Annotated[str, typer.Argument(metavar="ID", help="A rule's id, as the report and the catalogue name it.")],
    format_: FormatOption = RulesFormat.TERMINAL,
) -> None:
    """Show one rule: what it means, why, who can do what about it, and where that is written."""
    from analyzer.diagnosis.catalogue import load_catalogue
    from analyzer.render.rules import draw_page, write_page
    from analyzer.render.view import View

    rules = load_catalogue()
    found = rules.get(rule) or rules.get(rule.lower().replace("_", "-"))
    if found is None:
        names = [name for known in rules.rules for name in (known.id, *known.page.aliases)]
        near = near_names(rule, names)
        advice = ", ".join(f"certwhy rules show {name}" for name in near) or "certwhy rules, which lists them all"
        raise UsageError(f'There is no rule "{rule}".', advice)
    with opened(None) as stream:
        (write_page if format_ is RulesFormat.JSON else draw_page)(found, View(stream))


def near_names(wanted: str, names: Iterable[str]) -> list[str]:
    """At most three ids that may have been meant: those that hold the text, then those that look like it."""
    known = list(names)
    wanted = wanted.lower().replace("_", "-")
    holding = [name for name in known if wanted and wanted in name]
    similar = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    return list(dict.fromkeys(holding + similar))[:3]
