"""The client sent its certificate without the intermediate that leads to a listed CA."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Evidence,
    Match,
    accuse,
    client_chain,
    client_leaf,
    issuers_above,
    listed,
    need,
    walked_chain,
)


def check(case: Case) -> Match | None:
    request, chain, leaf = need(case.handshake.certificate_request), client_chain(case), client_leaf(case)
    walked = walked_chain(chain)
    if walked is None or walked.top.self_issued:
        return None
    if listed(request, walked.issuers) is not None:
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
