"""One login in one line: what a watch prints as it goes."""

from __future__ import annotations

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Severity
from analyzer.render.relations import in_short
from analyzer.render.safe import safe_text
from analyzer.render.words import answered, asked, endpoint, moment, server_name, told_handshake, version

_MARKS = {Severity.FAILURE: "FAILED", Severity.WARNING: "warning", Severity.NOTE: "ok"}


def line(report: ConnectionReport, *, again: bool = False) -> str:
    """Time, client, server, version, asked, answered, and the verdict; made safe for a terminal."""
    seen, verdict = report.connection, report.verdict
    handshake = told_handshake(report)
    mark = _MARKS[verdict.severity] if verdict else "?"
    sure = "" if verdict is None else f" ({verdict.confidence.name.lower()})"
    what = "not visible" if verdict is None else f"{verdict.rule}{sure}: {verdict.headline}"
    if related := in_short(report.related):
        what += f" ({related})"
    facts = (
        moment(seen.started_ns, "%H:%M:%S"),
        f"#{seen.id}",
        endpoint(seen.client),
        server_name(seen),
        version(handshake) or "-",
        f"asked: {asked(handshake)}",
        f"answered: {answered(handshake)}",
        f"{'now ' if again else ''}{mark}",
        what,
    )
    return safe_text("  ".join(facts))
