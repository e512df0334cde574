"""A CA certificate of the issuer's name is there, but its key did not sign what stands below."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    accuse,
    issued,
    sent_by_client,
)


def check(case: Case) -> Match | None:
    chain, leaf, walked = sent_by_client(case)
    if walked.top.self_issued:
        return None
    below = walked.top
    known = case.capture.certificates_for(below.issuer)
    if not known and not walked.extra:
        return None
    seen = (*walked.extra, *known)
    named = [authority for authority in seen if authority.is_ca and authority.subject.key == below.issuer.key]
    if any(issued(authority, below) is not False for authority in named):
        return None
    if any(authority in walked.extra for authority in named):
        where = "the client sent behind it"
    elif any(map(case.capture.is_trusted, named)):
        where = "was given as trusted"
    else:  # somebody else's CA may have that name
        return None
    return accuse(
        case,
        Evidence(chain.packet, f"the signature of {below.subject.text} is not that of the {below.issuer.text} here"),
        named_by=AlertDescription.unknown_ca,
        values={"subject": leaf.subject.text, "below": below.subject.text, "issuer": below.issuer.text, "where": where},
        surest=Confidence.LIKELY,
        oddly_by=AlertDescription.decrypt_error,
    )
