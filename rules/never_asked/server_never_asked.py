"""The server never asked for a client certificate in the handshake that counted."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    Outcome,
    SeenRequest,
    Severity,
    asked_later,
    inferred,
    inferred_evidence,
    known,
    may_hide_late_request,
    names_certificate,
    need,
    says,
)


def check(case: Case) -> Match | None:
    handshake = case.handshake
    if isinstance(handshake.certificate_request, SeenRequest):
        return None
    if handshake.outcome not in (Outcome.COMPLETED, Outcome.UNDETERMINED) or need(handshake.resumed):
        return None
    guess = inferred(case)
    if guess.requested is not None and says(guess.requested, False) and guess.late_request is None:
        severity = None if case.certificate_expected else Severity.NOTE
        confidence = Confidence.POSSIBLE if may_hide_late_request(case) else Confidence.LIKELY
        return Match((inferred_evidence(guess.requested),), until(case), confidence, severity)
    if asked_later(case) or any(known(other.certificate_request) for other in case.connection.handshakes):
        return None
    hello = need(handshake.server_hello)
    evidence = Evidence(hello.packet, "the server's messages from here on hold no CertificateRequest")
    severity = None if case.certificate_expected or names_certificate(case) else Severity.NOTE
    return Match((evidence,), until(case), Confidence.PROVED, severity)


def until(case: Case) -> dict[str, str]:
    """Up to TLS 1.2 a server may ask at any time while the connection lasts, and later ones ask some clients."""
    return {"until": "" if case.connection.ending.by is not None else " while the capture ran"}
