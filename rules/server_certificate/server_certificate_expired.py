"""The server's own certificate had expired when it was sent."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, accuse_server, date_text, need, time_of

LAST_SECOND_NS = 1_000_000_000


def check(case: Case) -> Match | None:
    chain = need(case.handshake.server_certificate)
    leaf, at = chain.leaf, time_of(case, chain.timestamp_ns)
    if leaf is None or leaf.not_after_ns is None or at < leaf.not_after_ns + LAST_SECOND_NS:
        return None
    until = date_text(leaf.not_after_ns)
    return accuse_server(
        case,
        Evidence(chain.packet, f"the server's certificate was valid until {until}"),
        named_by=AlertDescription.certificate_expired,
        values={"subject": leaf.subject.text, "until": until, "sent": date_text(at)},
    )
