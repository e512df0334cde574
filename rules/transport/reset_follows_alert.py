"""The server reset the connection at the moment of its alert, so the client may never have read the alert."""

from analyzer.rule_api import Case, Evidence, Match, Side, refusal, refused_by

AT_ONCE_NS = 100_000_000


def check(case: Case) -> Match | None:
    alert = refusal(case)
    if alert is None:
        return None
    ending = case.connection.ending
    reset, left = ending.reset, ending.client_closed
    if reset is None or reset.sender is not Side.SERVER:
        return None
    if left is not None and left < reset.packet:  # it had heard enough to leave
        return None
    if alert.timestamp_ns is None or reset.timestamp_ns is None:
        return None
    if abs(reset.timestamp_ns - alert.timestamp_ns) > AT_ONCE_NS:  # on its way, a segment may overtake another
        return None
    return Match((refused_by(alert), Evidence(reset.packet, "the server resets the connection")))
