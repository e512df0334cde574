"""The extended key usage of the server's certificate does not allow it to be a server's."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, accuse_server, need


def check(case: Case) -> Match | None:
    chain = need(case.handshake.server_certificate)
    leaf = chain.leaf
    if leaf is None or leaf.allows_server_auth:
        return None
    usages = ", ".join(leaf.extended_key_usage or ())
    return accuse_server(
        case,
        Evidence(chain.packet, f"extended key usage of the server's certificate: {usages}"),
        named_by=AlertDescription.unsupported_certificate,
        values={"subject": leaf.subject.text, "usages": usages},
    )
