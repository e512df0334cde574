"""The server's certificate is not made out to the name that the client asked for."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    accuse_server,
    covers,
    dns_names,
    first_few,
    need,
)

MOST_SHOWN = 3


def check(case: Case) -> Match | None:
    chain, hello = need(case.handshake.server_certificate), need(case.handshake.client_hello)
    leaf, asked = chain.leaf, (hello.message.extensions.server_name or "").lower().rstrip(".")
    if leaf is None or not asked:
        return None
    if covers(leaf, asked):
        return None
    shown = first_few(dns_names(leaf), MOST_SHOWN) or f"no DNS name, its subject is {leaf.subject.text}"
    return accuse_server(
        case,
        Evidence(hello.packet, f"the client asks for {asked}"),
        Evidence(chain.packet, f"the server's certificate names {shown}"),
        named_by=AlertDescription.unrecognized_name,
        values={"asked": asked, "names": shown, "subject": leaf.subject.text},
        surest=Confidence.LIKELY,
    )
