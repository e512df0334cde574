"""A diagnosis as comments at packets: what Wireshark shows of it in a capture that certwhy has written."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.diagnosis.report import ConnectionReport, Finding
from analyzer.render.safe import safe_text

MAX_CHARACTERS = 1_000
"""Of one comment."""
MAX_AT_A_PACKET = 16


def comments(report: ConnectionReport) -> dict[int, list[str]]:
    """By packet: the verdict where its cause shows, and what each finding sees there; one line each."""
    at: dict[int, list[str]] = {}
    verdict = report.verdict
    if verdict is not None:
        sure = verdict.confidence.name.lower()
        _add(at, _shown_at(report), f"connection {report.connection.id}: {verdict.rule} ({sure}): {verdict.headline}")
    for (packet, what), rules in _evidence(report.findings).items():
        _add(at, packet, f"{what} [{', '.join(rules)}]")
    return at


def _evidence(findings: Sequence[Finding]) -> dict[tuple[int, str], dict[str, None]]:
    """What is seen at a packet, and the rules that say so."""
    seen: dict[tuple[int, str], dict[str, None]] = {}
    for finding in findings:
        for evidence in finding.evidence:
            seen.setdefault((evidence.packet, evidence.what), {})[finding.rule] = None
    return seen


def _shown_at(report: ConnectionReport) -> int:
    """The packet that shows the verdict's cause."""
    verdict = report.verdict
    causes = (finding for finding in report.findings if verdict and _is_cause(finding, verdict.rule, verdict.handshake))
    cause = next(causes, None)
    return cause.evidence[0].packet if cause is not None and cause.evidence else report.connection.first_packet


def _is_cause(finding: Finding, rule: str, handshake: int) -> bool:
    return finding.rule == rule and finding.handshake == handshake


def _add(at: dict[int, list[str]], packet: int, text: str) -> None:
    line = safe_text(f"certwhy: {text}")
    if len(line) > MAX_CHARACTERS:
        line = line[: MAX_CHARACTERS - 1] + "…"
    said = at.setdefault(packet, [])
    if len(said) < MAX_AT_A_PACKET:
        said.append(line)
