"""The server asked after the handshake, as the client had offered, and the client never answered."""

from analyzer.rule_api import Case, Evidence, Match, Phase, Side, alert_text, known, need


def check(case: Case) -> Match | None:
    handshake, ending = case.handshake, case.connection.ending
    if handshake.phase is not Phase.POST_HANDSHAKE:
        return None
    request = need(handshake.certificate_request)
    if known(handshake.client_certificate):
        return None
    seen = (Evidence(request.packet, "the server asks for a certificate after the handshake"),)
    alert = handshake.fatal_alert(Side.CLIENT)
    if alert is not None:
        said = Evidence(alert.packet, f"the client ends the connection: fatal alert {alert_text(alert)}")
        return Match((*seen, said), {"then": f"It ended the connection with the alert {alert_text(alert)}."})
    if ending.packet is None:
        return Match(seen, {"then": "The connection stayed open."})
    who = "client" if ending.by is Side.CLIENT else "server"
    closed = Evidence(ending.packet, f"the {who} closes the connection")
    return Match((*seen, closed), {"then": f"In the end the {who} closed the connection."})
