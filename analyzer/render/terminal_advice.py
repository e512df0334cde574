"""What follows from a story: the evidence, what to do and who, what could not be seen, where it is in Wireshark."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from analyzer.diagnosis.key_logs import wanted
from analyzer.diagnosis.pages import About, Fix
from analyzer.diagnosis.report import ConnectionReport, Finding
from analyzer.model import Confidence, Severity
from analyzer.render.numbers import count
from analyzer.render.terminal_page import DIM, Page, styled

Advice = tuple[Fix, str]
"""A fix, and the rule that gives it."""

_SIDES = ("client", "server", "ca", "network")
_MOST_EVIDENCE = 8
_MOST_FIXES = 4
"""For one side."""
_MOST_UNSEEN = 3
_CHECK = re.compile(r"\s+Check: ")
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


def draw_fixes(page: Page, findings: Sequence[Finding]) -> None:
    """Grouped by who must act: what helps anywhere first, the cause's own before the symptom's, then by product."""
    by_side: dict[str, list[Advice]] = {side: [] for side in _SIDES}
    every = [(fix, finding.rule) for finding in findings for fix in finding.fixes]
    for fix, rule in sorted(every, key=lambda advice: advice[0].product is not None):
        if all(fix != known for known, _ in by_side[fix.who]):
            by_side[fix.who].append((fix, rule))
    if not every:
        return
    page.heading("What to do")
    for side, advice in by_side.items():
        for number, (fix, _) in enumerate(advice[:_MOST_FIXES]):
            label = "" if number else "CA" if side == "ca" else side
            draw_fix(page, fix, styled(f"  {label:<9}"))
        if len(advice) > _MOST_FIXES:
            more, rule = count(len(advice) - _MOST_FIXES, "more way"), advice[_MOST_FIXES][1]
            page.line((f"           {page.symbols.dots} and {more}: certwhy rules show {rule}", DIM))


def draw_fix(page: Page, fix: Fix, first: Text) -> None:
    """One fix behind its label, and on a line of its own how to see that it worked."""
    text = (f"{fix.product}: " if fix.product else "") + fix.text
    what, *check = _CHECK.split(text.strip(), maxsplit=1)
    page.prose(what, first=styled(first, (page.symbols.dot, DIM), " "))
    if check:
        page.prose(check[0], first=styled(" " * (cell_len(first.plain) + 2), ("Check: ", DIM)))


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
