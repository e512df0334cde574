"""The extended key usage of the client's certificate does not allow authentication as a client."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, accuse, sent_by_client


def check(case: Case) -> Match | None:
    chain, leaf, _ = sent_by_client(case)
    if leaf.allows_client_auth:
        return None
    usages = ", ".join(leaf.extended_key_usage or ())
    return accuse(
        case,
        Evidence(chain.packet, f"extended key usage of the client's certificate: {usages}"),
        named_by=AlertDescription.unsupported_certificate,
        values={"usages": usages, "subject": leaf.subject.text},
    )
