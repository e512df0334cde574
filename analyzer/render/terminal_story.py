"""One login, on one screen if it can be: who did what and why first, then everything that this rests on."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.diagnosis.products import short_names
from analyzer.diagnosis.report import ConnectionReport, Finding
from analyzer.model import Confidence, Connection, Handshake, Outcome, Severity, Supplied, Visibility
from analyzer.packets import Side
from analyzer.render.numbers import count
from analyzer.render.relations import sentences
from analyzer.render.stories import Story, causes_first, other_findings, surest_first
from analyzer.render.terminal_advice import draw_evidence, draw_filter, draw_fixes, draw_key_logs, draw_unseen
from analyzer.render.terminal_certificates import draw_client_chain, draw_supplied
from analyzer.render.terminal_inferred import draw_inferred
from analyzer.render.terminal_ladder import draw_ladder
from analyzer.render.terminal_names import draw_names
from analyzer.render.terminal_page import DIM, FAILED, FINE, STRONG, WARNING, Page, styled
from analyzer.render.view import View
from analyzer.render.words import answered, asked, endpoint, moment, told_handshake, version
from analyzer.stacks import client_stack, likely_products, server_stack

_OUTCOMES = {
    Outcome.COMPLETED: "completed",
    Outcome.FAILED_BY_SERVER: "ended by the server's alert",
    Outcome.FAILED_BY_CLIENT: "ended by the client's alert",
    Outcome.ABORTED: "broken off",
    Outcome.UNDETERMINED: "not seen to its end",
}
_MOST_OTHERS = 5


def draw_story(page: Page, story: Story, view: View, number: int | None = None, capture: str = "") -> None:
    """Draw it in full, under its number in the summary; ``capture`` names the file where there are several."""
    report = story.first
    causes = causes_first(report)
    reasons = surest_first(causes)
    page.blank()
    _draw_header(page, story, number, capture)
    page.blank()
    draw_verdict(page, report, reasons)
    _draw_related(page, report)
    others = other_findings(report, reasons)
    _draw_others(page, others)
    handshake = told_handshake(report)
    if handshake is not None:
        supplied = _supplied(report, handshake)
        guilty = reasons[0] if reasons and reasons[0].severity > Severity.NOTE else None
        packets = [evidence.packet for evidence in guilty.evidence] if guilty else []
        draw_ladder(page, handshake, guilty.stage if guilty else "", packets)
        _draw_other_handshakes(page, report, handshake)
        draw_inferred(page, handshake)
        draw_names(page, handshake, supplied, report.capture, all_names=view.all_names)
        draw_client_chain(page, handshake)
        draw_supplied(page, handshake, supplied)
    warnings = [finding for finding in others if finding.severity >= Severity.WARNING]
    draw_evidence(page, [*reasons, *warnings])
    draw_fixes(page, [*causes, *warnings], _products(report, view))
    draw_unseen(page, report, causes)
    draw_key_logs(page, report)
    draw_filter(page, [*reasons, *warnings])


def _supplied(report: ConnectionReport, handshake: Handshake) -> Supplied | None:
    return report.supplied[handshake.index] if handshake.index < len(report.supplied) else None


def _draw_header(page: Page, story: Story, number: int | None, capture: str) -> None:
    report = story.first
    seen = report.connection
    handshake = told_handshake(report)
    place = f"{endpoint(seen.client)} {page.symbols.to} {endpoint(seen.server, seen.sni)}"
    carrier = "" if seen.carrier == "tcp" else f"in {seen.carrier} {seen.carrier_detail}".rstrip()
    when = moment(seen.started_ns, "%Y-%m-%d %H:%M:%S UTC")
    opened = "decrypted" if any(one.visibility is Visibility.DECRYPTED for one in seen.handshakes) else ""
    spoken = ", ".join(filter(None, (version(handshake), opened)))
    itself = f"connection {seen.id}" if report.related else ""
    parts = [styled((place, STRONG))] + [styled(text) for text in (carrier, spoken, when, itself) if text]
    line = styled((f"#{number}  ", DIM)) if number is not None else styled()
    margin = len(line)
    for index, part in enumerate(parts):
        if index and len(line) + 3 + len(part) > page.width:
            page.lines.append(line)
            line = styled(" " * (margin or 4), part)
        else:
            line.append_text(styled("   " if index else "", part))
    page.lines.append(line)
    _draw_stacks(page, seen, " " * (margin or 4))
    if len(story.members) > 1:
        page.paragraph(styled((_how_often(story), DIM)), first=" " * margin)
    if capture:
        page.paragraph(styled((capture, DIM)), first=" " * margin)


def _draw_stacks(page: Page, connection: Connection, indent: str) -> None:
    """One sentence, where at least one end's TLS stack is known."""
    looks = {Confidence.LIKELY: "looks like", Confidence.POSSIBLE: "may be"}
    known = (("client", client_stack(connection)), ("server", server_stack(connection)))
    told = [f"the {side} {looks[stack.confidence]} {stack.text}" for side, stack in known if stack is not None]
    if told:
        text = "; ".join(told)
        page.paragraph(styled((f"{text[0].upper()}{text[1:]}.", DIM)), first=indent)


