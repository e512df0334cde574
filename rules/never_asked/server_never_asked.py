"""The server never asked for a client certificate in the handshake that counted."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, Outcome, Severity, known, need


def check(case: Case) -> Match | None:
    handshake = case.handshake
    if handshake.outcome not in (Outcome.COMPLETED, Outcome.UNDETERMINED) or need(handshake.resumed):
        return None
    if any(known(other.certificate_request) for other in case.connection.handshakes):
        return None
    if known(handshake.certificate_request):
        return None
    hello = need(handshake.server_hello)
    evidence = Evidence(hello.packet, "the server's messages from here on hold no CertificateRequest")
    severity = None if case.certificate_expected else Severity.NOTE
    return Match((evidence,), confidence=Confidence.PROVED, severity=severity)
