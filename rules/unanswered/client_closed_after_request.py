"""Once it had read the request, the client closed the connection."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    Outcome,
    Side,
    gave_up,
    inferred_evidence,
    need,
    says,
)


def check(case: Case) -> Match | None:
    handshake = case.handshake
    if handshake.inferred is not None:
        found = without_keys(case)
        if found is not None:
            return found
    request = need(handshake.certificate_request)
    left = gave_up(case)
    if left is None or handshake.outcome is not Outcome.ABORTED or handshake.fatal_alert(Side.SERVER):
        return None
    return Match((Evidence(request.packet, "the server asks for a certificate"), left))


def without_keys(case: Case) -> Match | None:
    """The sizes of the server's messages tell that it asked, and the client left without an encrypted word."""
    ending, guess = case.connection.ending, case.handshake.inferred
    if guess is None or guess.requested is None or ending.by is not Side.CLIENT or ending.client_closed is None:
        return None
    absent = says(guess.requested, True) and says(guess.client_certificate, "absent") and guess.client_refused is None
    if not absent or case.handshake.outcome is not Outcome.ABORTED:
        return None
    left = Evidence(ending.client_closed, "the client closes the connection")
    return Match((inferred_evidence(guess.requested), left), confidence=Confidence.LIKELY)
