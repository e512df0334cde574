"""The client sent its certificate and then gave up by itself, where its signature was to come."""

from analyzer.rule_api import (
    TLS_1_3,
    AlertDescription,
    Case,
    Evidence,
    Match,
    Side,
    alert_text,
    has_common_scheme,
    known,
    need,
    sent_by_client,
)

OWN_TROUBLE = (AlertDescription.internal_error, AlertDescription.handshake_failure)
"""Any other alert speaks of something that the server sent."""


def check(case: Case) -> Match | None:
    handshake = case.handshake
    chain = need(handshake.client_certificate)
    alert = handshake.fatal_alert(Side.CLIENT) if handshake.alerts else None
    if alert is None or alert.description not in OWN_TROUBLE or alert.packet < chain.packet:
        return None
    _, leaf, _ = sent_by_client(case)
    if not leaf.can_sign or known(handshake.certificate_verify):
        return None
    schemes, why = need(handshake.certificate_request).signature_schemes, ""
    if schemes is not None and has_common_scheme(leaf, schemes, TLS_1_3) is False:
        why = " The request names no scheme made for this key, which TLS 1.3 wants, and some clients want always."
    sent = Evidence(chain.packet, "the client sends its certificate")
    ended = Evidence(alert.packet, f"in place of CertificateVerify the client ends it: fatal alert {alert_text(alert)}")
    return Match((sent, ended), {"subject": leaf.subject.text, "alert": alert_text(alert), "why": why})
