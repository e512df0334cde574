"""The client refused the server's certificate: this is no refusal of the client."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    Side,
    alert_text,
    need,
)

SURE = {
    AlertDescription.bad_certificate,
    AlertDescription.unsupported_certificate,
    AlertDescription.certificate_revoked,
    AlertDescription.certificate_expired,
    AlertDescription.certificate_unknown,
    AlertDescription.unknown_ca,
    AlertDescription.bad_certificate_status_response,
}
FAIR = {AlertDescription.access_denied, AlertDescription.decrypt_error}


def check(case: Case) -> Match | None:
    alert = case.handshake.fatal_alert(Side.CLIENT)
    if alert is None:
        return None
    chain = need(case.handshake.server_certificate)
    if alert.packet < chain.packet or alert.description not in SURE | FAIR:
        return None
    shown = Evidence(chain.packet, "the server's certificate")
    said = Evidence(alert.packet, f"the client refuses it: fatal alert {alert_text(alert)}")
    confidence = None if alert.description in SURE else Confidence.LIKELY
    subject = chain.leaf.subject.text if chain.leaf else "a certificate that cannot be read"
    return Match((shown, said), {"alert": alert_text(alert), "subject": subject}, confidence)
