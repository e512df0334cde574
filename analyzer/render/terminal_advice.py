"""What follows from a story: the evidence, what to do and who, what could not be seen, where it is in Wireshark."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.diagnosis.pages import Fix
from analyzer.diagnosis.report import ConnectionReport, Finding
from analyzer.model import Severity
from analyzer.render.terminal_page import DIM, Page, styled
from analyzer.render.words import count

_SIDES = ("client", "server", "ca", "network")
_MOST_EVIDENCE = 8
_MOST_FIXES = 5
"""For one side."""
_MOST_UNSEEN = 4


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
    """Grouped by who must act. The cause's own fixes come first, and before those for one product."""
    by_side: dict[str, list[Fix]] = {side: [] for side in _SIDES}
    source: dict[str, str] = {}
    for finding in findings:
        for fix in sorted(finding.fixes, key=lambda fix: fix.product is not None):
            if fix not in by_side[fix.who]:
                by_side[fix.who].append(fix)
                source.setdefault(fix.who, finding.rule)
    if not any(by_side.values()):
        return
    page.heading("What to do")
    for side, fixes in by_side.items():
        for number, fix in enumerate(fixes[:_MOST_FIXES]):
            label = "CA" if side == "ca" else side
            product = f"{fix.product}: " if fix.product else ""
            page.prose(product + fix.text, first=styled(f"  {label if not number else '':<9}"))
        if len(fixes) > _MOST_FIXES:
            more = count(len(fixes) - _MOST_FIXES, "more way")
            page.line((f"           {page.symbols.dots} and {more}: certwhy rules show {source[side]}", DIM))


def draw_unseen(page: Page, report: ConnectionReport) -> None:
    """What could not be seen and what would settle it; not on a plain success, where nobody asks."""
    if report.verdict is not None and report.verdict.severity is Severity.NOTE:
        return
    needs = list(dict.fromkeys((rule.why, rule.needs) for rule in report.undecided))
    if not needs:
        return
    page.blank()
    label = "Not visible here   "
    for number, (why, need) in enumerate(needs[:_MOST_UNSEEN]):
        first = label if not number else " " * len(label)
        page.prose(f"{why.rstrip('.')}: {need}" if need else why, first=styled((first, DIM)))
    if len(needs) > _MOST_UNSEEN:
        more = f"{page.symbols.dots} and {len(needs) - _MOST_UNSEEN} more: --format json"
        page.line(" " * len(label), (more, DIM))


def draw_filter(page: Page, findings: Sequence[Finding]) -> None:
    """A display filter for the packets of the evidence."""
    packets = sorted({e.packet for finding in findings for e in finding.evidence})
    if not packets:
        return
    if not (page.lines and page.lines[-1].plain.startswith(("Not visible", " " * 19))):
        page.blank()
    numbers = ", ".join(map(str, packets))
    test = f"frame.number in {{{numbers}}}" if len(packets) > 1 else f"frame.number == {numbers}"
    page.line(("In Wireshark       ", DIM), test)
