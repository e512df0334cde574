"""The client's certificate is signed by itself and not by a CA."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    accuse,
    is_self_signed,
    listed,
    need,
    sent_by_client,
    undecided,
)


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    chain, leaf, _ = sent_by_client(case)
    if not leaf.self_issued or is_self_signed(leaf) is False:
        return None
    if is_self_signed(leaf) is None:
        raise undecided("the signature of the client's certificate cannot be checked")
    pinned = listed(request, [leaf.subject]) is not None
    return accuse(
        case,
        Evidence(chain.packet, f"subject and issuer are both {leaf.subject.text}, and its own key signed it"),
        named_by=AlertDescription.unknown_ca,
        values={"subject": leaf.subject.text},
        surest=Confidence.POSSIBLE if pinned else Confidence.PROVED,
    )
