"""Every listed name is an intermediate's: what comes from the root directly, or from a sister CA, does not fit."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, fit, kinds_listed, need, no_answer


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    if not kinds_listed(case, request, "intermediate"):
        return None
    above = {ca.issuer.key for name in request.names for ca in case.capture.certificates_for(name) if ca.is_ca}
    supplied, decisive = case.supplied, False
    if supplied is not None and supplied.match is not None and no_answer(case):
        related = any(certificate.issuer.key in above for certificate in supplied.certificate.path)
        decisive = supplied.match.would_match.chain_builder is False and related and bool(fit(case).reasons)
    evidence = Evidence(request.packet, "CertificateRequest: all listed names are those of intermediate CAs")
    confidence = Confidence.LIKELY if decisive else Confidence.POSSIBLE
    count = len(request.names)
    which = "The only CA that the server named is an intermediate"
    values = {"which": which if count == 1 else f"All {count} CAs that the server named are intermediates"}
    return Match((evidence,), values, confidence, decisive=decisive)
