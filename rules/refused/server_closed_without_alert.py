"""The server asked, the client answered, and the server closed the connection without saying why."""

from analyzer.rule_api import (
    TLS_1_3,
    Case,
    Confidence,
    Evidence,
    Match,
    Outcome,
    Side,
    Unseen,
    dropped,
    inferred_evidence,
    known,
    need,
)

NO_REASON = "without giving a reason"


def did(case: Case) -> str:
    """How it ended the connection; a reset may come from something in between."""
    return "reset" if case.connection.ending.how == "rst" else "closed"


def check(case: Case) -> Match | None:
    handshake = case.handshake
    guess = None if handshake.inferred is None else handshake.inferred.dropped
    if guess is not None:
        values = {
            "when": "right after its last message, as the sizes of the encrypted records tell,",
            "did": did(case),
            "why": NO_REASON,
        }
        return Match((inferred_evidence(guess),), values, min(guess.confidence, Confidence.LIKELY))
    need(handshake.certificate_request)
    answer = need(handshake.client_certificate)
    completed = handshake.outcome is Outcome.COMPLETED
    if completed and known(handshake.server_data):
        return None
    close = dropped(case)
    if close is None:
        return None
    when = "right after the handshake" if completed else "before the handshake was complete"
    if completed and handshake.new_tickets and need(handshake.version) >= TLS_1_3:
        when = "once it had accepted the handshake and given out a session ticket"
    hidden = any(step.sender is Side.SERVER and step.what == "encrypted alert" for step in handshake.steps)
    why = "with an alert that is encrypted," if hidden else NO_REASON
    silent = completed and isinstance(handshake.client_data, Unseen)  # a server may just have tired of waiting
    return Match(
        (Evidence(answer.packet, "the client's answer to the request"), close),
        {"when": when, "did": did(case), "why": why},
        Confidence.POSSIBLE if silent else None,
    )
