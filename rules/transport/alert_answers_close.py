"""The client's fatal alert came after the server had left: it refuses nobody."""

from analyzer.rule_api import Case, Evidence, Match, Outcome, Side, alert_text


def check(case: Case) -> Match | None:
    handshake, left = case.handshake, case.connection.ending.server_closed
    for alert in handshake.alerts:
        if alert.after_close and alert.fatal and alert.sender is Side.CLIENT:
            return answering(alert.packet, alert_text(alert))
    if handshake.outcome is not Outcome.ABORTED or left is None:
        return None
    for step in handshake.steps:
        if step.sender is Side.CLIENT and step.what == "encrypted alert" and step.packet > left:
            return answering(step.packet, "(encrypted)")
    return None


def answering(packet: int, alert: str) -> Match:
    """The match for an alert that came too late to mean anything."""
    return Match((Evidence(packet, f"the client's alert {alert}, when the server had left"),), {"alert": alert})
