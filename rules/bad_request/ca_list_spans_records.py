"""The CertificateRequest takes more than one TLS record, which small clients cannot put together."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, Severity, gave_up, need


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    if request.records < 2:
        return None
    reaction = gave_up(case)
    values = {"bytes": f"{request.message_bytes:,}", "records": str(request.records)}
    evidence = Evidence(request.packet, f"CertificateRequest in {request.records} records")
    if reaction is None:
        return Match((evidence,), values, Confidence.POSSIBLE, Severity.NOTE)
    return Match((evidence, reaction), values, Confidence.POSSIBLE)
