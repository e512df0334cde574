"""Inside the encrypted connection the client asks a proxy for a tunnel: the login that matters is in there."""

from analyzer.rule_api import Case, Evidence, Match, Outcome, application_refusal, need


def check(case: Case) -> Match | None:
    handshake = case.handshake
    if handshake.tunnel_to is None or handshake.outcome is not Outcome.COMPLETED or application_refusal(case):
        return None
    asks = Evidence(need(handshake.client_data), f"the client asks for a tunnel: CONNECT {handshake.tunnel_to}")
    return Match((asks,), {"target": handshake.tunnel_to})
