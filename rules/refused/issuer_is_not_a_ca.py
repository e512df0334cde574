"""A certificate of the client's chain was issued with the key of one that is no CA."""

from itertools import pairwise

from analyzer.rule_api import (
    AlertDescription,
    Case,
    CertificateInfo,
    Confidence,
    Evidence,
    Match,
    accuse,
    issued,
    sent_by_client,
)


def check(case: Case) -> Match | None:
    chain, leaf, walked = sent_by_client(case)
    for below, above in pairwise(walked.path):
        if above.may_issue or not issued(above, below):
            continue
        return accuse(
            case,
            Evidence(chain.packet, f"{below.subject.text} was issued by {above.subject.text}, which {why(above)}"),
            named_by=AlertDescription.unknown_ca,
            values={"subject": leaf.subject.text, "below": below.subject.text, "issuer": above.subject.text},
            surest=Confidence.LIKELY,
        )
    return None


def why(authority: CertificateInfo) -> str:
    """What forbids it: it is no CA's certificate, or one that may sign other things only."""
    usages = ", ".join(authority.key_usage or ())
    return f"has the key usage {usages or 'nothing'}" if authority.is_ca else "is no CA"
