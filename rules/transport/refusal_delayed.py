"""The refusal came ten seconds or more after the client's answer, as some servers do on purpose."""

from analyzer.rule_api import Case, Match, Side, dropped, need, refusal, silence_of_server

SHORTEST_NS, LONGEST_NS = 10_000_000_000, 35_000_000_000
"""s2n waits 10 to 30 seconds, and then has to send."""


def check(case: Case) -> Match | None:
    need(case.handshake.client_certificate)
    if refusal(case) is None and dropped(case) is None:
        return None
    silence = silence_of_server(case)
    if silence is None or silence.then.sender is Side.CLIENT or case.connection.stalled:
        return None
    if not SHORTEST_NS <= silence.ns <= LONGEST_NS:
        return None
    return Match((silence.evidence,), {"seconds": silence.seconds})
