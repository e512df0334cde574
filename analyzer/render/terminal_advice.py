"""What follows from a story: the evidence, what to do and who, what could not be seen, where it is in Wireshark."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from analyzer.diagnosis.actions import Advice, general, settings_of
from analyzer.diagnosis.key_logs import wanted
from analyzer.diagnosis.pages import About, Fix
from analyzer.diagnosis.report import ConnectionReport, Finding
from analyzer.model import Confidence, Severity
from analyzer.render.numbers import count
from analyzer.render.terminal_page import DIM, Page, styled

_FromRule = tuple[Fix, str]
"""A fix, and the rule that gives it."""

_MOST_EVIDENCE = 8
_MOST_FIXES = 3
"""For one side."""
_MOST_SETTINGS = 4
"""Products for one action."""
_MOST_CHECKED = 2
"""So many products may bring their checks along."""
_MOST_UNSEEN = 3
_MARGIN = " " * 11
"""Below the labels of the sides."""
_PLAIN_UNSEEN = re.compile(r"^not captured: (?=.)")


def draw_evidence(page: Page, findings: Sequence[Finding]) -> None:
    """Every packet that was relied on, and what it shows."""
    facts = list(dict.fromkeys((e.packet, e.what) for finding in findings for e in finding.evidence))
    if not facts:
        return
    page.heading("Evidence")
    facts.sort(key=lambda fact: fact[0])
    for packet, what in facts[:_MOST_EVIDENCE]:
        page.paragraph(styled(what), first=styled((f"    packet {packet:<6}", DIM), "  "))
    if len(facts) > _MOST_EVIDENCE:
        page.line((f"    {page.symbols.dots} and {len(facts) - _MOST_EVIDENCE} more: --format json", DIM))


def draw_fixes(page: Page, findings: Sequence[Finding], products: frozenset[str] = frozenset()) -> None:
    """Grouped by who must act, the cause's first; what helps anywhere first, then by product.

    An action is told once. The first of a side comes with the settings of the products that are known to be there, or
    else of some.
    """
    every = [(fix, finding.rule) for finding in findings for fix in finding.fixes]
    by_side: dict[str, list[_FromRule]] = {fix.who: [] for fix, _ in every}
    for fix, rule in sorted(every, key=lambda told: told[0].product is not None):
        if all(fix != known and (fix.action is None or fix.action != known.action) for known, _ in by_side[fix.who]):
            by_side[fix.who].append((fix, rule))
    if not every:
        return
    page.heading("What to do")
    for told in by_side.values():
        shown = False
        for number, (fix, rule) in enumerate(told[:_MOST_FIXES]):
            draw_fix(page, fix, side_label(fix.who, number))
            settings = settings_of(fix, products)
            draw_settings(page, settings, rule, most=0 if shown else _MOST_SETTINGS)
            shown = shown or bool(settings)
        if len(told) > _MOST_FIXES:
            more, rule = count(len(told) - _MOST_FIXES, "more way"), told[_MOST_FIXES][1]
            page.line((f"{_MARGIN}{page.symbols.dots} and {more}: certwhy rules show {rule}", DIM))


def side_label(who: str, number: int) -> Text:
    """Who acts, at the head of the first of the fixes."""
    label = "" if number else "CA" if who == "ca" else who
    return styled(f"  {label:<9}")


def draw_fix(page: Page, fix: Fix, first: Text) -> None:
    """One fix behind its label, and on a line of its own how to see that it worked."""
    told = general(fix)
    what = (f"{told.product}: " if told.product else "") + told.text
    page.prose(what, first=styled(first, (page.symbols.dot, DIM), " "))
    if told.check:
        page.prose(told.check, first=styled(" " * (cell_len(first.plain) + 2), ("Check: ", DIM)))


def draw_settings(page: Page, settings: Sequence[Advice], rule: str = "", most: int | None = None) -> None:
    """One product below the other, the check only of few of them; ``rule`` has those that are left out."""
    told = settings[:most]
    width = max((cell_len(setting.product or "") for setting in told), default=0) + 2
    for setting in told:
        page.prose(setting.text, first=styled(_MARGIN, ("  " + f"{setting.product:<{width}}", DIM)))
        if setting.check and (most is None or len(settings) <= _MOST_CHECKED):
            page.prose(setting.check, first=styled(_MARGIN, " " * (width + 2), ("Check: ", DIM)))
    if len(told) < len(settings):
        left = len(settings) - len(told)
        named = count(left, "more product" if told else "product")
        page.line((f"{_MARGIN}  {page.symbols.dots} {named}: certwhy rules show {rule}", DIM))


def draw_unseen(page: Page, report: ConnectionReport, causes: Sequence[Finding]) -> None:
    """What could not be seen and what would settle it; nothing where the cause is proved, or all went well."""
    if causes and (causes[0].severity is Severity.NOTE or _is_settled(causes[0])):
        return
    needs: dict[str, str] = {}
    for rule in report.undecided:  # one reason, and what would settle it for the earliest rule that it hides
        why = _PLAIN_UNSEEN.sub("", rule.why).rstrip(".")
        needs[why] = needs.get(why) or rule.needs
    if not needs:
        return
    page.blank()
    label = "Not visible here   "
    for number, (why, need) in enumerate(list(needs.items())[:_MOST_UNSEEN]):
        first = label if not number else " " * len(label)
        page.paragraph(styled(f"{why[:1].upper()}{why[1:]}."), first=styled((first, DIM)))
        if need:
            page.prose(f"{page.symbols.to} {need}", first=" " * len(label))
    if len(needs) > _MOST_UNSEEN:
        more = f"{page.symbols.dots} and {len(needs) - _MOST_UNSEEN} more: --format json"
        page.line(" " * len(label), (more, DIM))


def draw_key_logs(page: Page, report: ConnectionReport) -> None:
    """How to get what opens an encrypted login; nothing where that would not help."""
    ways = wanted(report.connection)
    if not ways:
        return
    page.heading("How to see more")
    page.prose("Capture the login again while one end, client or server, logs its keys; then:", first="  ")
    page.line("    certwhy read CAPTURE --keys FILE")
    for stack, how in ways:
        page.prose(f"{stack}: {how}", first=styled("  ", (page.symbols.dot, DIM), " "))


def _is_settled(cause: Finding) -> bool:
    """Proved, and a cause: not just something that one side did."""
    return cause.confidence is Confidence.PROVED and cause.about not in (About.LOGIN, About.REQUEST)


def draw_filter(page: Page, findings: Sequence[Finding]) -> None:
    """A display filter for the packets of the evidence."""
    packets = sorted({e.packet for finding in findings for e in finding.evidence})
    if not packets:
        return
    if page.lines and not page.lines[-1].plain.startswith(" " * 19):
        page.blank()
    numbers = ", ".join(map(str, packets))
    test = f"frame.number in {{{numbers}}}" if len(packets) > 1 else f"frame.number == {numbers}"
    page.line(("In Wireshark       ", DIM), test)
