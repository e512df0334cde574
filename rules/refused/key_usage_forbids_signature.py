"""The key usage of the client's certificate does not allow signatures, and a login is one."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, accuse, sent_by_client


def check(case: Case) -> Match | None:
    chain, leaf, _ = sent_by_client(case)
    if leaf.allows_signature:
        return None
    usages = ", ".join(leaf.key_usage or ()) or "nothing"
    return accuse(
        case,
        Evidence(chain.packet, f"key usage of the client's certificate: {usages}"),
        named_by=AlertDescription.unsupported_certificate,
        values={"usages": usages, "subject": leaf.subject.text},
        oddly_by=AlertDescription.internal_error,
    )
