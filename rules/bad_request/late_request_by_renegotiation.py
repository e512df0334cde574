"""The server asked for the certificate only in a second handshake, inside the encrypted connection."""

from analyzer.rule_api import Case, Evidence, Match, Phase, need, undecided


def check(case: Case) -> Match | None:
    handshake = case.handshake
    if handshake.phase is not Phase.RENEGOTIATION:
        if handshake.went_on:
            raise undecided("another handshake followed inside the encrypted connection, and may hold a request")
        return None
    request = need(handshake.certificate_request)
    began = Evidence(handshake.first_packet, "another handshake begins inside the encrypted connection")
    return Match((began, Evidence(request.packet, "the server asks for a certificate there")))
