"""One side's large flight was sent again and again and never acknowledged, while small packets passed."""

from analyzer.rule_api import FAREWELLS, Case, Confidence, Evidence, Match, Outcome, Side, Stalled, inferred, says

LARGE = 1000
"""Bytes; every path carries that much, and a flight without certificates is smaller."""
LASTED_NS = 500_000_000
"""TCP waits longer each time; a capture that holds every packet twice does not."""


def check(case: Case) -> Match | None:
    if not case.connection.stalled:
        return None
    handshake = case.handshake
    if handshake.outcome is Outcome.COMPLETED or says(inferred(case).refused, False):
        return None
    if handshake.index != len(case.connection.handshakes) - 1:
        return None
    for stalled in case.connection.stalled:
        if stalled.length >= LARGE:
            return lost(case, stalled)
    return None


def lost(case: Case, stalled: Stalled) -> Match | None:
    """The match, if the other side had no more to say than that it leaves."""
    who, other, ending = stalled.sender.word, stalled.sender.other.word, case.connection.ending
    closed = ending.server_closed if stalled.sender is Side.CLIENT else ending.client_closed
    last = [step for step in case.handshake.steps if step.what not in FAREWELLS][-1:]
    if stalled.times:
        if not last or last[0].sender is not stalled.sender or stalled.lasted_ns < LASTED_NS:
            return None
        what = f"were sent again {stalled.times} times and never acknowledged"
        seen = Evidence(stalled.packet, f"{stalled.length} bytes of the {who}, sent again for the last time")
        alive = closed is not None and closed > last[0].packet
    else:
        if closed is None or case.handshake.fatal_alert(stalled.sender.other) is not None:
            return None  # what a side refuses it may have got: it leaves without acknowledging the rest
        what = "are not in the capture, and were never acknowledged either"
        seen = Evidence(stalled.packet, f"{stalled.length} bytes of the {who} before this packet never arrived")
        alive = True
    evidence: tuple[Evidence, ...] = (seen,)
    if closed is not None and alive:
        evidence += (Evidence(closed, f"the {other} closes; its small packets pass, and never acknowledged the bytes"),)
    values = {"who": who, "other": other, "bytes": str(stalled.length), "what": what}
    return Match(evidence, values, None if alive else Confidence.POSSIBLE)
