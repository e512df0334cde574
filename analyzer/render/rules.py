"""The catalogue of rules and its pages: to read, or as JSON. As Markdown: :mod:`analyzer.render.rules_markdown`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text
from rich.theme import Theme

from analyzer.diagnosis.actions import advice, is_known_for, settings_of
from analyzer.diagnosis.catalogue import Catalogue, Rule
from analyzer.explain.by_rule import messages_of, one_of_each_product
from analyzer.explain.entries import KnownMessage
from analyzer.render.console import make_console
from analyzer.render.json_text import to_json
from analyzer.render.terminal_advice import draw_fix, draw_product_names, draw_settings, side_label
from analyzer.render.terminal_page import ASCII, DIM, STRONG, UNICODE, Page, styled
from analyzer.render.view import View

_WHO = ("client", "server", "ca", "network")
_MOST_MESSAGES = 8
_THEME = Theme(
    {"markdown.code": "bold", "markdown.code_block": "bold", "markdown.block_quote": "dim", "markdown.link_url": ""}
)
"""Styles that read well on dark and light terminals; no background behind what people copy."""


def draw_catalogue(catalogue: Catalogue, view: View) -> None:
    """Every rule under its stage: id, and what it says."""
    console, page = _page(view)
    width = max(len(rule.id) for rule in catalogue.rules) + 2
    beside = page.width - width >= 30
    for stage, rules in groupby(catalogue.rules, key=lambda rule: rule.stage):
        page.heading(stage_name(stage))
        for rule in rules:
            if beside:
                page.columns([(rule.id, rule.page.title)], (width,), indent=2)
            else:
                page.line("  ", rule.id)
                page.paragraph(styled((rule.page.title, DIM)), first="      ")
    page.blank()
    page.paragraph(styled((f"{len(catalogue.rules)} rules. One of them in full: certwhy rules show ID", DIM)))
    page.print(console)


def draw_page(rule: Rule, view: View, messages: Sequence[KnownMessage] = ()) -> None:
    """A rule's whole page, and which of these messages stand for it; of settings only those that were asked for."""
    console, page = _page(view)
    told = rule.page
    page.paragraph(styled((told.title, STRONG)))
    page.paragraph(styled((f"{rule.id}, stage: {stage_name(rule.stage)}", DIM)))
    page.paragraph(styled((f"at most a {told.severity}, at most {told.confidence}", DIM)))
    if told.aliases:
        page.paragraph(styled((f"earlier called {', '.join(told.aliases)}", DIM)))
    page.heading("Says")
    page.paragraph(styled(told.message), first="  ")
    page.heading("Why")
    _draw_markdown(page, console, told.why)
    if told.fixes:
        page.heading("What to do")
        for who in _WHO:
            for number, fix in enumerate(fix for fix in told.fixes if fix.who == who):
                draw_fix(page, fix, side_label(who, number))
                if view.products and not is_known_for(fix, view.products):
                    draw_product_names(page, settings_of(fix), rule.id)
                else:
                    draw_settings(page, settings_of(fix, view.products))
    for title, text in (
        ("Caused by", ", ".join(told.explained_by)),
        ("Where it cannot be decided", told.needs),
        ("What we have not seen", told.not_observed),
    ):
        if text:
            page.heading(title)
            page.prose(text, first="  ")
    _draw_messages(page, messages_of(rule.id, messages))
    if told.citations:
        page.heading("Sources")
    for citation in told.citations:
        page.paragraph(styled(citation), first="  ")
    page.print(console)


def _draw_messages(page: Page, messages: Sequence[KnownMessage]) -> None:
    """One of each product, the most telling first."""
    shown = one_of_each_product(messages)[:_MOST_MESSAGES]
    if shown:
        page.heading("Messages that stand for it")
    for known in shown:
        page.paragraph(styled(f"{known.product}: ", (" ".join(known.entry.examples[0].split()), DIM)), first="  ")
    if len(messages) > len(shown):
        page.line((f"  {page.symbols.dots} and {len(messages) - len(shown)} more: --format json", DIM))


def stage_name(stage: str) -> str:
    """``server certificate`` for ``server_certificate``."""
    return stage.replace("_", " ")


def _page(view: View) -> tuple[Console, Page]:
    console = make_console(view)
    return console, Page(console.width, UNICODE if view.unicode else ASCII)


def _draw_markdown(page: Page, console: Console, text: str) -> None:
    """Rich's own drawing of Markdown, without the blanks it fills lines up with."""
    options = console.options.update(width=min(page.width, 100) - 2, highlight=False)
    with console.use_theme(_THEME):
        drawn = console.render_lines(Markdown(text.strip(), hyperlinks=False), options, pad=False)
    for segments in drawn:
        line = Text("  ").append_text(Text.assemble(*((part.text, part.style or "") for part in segments)))
        line.rstrip()
        if line.plain or (page.lines and page.lines[-1].plain):
            page.lines.append(line)


def write_catalogue(catalogue: Catalogue, view: View, messages: Sequence[KnownMessage] = ()) -> None:
    """The catalogue as JSON."""
    view.stream.write(to_json([_facts(rule, messages) for rule in catalogue.rules], indent=2) + "\n")


def write_page(rule: Rule, view: View, messages: Sequence[KnownMessage] = ()) -> None:
    """One rule as JSON."""
    view.stream.write(to_json(_facts(rule, messages), indent=2) + "\n")


def _facts(rule: Rule, messages: Sequence[KnownMessage]) -> dict[str, object]:
    page = rule.page
    return {
        "id": rule.id,
        "stage": rule.stage,
        "title": page.title,
        "severity": page.severity,
        "confidence": page.confidence,
        "about": page.about,
        "message": page.message,
        "why": page.why,
        "fixes": [
            {
                "who": told.who,
                "product": told.product,
                "text": told.text,
                "check": told.check,
                "source": told.source,
            }
            for fix in page.fixes
            for told in advice(fix)
        ],
        "citations": page.citations,
        "needs": page.needs,
        "explained_by": page.explained_by,
        "aliases": page.aliases,
        "not_observed": page.not_observed,
        "messages": [
            {
                "id": known.entry.id,
                "product": known.product,
                "printed_by": known.entry.printed_by,
                "example": known.entry.examples[0],
            }
            for known in messages_of(rule.id, messages)
        ],
    }
