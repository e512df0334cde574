"""The server asked for the certificate only in a second handshake, inside the encrypted connection."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    Phase,
    inferred,
    inferred_evidence,
    need,
    says,
    undecided,
)


def check(case: Case) -> Match | None:
    handshake = case.handshake
    if handshake.phase is not Phase.RENEGOTIATION:
        guess = inferred(case)
        if guess.late_request is not None and guess.requested is not None and says(guess.requested, True):
            if not says(guess.late_request, "renegotiation"):
                return None
            began, asked = inferred_evidence(guess.late_request), inferred_evidence(guess.requested)
            return Match((began, asked), confidence=Confidence.LIKELY)
        if handshake.went_on:
            raise undecided("another handshake followed inside the encrypted connection, and may hold a request")
        return None
    request = need(handshake.certificate_request)
    began = Evidence(handshake.first_packet, "another handshake begins inside the encrypted connection")
    return Match((began, Evidence(request.packet, "the server asks for a certificate there")))
