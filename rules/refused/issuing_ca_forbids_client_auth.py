"""The client's certificate may log in, but a CA above it may not issue for that purpose."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, accuse, sent_by_client


def check(case: Case) -> Match | None:
    chain, leaf, walked = sent_by_client(case)
    if not leaf.allows_client_auth:
        return None
    for authority in walked.path[1:]:
        if not authority.allows_client_auth:
            usages = ", ".join(authority.extended_key_usage or ())
            return accuse(
                case,
                Evidence(chain.packet, f"extended key usage of the CA {authority.subject.text}: {usages}"),
                named_by=AlertDescription.unsupported_certificate,
                values={"subject": leaf.subject.text, "issuer": authority.subject.text, "usages": usages},
            )
    return None
