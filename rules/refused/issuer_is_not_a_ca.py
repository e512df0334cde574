"""A certificate of the client's chain was issued with the key of one that is no CA."""

from itertools import pairwise

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    accuse,
    client_chain,
    client_leaf,
    issued,
    walk_chain,
)


def check(case: Case) -> Match | None:
    chain, leaf = client_chain(case), client_leaf(case)
    walked = walk_chain(chain.readable)
    if walked is None:
        return None
    for below, above in pairwise(walked.path):
        if above.is_ca or not issued(above, below):
            continue
        return accuse(
            case,
            Evidence(chain.packet, f"{below.subject.text} was issued by {above.subject.text}, which is no CA"),
            named_by=AlertDescription.unknown_ca,
            values={"subject": leaf.subject.text, "below": below.subject.text, "issuer": above.subject.text},
            surest=Confidence.LIKELY,
        )
    return None
