"""Once it had read the request, the client closed the connection."""

from analyzer.rule_api import Case, Evidence, Match, Outcome, Side, gave_up, need


def check(case: Case) -> Match | None:
    handshake = case.handshake
    request = need(handshake.certificate_request)
    left = gave_up(case)
    if left is None or handshake.outcome is not Outcome.ABORTED or handshake.fatal_alert(Side.SERVER):
        return None
    return Match((Evidence(request.packet, "the server asks for a certificate"), left))
