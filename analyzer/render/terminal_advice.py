"""What follows from a story: the evidence, what to do and who, what could not be seen, where it is in Wireshark."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.text import Text

from analyzer.diagnosis.actions import Advice, general, is_known_for, settings_of
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
_ENOUGH_FIXES = 2
_MOST_SETTINGS = 3
"""Products with their settings, for one action."""
_MOST_CHECKED = 2
"""So many known products bring their checks along."""
_MOST_NAMES = 4
"""Products that are only named."""
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


def draw_fixes(page: Page, findings: Sequence[Finding], products: Mapping[str, frozenset[str]]) -> None:
    """Grouped by who must act, the cause's first; what helps anywhere first, then by product.

    An action is told once. It comes with the settings of the products that are known to be on that side (``products``,
    by side); where none is known, the first action of all shows some, and the others say for which there are any.
    """
    by_side = _by_side(findings)
    if not by_side:
        return
    page.heading("What to do")
    shown = False
    for told in by_side.values():
        for number, (fix, rule) in enumerate(told[:_MOST_FIXES]):
            draw_fix(page, fix, side_label(fix.who, number))
            there = products.get(fix.who, frozenset())
            settings, known = settings_of(fix, there), is_known_for(fix, there)
            most = _MOST_SETTINGS if known or not shown else 0
            draw_settings(page, settings[:most], checks=known and len(settings) <= _MOST_CHECKED)
            draw_product_names(page, settings[most:], rule)
            shown = shown or bool(settings)
        if len(told) > _MOST_FIXES:
            more, rule = count(len(told) - _MOST_FIXES, "more way"), told[_MOST_FIXES][1]
            page.line((f"{_MARGIN}{page.symbols.dots} and {more}: certwhy rules show {rule}", DIM))


def _by_side(findings: Sequence[Finding]) -> dict[str, list[_FromRule]]:
    """Each side's fixes: of a symptom or a warning only where the cause has few; of a proved cause's symptom none."""
    every = [
        (fix, finding.rule, index)
        for index, finding in enumerate(findings)
        if not (finding.explained_by and findings[0].confidence is Confidence.PROVED)
        for fix in finding.fixes
    ]
    by_side: dict[str, list[_FromRule]] = {fix.who: [] for fix, _, _ in every}
    for fix, rule, index in sorted(every, key=lambda one: one[0].product is not None):
        told = by_side[fix.who]
        known = any(fix == one or (fix.action is not None and fix.action == one.action) for one, _ in told)
        if not known and (index == 0 or len(told) < _ENOUGH_FIXES):
            told.append((fix, rule))
    return by_side


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


def draw_settings(page: Page, settings: Sequence[Advice], *, checks: bool = True) -> None:
    """One product below the other, each with how to see that it worked, where that is a way of its own."""
    width = max((cell_len(setting.product or "") for setting in settings), default=0) + 2
    for setting in settings:
        page.prose(setting.text, first=styled(_MARGIN, ("  " + f"{setting.product:<{width}}", DIM)))
        if setting.check and checks:
            page.prose(setting.check, first=styled(_MARGIN, " " * (width + 2), ("Check: ", DIM)))


def draw_product_names(page: Page, settings: Sequence[Advice], rule: str) -> None:
    """For which products there is more."""
    if not settings:
        return
    names = [str(setting.product) for setting in settings[:_MOST_NAMES]]
    left = len(settings) - len(names)
    last = f"{left} more" if left else names.pop()
    named = f"For {', '.join(names)} and {last}: " if names else f"For {last}: "
    command = f"certwhy rules show {rule}"
    text = styled((named + command, DIM))
    page.paragraph(text, first=_MARGIN + "  ", keep=[(len(text) - len(command), len(text))])


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
