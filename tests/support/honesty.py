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
    claims = sorted(_failures(seen) - _failures(whole, excused=True))
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


def _failures(report: ConnectionReport, *, excused: bool = False) -> set[str]:
    """With ``excused`` also those that are none only because another connection, which may be damaged, excuses them."""
    given_up = excused and any(one.relation is Relation.REPEATED_BY for one in report.related)
    least = Severity.WARNING if given_up else Severity.FAILURE
    return {
        finding.rule
        for finding in report.findings
        if finding.severity >= least and finding.confidence >= Confidence.LIKELY
    }


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
    """The same of all connections, told apart by their ports, which no damage changes.

    Of one whose begin is missing a server's alert may look like TLS, where the whole one shows that none was spoken:
    then nothing may be said at all.
    """
    by_ports = {ports(report): report for report in whole}
    claims: list[str] = []
    for report in seen:
        true = by_ports.get(ports(report))
        claims += sorted(finding.rule for finding in report.findings) if true is None else false_claims(report, true)
    told = [Relation.RESUMES]
    if len(seen) == len(whole):  # whose login was repeated is likely only as far as all others are known
        told += [Relation.REPEATED_BY, Relation.REPEATS]
    false = _relations(seen, told) - _relations(whole, told)
    return claims + [f"{relation} {set(other)}" for _, relation, other in false]


def _relations(
    reports: Sequence[ConnectionReport], told: Sequence[Relation]
) -> set[tuple[frozenset[int], Relation, frozenset[int]]]:
    """Which connection resumes the session, or repeats the login, of which other one."""
    names = {report.connection.id: ports(report) for report in reports}
    return {
        (ports(report), one.relation, names[one.connection])
        for report in reports
        for one in report.related
        if one.relation in told
    }