def _how_often(story: Story) -> str:
    first, last = story.times
    clients = story.clients
    who = clients[0] if len(clients) == 1 else f"{count(len(clients), 'client')}, {clients[0]} first"
    span = "" if first is None else f", {moment(first)} to {moment(last)}"
    times = count(len(story.members), "time")
    return f"{times} the same{span}, from {who}. This is the first of them."


def _nothing_said(report: ConnectionReport) -> str:
    """Why there is no verdict, as far as one glance tells."""
    steps = report.connection.handshakes[-1].steps
    if not any(step.sender is Side.SERVER for step in steps):
        return "The client's ClientHello was not answered, as far as this capture shows."
    return "What became of this login cannot be said here."


def draw_verdict(page: Page, report: ConnectionReport, reasons: Sequence[Finding]) -> None:
    """What was seen, and directly below it why, each with how sure that is."""
    verdict = report.verdict
    if verdict is None:
        page.paragraph(
            styled(_nothing_said(report)),
            first=styled((page.symbols.undecided, WARNING), " "),
        )
        return
    symbol, style = {
        Severity.FAILURE: (page.symbols.failed, FAILED),
        Severity.WARNING: (page.symbols.warning, WARNING),
        Severity.NOTE: (page.symbols.fine, FINE),
    }[verdict.severity]
    told = [(finding.message, finding.confidence) for finding in reasons]
    if not told:
        told = [(verdict.headline, verdict.confidence)]
    for index, (message, confidence) in enumerate(dict.fromkeys(told)):
        first = styled((symbol, style), " ") if not index else styled("  ")
        if index:
            page.blank()
        loud = style if not index and verdict.severity is Severity.FAILURE else ""
        page.paragraph(styled((message, loud)), first=first, right=_sure(verdict.severity, confidence))


def _sure(severity: Severity, confidence: Confidence) -> tuple[str, str] | None:
    if severity is Severity.NOTE and confidence is Confidence.PROVED:
        return None
    style = {Confidence.PROVED: STRONG, Confidence.LIKELY: WARNING, Confidence.POSSIBLE: DIM}[confidence]
    return confidence.name.lower(), style


def _products(report: ConnectionReport, view: View) -> dict[str, frozenset[str]]:
    """What runs on each side: what the user said, else what its TLS looks like."""
    if view.products:
        return {"client": view.products, "server": view.products}
    return {side.name.lower(): short_names(likely_products(report.connection, side)) for side in Side}


def _draw_related(page: Page, report: ConnectionReport) -> None:
    """Other connections that explain this one."""
    for number, sentence in enumerate(sentences(report.related)):
        if not number:
            page.blank()
        page.paragraph(styled(sentence), first=styled("  ", (page.symbols.to, DIM), " "))


def _draw_others(page: Page, others: Sequence[Finding]) -> None:
    if not others:
        return
    page.heading("Also noticed")
    for finding in others[:_MOST_OTHERS]:
        bad = finding.severity >= Severity.WARNING
        symbol = styled("  ", (page.symbols.warning, WARNING) if bad else (page.symbols.dot, DIM), " ")
        page.paragraph(styled(finding.message), first=symbol, right=(finding.confidence.name.lower(), DIM))
    if len(others) > _MOST_OTHERS:
        page.line((f"    {page.symbols.dots} and {len(others) - _MOST_OTHERS} more: --format json", DIM))


def _draw_other_handshakes(page: Page, report: ConnectionReport, told: Handshake) -> None:
    """A line for each other handshake on the same connection."""
    others = [handshake for handshake in report.connection.handshakes if handshake.index != told.index]
    for handshake in others[:_MOST_OTHERS]:
        facts = [_OUTCOMES[handshake.outcome], f"asked: {asked(handshake)}", f"answered: {answered(handshake)}"]
        page.paragraph(
            styled((f"{handshake.phase.value} handshake, {', '.join(facts)}", DIM)),
            first=styled((f"    packets {handshake.first_packet}-{handshake.last_packet}   ", DIM)),
        )
    if len(others) > _MOST_OTHERS:
        page.line((f"    {page.symbols.dots} and {count(len(others) - _MOST_OTHERS, 'more handshake')}", DIM))


def draw_good_login(page: Page, report: ConnectionReport) -> None:
    """One line, and one more for each warning."""
    page.blank()
    reasons = surest_first(causes_first(report))
    draw_verdict(page, report, reasons)
    for finding in other_findings(report, reasons):
        if finding.severity >= Severity.WARNING:
            first = styled((page.symbols.warning, WARNING), " ")
            page.paragraph(styled(finding.message), first=first, right=_sure(finding.severity, finding.confidence))
