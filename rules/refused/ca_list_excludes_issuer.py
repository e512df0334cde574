"""The client's chain leads to none of the CAs that the request lists."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
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
    if not request.names or leaf.self_issued:
        return None
    if issuer_listed(case) is not None:
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
