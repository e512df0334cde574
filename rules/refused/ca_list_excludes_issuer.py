"""The client's chain leads to none of the CAs that the request lists."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
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
    if not request.names or walked is None or leaf.self_issued:
        return None
    if listed(request, walked.issuers) is not None:
        return None
    above = issuers_above(case, walked.path)
    if listed(request, [certificate.issuer for certificate in above]) is not None:
        return None
    if len(walked.path) == 1 and not above:
        return None
    whole = any(certificate.self_issued for certificate in (*walked.path, *above))
    return accuse(
        case,
        Evidence(request.packet, f"the list of CA names: {len(request.names)}"),
        Evidence(chain.packet, f"the client's certificate, issued by {leaf.issuer.text}"),
        named_by=AlertDescription.unknown_ca,
        values={"issuer": leaf.issuer.text, "count": str(len(request.names))},
        surest=Confidence.PROVED if whole else Confidence.LIKELY,
    )
