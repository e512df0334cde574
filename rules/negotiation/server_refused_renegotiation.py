"""The client began a second handshake inside the encrypted connection, and the server would not have it."""

from analyzer.rule_api import (
    Case,
    Evidence,
    Handshake,
    Match,
    Outcome,
    Phase,
    SeenChain,
    Severity,
    Side,
    Unseen,
    alert_text,
    inferred_evidence,
    need,
    no_renegotiation,
)


def check(case: Case) -> Match | None:
    handshake = case.handshake
    if handshake.phase is not Phase.RENEGOTIATION:
        guess = None if handshake.inferred is None else handshake.inferred.renegotiation_refused
        if guess is None or guess.value != "server":
            return None
        values = {"said": "an alert, which is encrypted", "before": before(handshake), "then": "The client then left."}
        return Match((inferred_evidence(guess),), values, guess.confidence)
    hello = need(handshake.client_hello)
    refusal = no_renegotiation(handshake, Side.SERVER)
    if refusal is None or any(step.what == "HelloRequest" for step in handshake.steps):
        return None
    evidence = [
        Evidence(hello.packet, "the client begins a second handshake inside the encrypted connection"),
        Evidence(refusal.packet, f"the server refuses: alert {alert_text(refusal)}"),
    ]
    first = case.connection.handshakes[0]
    values = {"said": "no_renegotiation (100)", "before": before(first), "then": "The connection went on."}
    gave_up = handshake.fatal_alert(Side.CLIENT)
    if gave_up is not None:
        evidence.append(Evidence(gave_up.packet, f"the client gives up: fatal alert {alert_text(gave_up)}"))
    if gave_up is None and handshake.outcome is not Outcome.ABORTED:
        return Match(tuple(evidence), values, severity=Severity.NOTE)
    return Match(tuple(evidence), values | {"then": "The client then ended the connection."})


def before(first: Handshake) -> str:
    """What had become of the client's certificate by then."""
    answer, request = first.client_certificate, first.certificate_request
    if isinstance(answer, SeenChain) and answer.leaf is not None:
        return f'The login was over by then: the client had sent "{answer.leaf.subject.text}" in the first handshake.'
    if isinstance(request, Unseen) and request.absent:
        return "In the first handshake the server had not asked for a certificate."
    return "The first handshake was complete by then."
