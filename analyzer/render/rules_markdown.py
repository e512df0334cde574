"""The catalogue of rules as one Markdown document: contents, then a page for each rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from analyzer.diagnosis.actions import Advice, advice
from analyzer.diagnosis.catalogue import Catalogue, Rule
from analyzer.diagnosis.pages import InlineCase
from analyzer.explain.by_rule import messages_of, one_of_each_product
from analyzer.explain.entries import KnownMessage
from analyzer.render.numbers import count
from analyzer.render.rules import stage_name
from analyzer.render.safe import safe_text
from analyzer.render.view import View

_SPECIAL = re.compile(r"([\\`*<\[\]|])")
_RFC = re.compile(r"RFC (\d+)(?: (section|appendix) ([\w.]+))?")
_ISSUE = re.compile(r"GitHub: ([\w.-]+/[\w.-]+)#(\d+)")
_WHO = {"client": "Client", "server": "Server", "ca": "CA", "network": "Network"}


def write_catalogue_markdown(catalogue: Catalogue, view: View, messages: Sequence[KnownMessage]) -> None:
    """Every rule's page, with links between them."""
    lines = [
        "# The rules",
        "",
        f"Everything that certwhy can say about a login: {count(len(catalogue.rules), 'rule')}.",
    ]
    for stage, rules in groupby(catalogue.rules, key=lambda rule: rule.stage):
        lines += ["", f"**{stage_name(stage).capitalize()}**", ""]
        lines += [f"- [{rule.id}](#{rule.id}): {_plain(rule.page.title)}" for rule in rules]
    for rule in catalogue.rules:
        lines += ["", *_page(rule, messages, in_document=True)]
    _write(lines, view)


def write_page_markdown(rule: Rule, view: View, messages: Sequence[KnownMessage]) -> None:
    """One rule's page."""
    _write(_page(rule, messages, in_document=False), view)


def _write(lines: Iterable[str], view: View) -> None:
    text = "\n".join(lines) + "\n"
    view.stream.write(text if view.unicode else text.encode("ascii", "backslashreplace").decode())


def _page(rule: Rule, messages: Sequence[KnownMessage], *, in_document: bool) -> Iterator[str]:
    told = rule.page
    yield f"{'##' if in_document else '#'} {rule.id}"
    yield from ("", f"**{_plain(told.title)}**", "")
    names = f"; earlier called {', '.join(told.aliases)}" if told.aliases else ""
    yield f"Stage: {stage_name(rule.stage)}; at most a {told.severity}, at most {told.confidence}{names}."
    yield from ("", f"> {_prose(told.message)}", "", *(_safe_line(line) for line in told.why.strip().splitlines()))
    for who, side in _WHO.items():
        yield from _list(
            f"What to do: {side}", [_fix(one) for fix in told.fixes if fix.who == who for one in advice(fix)]
        )
    yield from _list("Caused by", [f"[{cause}](#{cause})" if in_document else cause for cause in told.explained_by])
    yield from _list("Where it cannot be decided", [_prose(told.needs)] if told.needs else [])
    yield from _list("What we have not seen", [_prose(told.not_observed)] if told.not_observed else [])
    yield from _list("Messages that stand for it", _messages(messages_of(rule.id, messages)))
    yield from _list("Matches in", [_case(case) for case in told.cases.match])
    yield from _list("Must not match in", [_case(case) for case in told.cases.clear])
    yield from _list("Sources", [_citation(citation) for citation in told.citations])


def _list(title: str, points: Sequence[str]) -> Iterator[str]:
    if points:
        yield from ("", f"**{title}**", "", *(f"- {point}" for point in points))


def _fix(told: Advice) -> str:
    check = f" Check: {_prose(told.check)}" if told.check else ""
    return (f"{_plain(told.product)}: " if told.product else "") + _prose(told.text) + check


def _messages(messages: Sequence[KnownMessage]) -> list[str]:
    """One of each product."""
    firsts = one_of_each_product(messages)
    points = [f"{_plain(known.product)}: {_code(known.entry.examples[0])}" for known in firsts]
    if len(messages) > len(firsts):
        points.append(f"and {len(messages) - len(firsts)} more of these products")
    return points


def _case(case: str | InlineCase) -> str:
    if isinstance(case, str):
        return _code(case.removeprefix("../../"))
    said = msgspec.to_builtins(case)
    silent = msgspec.to_builtins(InlineCase())
    told = {key: value for key, value in said.items() if value != silent[key]}
    return _code(
        ", ".join(f"{key} = {value if isinstance(value, str) else str(value).lower()}" for key, value in told.items())
    )


def _citation(citation: str) -> str:
    """With a link where its form tells the address."""
    rfc, issue = _RFC.fullmatch(citation), _ISSUE.fullmatch(citation)
    if rfc:
        number, kind, place = rfc.groups()
        part = f"#{kind}-{place}" if kind else ""
        return f"[{citation}](https://www.rfc-editor.org/rfc/rfc{number}.html{part})"
    if issue:
        return f"[{citation}](https://github.com/{issue[1]}/issues/{issue[2]})"
    return _plain(citation)


def _prose(text: str) -> str:
    """Commands stand between backticks, as everywhere in pages."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0:  # a backtick without its other half is no command
        return _plain(text)
    return "".join(_code(part) if n % 2 else _plain(part, strip=False) for n, part in enumerate(parts))


def _plain(text: str, *, strip: bool = True) -> str:
    """Text that Markdown leaves as it is."""
    return _SPECIAL.sub(r"\\\1", safe_text(" ".join(text.split()) if strip else text))


def _code(text: str) -> str:
    text = safe_text(" ".join(text.split()))
    fence = "``" if "`" in text else "`"
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def _safe_line(line: str) -> str:
    return safe_text(line.rstrip())
