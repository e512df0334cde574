"""The client sent its certificate without the intermediate that leads to a listed CA."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Evidence,
    Match,
    accuse,
    issuer_listed,
    issuers_above,
    listed,
    need,
    sent_by_client,
)


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    chain, leaf, walked = sent_by_client(case)
    if walked.top.self_issued:
        return None
    if issuer_listed(case) is not None:
        return None
    above = issuers_above(case, walked.path)
    bridged = listed(request, [certificate.issuer for certificate in above]) is not None
    alone = len(walked.path) == 1 and bool(request.names)
    if not bridged and (not alone or (above and above[0].self_issued)):
        return None
    return accuse(
        case,
        Evidence(chain.packet, f"{len(chain.certificates)} sent; the chain ends below {walked.top.issuer.text}"),
        named_by=AlertDescription.unknown_ca,
        values={"issuer": walked.top.issuer.text, "subject": leaf.subject.text},
    )
