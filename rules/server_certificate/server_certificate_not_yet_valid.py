"""The server's own certificate was not valid yet when it was sent."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, accuse_server, date_text, need, time_of


def check(case: Case) -> Match | None:
    chain = need(case.handshake.server_certificate)
    leaf, at = chain.leaf, time_of(case, chain.timestamp_ns)
    if leaf is None or leaf.not_before_ns is None or at >= leaf.not_before_ns:
        return None
    start = date_text(leaf.not_before_ns)
    return accuse_server(
        case,
        Evidence(chain.packet, f"the server's certificate is valid from {start} on"),
        named_by=AlertDescription.certificate_expired,
        values={"subject": leaf.subject.text, "start": start, "sent": date_text(at)},
    )
