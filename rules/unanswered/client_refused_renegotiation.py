"""The server began a second handshake to ask for a certificate, and the client would not have it."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    Phase,
    Severity,
    inferred_evidence,
    renegotiation_refused,
    undecided,
)


def check(case: Case) -> Match | None:
    handshake = case.handshake
    if handshake.phase is not Phase.RENEGOTIATION:
        guess = None if handshake.inferred is None else handshake.inferred.renegotiation_refused
        if guess is not None and guess.value == "client":
            sure = guess.confidence
            weak = Severity.WARNING if sure < Confidence.LIKELY else None
            return Match((inferred_evidence(guess),), {"how": "The client did not take part in it."}, sure, weak)
        if handshake.went_on:
            raise undecided("another handshake began inside the encrypted connection")
        return None
    refused = renegotiation_refused(case)
    if refused is None:
        return None
    began = Evidence(handshake.first_packet, "a second handshake begins inside the encrypted connection")
    if refused.by_alert:
        return Match((began, refused.evidence), {"how": "The client refused it with an alert."})
    values = {"how": "The client never answered; then the connection ended."}
    if isinstance(handshake.server_data, int):  # the server went on without it
        return Match((began, refused.evidence), values, Confidence.POSSIBLE, Severity.WARNING)
    if isinstance(handshake.client_data, int):
        sent = Evidence(handshake.client_data, "the client sends more data instead of a ClientHello")
        values = {"how": "The client went on sending data and never answered; then the connection ended."}
        return Match((began, sent, refused.evidence), values, Confidence.LIKELY)
    return Match((began, refused.evidence), values, Confidence.LIKELY)
