"""The list is a whole public trust store: the CAs of the web, not the few that issue client certificates."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, count_public_cas, need


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    total = len(request.names)
    if total <= 20:
        return None
    public = count_public_cas(request)
    if public <= 40 and public * 2 <= total:
        return None
    values = {"public": str(public), "count": str(total)}
    evidence = Evidence(request.packet, f"CertificateRequest: {public} of {total} names are public CAs")
    return Match((evidence,), values, Confidence.POSSIBLE)
