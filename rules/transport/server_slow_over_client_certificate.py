"""The client sent its certificate, and the server was silent for seconds."""

from analyzer.rule_api import Case, Evidence, Match, Outcome, Severity, Side, client_chain, silence_of_server


def check(case: Case) -> Match | None:
    if case.handshake.outcome is Outcome.COMPLETED:
        return None
    chain = client_chain(case)
    silence = silence_of_server(case)
    if silence is None or silence.then.what == "application data" or case.connection.stalled:
        return None
    left = silence.then.sender is Side.CLIENT
    then = "Then the client gave up and closed the connection." if left else f"Then it sent: {silence.then.what}."
    sent = Evidence(chain.packet, "the client sends its certificate")
    values = {"seconds": silence.seconds, "then": then}
    return Match((sent, silence.evidence), values, severity=None if left else Severity.WARNING)
