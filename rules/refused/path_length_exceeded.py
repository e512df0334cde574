"""A CA of the client's chain may have fewer CAs below it than there are."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    accuse,
    sent_by_client,
    too_deep,
)


def check(case: Case) -> Match | None:
    chain, leaf, walked = sent_by_client(case)
    found = too_deep(walked.path)
    if found is None:
        return None
    authority, below = found
    allowed, issuer = str(authority.path_length), authority.subject.text
    return accuse(
        case,
        Evidence(chain.packet, f"path length of {issuer}: {allowed}; CAs below it in the chain: {below}"),
        named_by=AlertDescription.unknown_ca,
        values={"subject": leaf.subject.text, "issuer": issuer, "allowed": allowed, "below": str(below)},
        surest=Confidence.LIKELY,
    )
