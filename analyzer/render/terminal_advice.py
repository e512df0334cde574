"""What follows from a story: the evidence, what to do and who, what could not be seen, where it is in Wireshark."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyzer.diagnosis.pages import About, Fix
from analyzer.diagnosis.report import ConnectionReport, Finding
from analyzer.model import Confidence, Severity
from analyzer.render.terminal_page import DIM, Page, styled
from analyzer.render.words import count

_SIDES = ("client", "server", "ca", "network")
_MOST_EVIDENCE = 8
_MOST_FIXES = 4
"""For one side."""
_MOST_UNSEEN = 3
_CHECK = re.compile(r"\s+(Check: )")
"""How to see that a fix worked stands on a line of its own."""
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
    by_side: dict[str, list[Fix]] = {side: [] for side in _SIDES}
    source: dict[str, str] = {}
    every = [(fix, finding.rule) for finding in findings for fix in finding.fixes]
    for fix, rule in sorted(every, key=lambda pair: pair[0].product is not None):
        if fix not in by_side[fix.who]:
            by_side[fix.who].append(fix)
            source.setdefault(fix.who, rule)
    if not any(by_side.values()):
        return
    page.heading("What to do")
    for side, fixes in by_side.items():
        for number, fix in enumerate(fixes[:_MOST_FIXES]):
            label = "CA" if side == "ca" else side
            product = f"{fix.product}: " if fix.product else ""
            page.prose(_CHECK.sub(r"\n\1", product + fix.text), first=styled(f"  {label if not number else '':<9}"))
        if len(fixes) > _MOST_FIXES:
            more = count(len(fixes) - _MOST_FIXES, "more way")
            page.line((f"           {page.symbols.dots} and {more}: certwhy rules show {source[side]}", DIM))


def draw_unseen(page: Page, report: ConnectionReport, causes: Sequence[Finding]) -> None:
    """What could not be seen and what would settle it; nothing where the cause is proved, or all went well."""
    if causes and (causes[0].severity is Severity.NOTE or _is_settled(causes[0])):
        return
    needs: dict[str, list[str]] = {}
    for rule in report.undecided:
        why = _PLAIN_UNSEEN.sub("", rule.why).rstrip(".")
        if why not in needs.setdefault(rule.needs, []):
            needs[rule.needs].append(why)
    if not needs:
        return
    page.blank()
    label = "Not visible here   "
    for number, (need, whys) in enumerate(list(needs.items())[:_MOST_UNSEEN]):
        first = label if not number else " " * len(label)
        why = "; ".join(whys[:2])
        page.prose(f"{why[:1].upper()}{why[1:]}.", first=styled((first, DIM)))
        if need:
            page.prose(f"{page.symbols.to} {need}", first=" " * len(label))
    if len(needs) > _MOST_UNSEEN:
        more = f"{page.symbols.dots} and {len(needs) - _MOST_UNSEEN} more: --format json"
        page.line(" " * len(label), (more, DIM))


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
