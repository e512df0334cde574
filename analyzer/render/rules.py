"""The catalogue of rules and its pages, for a terminal."""

from __future__ import annotations

from itertools import groupby
from typing import TextIO

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

from analyzer.diagnosis.catalogue import Catalogue, Rule
from analyzer.render.terminal import make_console
from analyzer.render.view import View

_WHO = ("client", "server", "ca", "network")


def draw_catalogue(catalogue: Catalogue, stream: TextIO) -> None:
    """One line for each rule, under its stage."""
    console = make_console(View(stream))
    for stage, rules in groupby(catalogue.rules, key=lambda rule: rule.stage):
        console.print(Text(stage.replace("_", " "), style="bold"))
        for rule in rules:
            console.print(Padding(Text.assemble((rule.id, "cyan"), "  ", rule.page.title), (0, 0, 0, 2)))
        console.print()


def draw_page(rule: Rule, stream: TextIO) -> None:
    """A rule's whole page."""
    console = make_console(View(stream))
    page = rule.page
    console.print(Text(page.title, style="bold"))
    facts = f"{rule.id} · {rule.stage.replace('_', ' ')} · at most {page.severity}, at most {page.confidence}"
    console.print(Text(facts, style="dim"))
    console.print()
    console.print(Markdown(page.why, hyperlinks=False))
    if page.explained_by:
        _heading(console, "May be explained by")
        console.print(Text("  " + ", ".join(page.explained_by)))
    _draw_fixes(console, rule)
    if page.needs:
        _heading(console, "Where it cannot be decided")
        console.print(Padding(Text(page.needs), (0, 0, 0, 2)))
    if page.not_observed:
        _heading(console, "Not observed by us")
        console.print(Padding(Text(page.not_observed), (0, 0, 0, 2)))
    _heading(console, "Sources")
    for citation in page.citations:
        console.print(Text("  " + citation))


def _draw_fixes(console: Console, rule: Rule) -> None:
    if not rule.page.fixes:
        return
    _heading(console, "What to do")
    for who in _WHO:
        for fix in (fix for fix in rule.page.fixes if fix.who == who):
            label = f"{who}, {fix.product}: " if fix.product else f"{who}: "
            console.print(Padding(Text.assemble((label, "bold"), fix.text), (0, 0, 0, 2)))


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))
