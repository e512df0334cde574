"""What may be claimed of a connection of which less was seen: less, and nothing that the whole one contradicts."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.diagnosis.report import ConnectionReport, Relation
from analyzer.model import (
    Confidence,
    Handshake,
    Outcome,
    SeenRequest,
    SeenVerify,
    Severity,
    Unseen,
    certificate_status,
    request_status,
)

NEVER_WRONGLY_ABSENT = (
    "client_hello",
    "server_hello",
    "server_certificate",
    "certificate_request",
    "client_certificate",
    "certificate_verify",
    "client_finished",
    "server_finished",
    "client_key_exchange",
    "client_data",
    "server_data",
)


def facts(handshake: Handshake) -> dict[str, object]:
    """What is known of a handshake; None stands for what is not."""
    request, verify = handshake.certificate_request, handshake.certificate_verify
    status = certificate_status(handshake.client_certificate)
    return {
        "version": None if isinstance(handshake.version, Unseen) else handshake.version,
        "resumed": None if isinstance(handshake.resumed, Unseen) else handshake.resumed,
        "request": request_status(request),
        "names": len(request.names) if isinstance(request, SeenRequest) and not request.damaged else None,
        "certificate": None if status == "unknown" else status,
        "verify": not isinstance(verify, Unseen) or (False if verify.absent else None),
    }


def false_claims(seen: ConnectionReport, whole: ConnectionReport) -> list[str]:
    """What is claimed of a connection and the whole recording contradicts.

    The order of `history` is not compared: where bytes are missing, the analyzer tells one side's messages late.
    """
    claims = sorted(_failures(seen) - (_conditions(whole) if _repeated(whole) else _failures(whole)))
    if not _completed(whole) and not _went_on(whole):
        claims += [finding.rule for finding in seen.findings if finding.rule == "tls-succeeded"]
    handshakes, true = seen.connection.handshakes, whole.connection.handshakes
    claims += [f"there is a handshake {index + 1}" for index in range(len(true), len(handshakes))]
    for one, true_one in zip(handshakes, true, strict=False):
        claims += _false_facts(one, true_one)
    return claims


def _false_facts(seen: Handshake, true: Handshake) -> list[str]:
    known, true_facts = facts(seen), facts(true)
    claims = [f"{name} is {fact}" for name, fact in known.items() if fact is not None and fact != true_facts[name]]
    claims += [
        f"{name} was not sent"
        for name in NEVER_WRONGLY_ABSENT
        if _absent(seen, name) and not isinstance(getattr(true, name), Unseen)
    ]
    if _valid(seen) is False and _valid(true) is not False:
        claims.append("the signature is wrong")
    if true.outcome is Outcome.COMPLETED and seen.outcome in (Outcome.FAILED_BY_CLIENT, Outcome.FAILED_BY_SERVER):
        claims.append(f"it {seen.outcome.value}")
    return claims


def _valid(handshake: Handshake) -> bool | None:
    verify = handshake.certificate_verify
    return verify.valid if isinstance(verify, SeenVerify) else None


def _failures(report: ConnectionReport) -> set[str]:
    return {
        finding.rule
        for finding in report.findings
        if finding.severity >= Severity.FAILURE and finding.confidence >= Confidence.LIKELY
    }


def _conditions(report: ConnectionReport) -> set[str]:
    return {finding.rule for finding in report.findings if finding.confidence >= Confidence.LIKELY}


def _repeated(report: ConnectionReport) -> bool:
    """It tells no failure because a later attempt is there to tell it; that one may be missing from a part."""
    return any(one.relation is Relation.REPEATED_BY for one in report.related)


def _absent(handshake: Handshake, name: str) -> bool:
    value = getattr(handshake, name)
    return isinstance(value, Unseen) and value.absent


def _went_on(report: ConnectionReport) -> bool:
    """Without keys: the server went on after the first handshake, whatever it asked for later."""
    guess = report.connection.handshakes[0].inferred
    return guess is not None and guess.refused is not None and guess.refused.value is False


def _completed(report: ConnectionReport) -> bool:
    return any(handshake.outcome is Outcome.COMPLETED for handshake in report.connection.handshakes)


def ports(report: ConnectionReport) -> frozenset[int]:
    return frozenset((report.connection.client.port, report.connection.server.port))


def all_false_claims(seen: Sequence[ConnectionReport], whole: Sequence[ConnectionReport]) -> list[str]:
    """The same of all connections, told apart by their ports, which no damage changes."""
    by_ports = {ports(report): report for report in whole}
    return [claim for report in seen for claim in false_claims(report, by_ports[ports(report)])]
