"""The request names no CA at all."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, Severity, need, no_answer


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    if request.list_bytes_actual or request.damaged is not None:
        return None
    hurts = no_answer(case)
    evidence = Evidence(request.packet, "CertificateRequest with an empty list of CA names")
    return Match((evidence,), confidence=Confidence.POSSIBLE, severity=None if hurts else Severity.NOTE)
