"""``certwhy rules``: the catalogue, a page of it drawn well, and rules of one's own."""

from __future__ import annotations

import difflib
import enum
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli.errors import BAD_RULE, OK
from analyzer.cli.output import opened
from analyzer.cli.progress import counted
from analyzer.errors import UsageError
from analyzer.render.safe import safe_text

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


class Format(enum.StrEnum):
    """How to write pages."""

    TERMINAL = "terminal"
    MARKDOWN = "markdown"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="To be read, as Markdown with every page, or JSON.")]

RuleFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        metavar="DIR",
        help="A folder with rules of your own, beside the built-in ones. Their code runs. May be given several times.",
    ),
]

Products = Annotated[
    list[str] | None,
    typer.Option(
        "--product",
        metavar="NAME",
        help="What the client or the server is (nginx, Java ...): fixes show its settings. May be given several times.",
    ),
]


@app.callback()
def catalogue(context: typer.Context, own: RuleFolders = None, format_: FormatOption = Format.TERMINAL) -> None:
    """List the rules: everything that certwhy can say about a login, stage by stage."""
    context.obj = own or []
    if context.invoked_subcommand is not None:
        return
    from analyzer.diagnosis.catalogue import load_catalogue
    from analyzer.explain.entries import load_messages
    from analyzer.render.rules import draw_catalogue, write_catalogue
    from analyzer.render.rules_markdown import write_catalogue_markdown
    from analyzer.render.view import View

    rules = load_catalogue(own or ())
    with opened(None) as stream:
        if format_ is Format.TERMINAL:
            draw_catalogue(rules, View(stream))
        else:
            write = write_catalogue if format_ is Format.JSON else write_catalogue_markdown
            write(rules, View(stream), load_messages())


@app.command("show")
def show(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(metavar="ID", help="A rule's id, as the report and the catalogue name it.")],
    own: RuleFolders = None,
    product: Products = None,
    format_: FormatOption = Format.TERMINAL,
) -> None:
    """Show one rule: what it means, why, who can do what about it, and where that is written."""
    from analyzer.diagnosis.catalogue import load_catalogue
    from analyzer.explain.entries import load_messages
    from analyzer.render.rules import draw_page, write_page
    from analyzer.render.rules_markdown import write_page_markdown
    from analyzer.render.view import View

    products = known_products(product or ())
    rules = load_catalogue([*context.obj, *(own or ())])
    found = rules.get(rule) or rules.get(rule.lower().replace("_", "-"))
    if found is None:
        names = [name for known in rules.rules for name in (known.id, *known.page.aliases)]
        near = near_names(rule, names)
        advice = ", ".join(f"certwhy rules show {name}" for name in near) or "certwhy rules, which lists them all"
        raise UsageError(f'There is no rule "{rule}".', advice)
    with opened(None) as stream:
        write = {Format.JSON: write_page, Format.MARKDOWN: write_page_markdown, Format.TERMINAL: draw_page}[format_]
        write(found, View(stream, products=products), load_messages())


@app.command("new")
def new(
    rule: Annotated[str, typer.Argument(metavar="ID", help="Names the condition: server-asks-for-old-ca.")],
    stage: Annotated[
        str,
        typer.Option(
            "--stage", metavar="STAGE", help="Where in the login it is found, as certwhy rules names the stages."
        ),
    ],
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="The folder of your rules.")],
) -> None:
    """Write a rule of your own to begin with.

    It is a page (the words) and a predicate (the condition), which pass the check as they are.
    """
    from analyzer.diagnosis.new_rule import write_rule

    page, predicate = write_rule(rule, stage, into)
    with opened(None) as stream:
        for line in (
            f"Wrote {page} (the words) and {predicate.name} (the condition).",
            "Change both, then:",
            f"  certwhy rules check {into}",
            f"  certwhy read CAPTURE --rules {into}",
        ):
            stream.write(safe_text(line) + "\n")


@app.command("check")
def check(
    paths: Annotated[list[Path], typer.Argument(metavar="DIR|FILE...", help="Folders of rules, or pages of them.")],
) -> None:
    """Check rules and say in which line a mistake is.

    Checked are their pages, their code, which runs, and what they say of the cases on their pages. Exit code 1 if
    there is a mistake.
    """
    from analyzer.pipeline.rule_check import check_rules

    with counted("captures") as progress:
        checked = check_rules(paths, progress)
    with opened(None) as stream:
        for complaint in checked.complaints:
            stream.write(safe_text(str(complaint)) + "\n")
    rules, mistakes = _counted(checked.rules, "rule"), _counted(len(checked.complaints), "mistake")
    print(f"certwhy: {rules} checked, {mistakes}.", file=sys.stderr)
    raise typer.Exit(BAD_RULE if checked.complaints else OK)


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def known_products(names: Iterable[str]) -> frozenset[str]:
    """The short names of the products that are meant.

    Raises:
        UsageError: one of them is not known.
    """
    from analyzer.diagnosis.products import PRODUCTS, find_product

    found = set()
    for name in names:
        short = find_product(name)
        if short is None:
            near = near_names(name, PRODUCTS)
            advice = ", ".join(f"--product {one}" for one in near) or f"One of {', '.join(PRODUCTS)}."
            raise UsageError(f'No settings are known for "{name}".', advice)
        found.add(short)
    return frozenset(found)


def near_names(wanted: str, names: Iterable[str]) -> list[str]:
    """At most three ids that may have been meant: those that hold the text, then those that look like it."""
    known = list(names)
    wanted = wanted.lower().replace("_", "-")
    holding = [name for name in known if wanted and wanted in name]
    similar = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    return list(dict.fromkeys(holding + similar))[:3]
