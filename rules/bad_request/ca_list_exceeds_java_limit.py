"""The CertificateRequest is larger than a Java client takes by default."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, Severity, client_looks, client_stack, gave_up, need

LIMIT = 32_768
"""jdk.tls.maxHandshakeMessageSize, held against the message without its four-byte header."""


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    if request.message_bytes - 4 <= LIMIT:
        return None
    reaction, stack = gave_up(case), client_stack(case)
    other = stack is not None and "Java" not in stack.products
    values = {"bytes": f"{request.message_bytes:,}", "count": str(len(request.names))}
    evidence = Evidence(request.packet, f"CertificateRequest of {request.message_bytes:,} bytes")
    if reaction is None or other:
        looks = client_looks(case, "its own limit is another one") if other else client_looks(case)
        return Match((evidence, *looks), values, Confidence.POSSIBLE, Severity.WARNING)
    return Match((evidence, *client_looks(case), reaction), values, Confidence.LIKELY, decisive=True)
