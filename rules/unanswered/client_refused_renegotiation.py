"""The server began a second handshake to ask for a certificate, and the client would not have it."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, Phase, Severity, renegotiation_refused, undecided


def check(case: Case) -> Match | None:
    handshake = case.handshake
    if handshake.phase is not Phase.RENEGOTIATION:
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
    return Match((began, refused.evidence), values, Confidence.LIKELY)
