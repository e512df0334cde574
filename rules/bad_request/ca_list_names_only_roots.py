"""Every listed name is a root's: a client that looks for its direct issuer finds nothing."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, SeenChain, fit, kinds_listed, listed, need, no_answer


def check(case: Case) -> Match | None:
    request, answer = need(case.handshake.certificate_request), case.handshake.client_certificate
    leaf = answer.leaf if isinstance(answer, SeenChain) else None
    if leaf is not None and listed(request, [leaf.issuer]) is not None:
        return None  # a root issued it directly: the list could hardly fit better
    if not kinds_listed(case, request, "root"):
        return None
    supplied, decisive = case.supplied, False
    if supplied is not None and supplied.match is not None and no_answer(case):
        fits, chain = supplied.match.would_match, supplied.certificate
        alone = chain.path_length == 1 and not chain.leaf.self_issued
        decisive = fits.direct_issuer is False and (fits.chain_builder is True or alone) and bool(fit(case).reasons)
    evidence = Evidence(request.packet, "CertificateRequest: all listed names are those of root CAs")
    confidence = Confidence.LIKELY if decisive else Confidence.POSSIBLE
    count = len(request.names)
    which = "The only CA that the server named is a root"
    values = {"which": which if count == 1 else f"All {count} CAs that the server named are roots"}
    return Match((evidence,), values, confidence, decisive=decisive)
