"""The server speaks none of the application protocols that the client offers."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, first_few, need, refusal, refused_by

SHOWN = 8
"""Names that are told; a client may offer thousands."""


def check(case: Case) -> Match | None:
    alert = refusal(case)
    if alert is None or alert.description != AlertDescription.no_application_protocol:
        return None
    hello = need(case.handshake.client_hello)
    offer = first_few(hello.message.extensions.alpn or (), SHOWN) or "none at all"
    told = Evidence(hello.packet, f"the client offers these application protocols (ALPN): {offer}")
    return Match((told, refused_by(alert)), {"offer": offer})
