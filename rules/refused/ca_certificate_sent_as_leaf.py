"""The certificate that the client sent as its own is a CA's."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    accuse,
    sent_by_client,
)


def check(case: Case) -> Match | None:
    chain, leaf, _ = sent_by_client(case)
    if leaf.basic_constraints_ca is not True or leaf.self_issued:
        return None
    silent = not leaf.allows_signature
    return accuse(
        case,
        Evidence(chain.packet, f"the client's own certificate is that of a CA: {leaf.subject.text}"),
        named_by=AlertDescription.unsupported_certificate,
        values={"subject": leaf.subject.text, "issuer": leaf.issuer.text},
        surest=Confidence.PROVED if silent and leaf.allows_client_auth else Confidence.LIKELY,
        oddly_by=AlertDescription.internal_error if silent else None,
    )
