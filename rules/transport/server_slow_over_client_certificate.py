"""The client sent its certificate, and the server was silent for seconds."""

from analyzer.rule_api import (
    Case,
    Evidence,
    Match,
    Outcome,
    Severity,
    Side,
    client_chain,
    inferred,
    says,
    silence_of_server,
)


def check(case: Case) -> Match | None:
    if case.handshake.outcome is Outcome.COMPLETED:
        return None
    silence = silence_of_server(case)
    left = silence is not None and silence.then.sender is Side.CLIENT
    guess = inferred(case).client_certificate
    if guess is not None and says(guess, "sent") and left:
        sent = Evidence(guess.packets[-1], f"the client sends its certificate: {guess.why}")
    else:
        sent = Evidence(client_chain(case).packet, "the client sends its certificate")
    if silence is None or silence.then.what == "application data" or case.connection.stalled:
        return None
    then = "Then the client gave up and closed the connection." if left else f"Then it sent: {silence.then.what}."
    values = {"seconds": silence.seconds, "then": then}
    return Match((sent, silence.evidence), values, severity=None if left else Severity.WARNING)
