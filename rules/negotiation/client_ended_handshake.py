"""The client ended the handshake with an alert that speaks of no certificate, once it had the server's messages."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, Phase, Side, alert_text, known, need

ABOUT_CERTIFICATES = {
    AlertDescription.bad_certificate,
    AlertDescription.unsupported_certificate,
    AlertDescription.certificate_revoked,
    AlertDescription.certificate_expired,
    AlertDescription.certificate_unknown,
    AlertDescription.unknown_ca,
    AlertDescription.access_denied,
    AlertDescription.decrypt_error,
    AlertDescription.bad_certificate_status_response,
}
MEANINGS: dict[int, str] = {
    AlertDescription.decode_error: "It could not read one of the server's messages.",
    AlertDescription.illegal_parameter: "A value in one of the server's messages is not allowed, or makes no sense.",
    AlertDescription.unexpected_message: "A message came that it did not expect there, or one that is too long for it.",
    AlertDescription.record_overflow: "A record was longer than it takes.",
    AlertDescription.internal_error: "It failed over something of its own, or over a message that it cannot digest.",
    AlertDescription.handshake_failure: "Nothing that the server offers or asks for suits it, or it has no answer.",
    AlertDescription.protocol_version: "It does not accept the version that the server chose.",
    AlertDescription.insufficient_security: "It finds what the server chose, or the server's key, too weak.",
    AlertDescription.unsupported_extension: "The server sent an extension that it had not offered.",
    AlertDescription.missing_extension: "An extension is missing that it needs.",
    AlertDescription.user_canceled: "Its user, or its program, broke off.",
}


def check(case: Case) -> Match | None:
    handshake = case.handshake
    alert = handshake.fatal_alert(Side.CLIENT) if handshake.alerts else None
    if alert is None or handshake.phase is not Phase.INITIAL or alert.description in ABOUT_CERTIFICATES:
        return None
    hello = need(handshake.server_hello)
    if alert.packet < hello.packet or known(handshake.client_certificate) or known(handshake.client_key_exchange):
        return None
    meaning = MEANINGS.get(alert.description, "")
    came = Evidence(hello.packet, "the server's messages begin")
    said = Evidence(alert.packet, f"the client ends the handshake: fatal alert {alert_text(alert)}")
    return Match((came, said), {"alert": alert_text(alert), "meaning": meaning})
