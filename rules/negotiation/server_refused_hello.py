"""The server's whole answer to the ClientHello was a fatal alert."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Evidence,
    Match,
    Phase,
    alert_text,
    known,
    need,
    refusal,
    refused_by,
)

NO_CERTIFICATE = "It failed over something of its own; Go ends so where it has no certificate for the name asked for."
MEANINGS: dict[int, str] = {
    AlertDescription.internal_error: NO_CERTIFICATE,
    AlertDescription.decode_error: "It could not read the ClientHello.",
    AlertDescription.illegal_parameter: "A value in the ClientHello makes no sense to it.",
    AlertDescription.unexpected_message: "It did not expect a ClientHello there, or not this one.",
    AlertDescription.missing_extension: "The ClientHello lacks an extension that it insists on.",
    AlertDescription.inappropriate_fallback: "It knows a newer version, and the client is on its second try.",
    AlertDescription.access_denied: "It does not let this client through, by the address or by the name it asked for.",
    AlertDescription.user_canceled: "Its program broke off.",
}


def check(case: Case) -> Match | None:
    handshake, alert = case.handshake, refusal(case)
    if alert is None or handshake.phase is not Phase.INITIAL or known(handshake.server_hello):
        return None
    hello = need(handshake.client_hello)
    if alert.packet < hello.packet:
        return None
    named = hello.message.extensions.server_name
    what = f'the ClientHello, for "{named}"' if named else "the ClientHello, without a name (SNI)"
    meaning = MEANINGS.get(alert.description, "")
    which = "the second ClientHello, for which it had asked itself," if handshake.hello_retry else "the ClientHello"
    values = {"which": which, "alert": alert_text(alert), "meaning": meaning}
    return Match((Evidence(hello.packet, what), refused_by(alert)), values)
