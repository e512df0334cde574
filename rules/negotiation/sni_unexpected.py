"""The client named a server that this one does not serve."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, Side, need, refused_by


def check(case: Case) -> Match | None:
    hello = need(case.handshake.client_hello)
    name = hello.message.extensions.server_name if case.handshake.alerts else None
    if not name:
        return None
    for alert in case.handshake.alerts:
        if alert.sender is Side.SERVER and alert.description == AlertDescription.unrecognized_name and alert.fatal:
            asked = Evidence(hello.packet, f"the client asks for {name}")
            said = refused_by(alert)
            return Match((asked, said), {"name": name})
    return None
