"""The CertificateRequest is larger than a Java client takes by default."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, Severity, gave_up, need

LIMIT = 32_768
"""jdk.tls.maxHandshakeMessageSize, held against the message without its four-byte header."""


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    if request.message_bytes - 4 <= LIMIT:
        return None
    reaction = gave_up(case)
    values = {"bytes": f"{request.message_bytes:,}", "count": str(len(request.names))}
    evidence = Evidence(request.packet, f"CertificateRequest of {request.message_bytes:,} bytes")
    if reaction is None:
        return Match((evidence,), values, Confidence.POSSIBLE, Severity.WARNING)
    return Match((evidence, reaction), values, Confidence.LIKELY, decisive=True)
