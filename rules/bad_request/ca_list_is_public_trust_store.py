"""The list is a whole public trust store: the CAs of the web, not the few that issue client certificates."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, is_public_ca, need


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    total = len(request.names)
    public = sum(is_public_ca(name) for name in request.names)
    if not (public > 40 or (total > 20 and public * 2 > total)):
        return None
    values = {"public": str(public), "count": str(total)}
    evidence = Evidence(request.packet, f"CertificateRequest: {public} of {total} names are public CAs")
    return Match((evidence,), values, Confidence.POSSIBLE)
