"""The server's certificate is signed by itself and not by a CA."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, accuse_server, is_self_signed, need


def check(case: Case) -> Match | None:
    chain = need(case.handshake.server_certificate)
    leaf = chain.leaf
    if leaf is None or not leaf.self_issued or is_self_signed(leaf) is False:
        return None
    return accuse_server(
        case,
        Evidence(chain.packet, f"subject and issuer of the server's certificate are both {leaf.subject.text}"),
        named_by=AlertDescription.unknown_ca,
        values={"subject": leaf.subject.text},
    )
