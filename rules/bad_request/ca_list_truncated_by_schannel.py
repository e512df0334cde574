"""The list ends just under Schannel's limit, and the client's CA is not in it."""

from analyzer.rule_api import Case, Evidence, Match, client_path, issuer_listed, need

LIMIT = 16_384


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    if request.list_bytes > LIMIT or request.list_bytes + request.list_bytes_actual <= LIMIT:
        return None  # too long or too short, whatever its longest name: that one is a part of the list
    longest = max((2 + len(name.der) for name in request.names), default=0)
    if not LIMIT - longest < request.list_bytes <= LIMIT:
        return None
    path = client_path(case)
    if issuer_listed(case) is not None:
        return None
    values = {"bytes": f"{request.list_bytes:,}", "issuer": path[0].issuer.text}
    evidence = Evidence(request.packet, f"CertificateRequest: a list of {request.list_bytes:,} bytes")
    return Match((evidence,), values, decisive=True)
