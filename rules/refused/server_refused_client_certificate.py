"""The client sent its certificate, and the server answered with a fatal alert."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    SeenAlert,
    alert_text,
    client_chain,
    inferred_evidence,
    inferred_logins,
    refusal,
    refused_by,
    says,
)

SURE = {
    AlertDescription.bad_certificate: "It found fault with the certificate and does not say which.",
    AlertDescription.unsupported_certificate: "It cannot use a certificate of this kind or with this purpose.",
    AlertDescription.certificate_revoked: "It holds the certificate to be revoked.",
    AlertDescription.certificate_expired: "It holds the certificate to be expired, or not valid yet.",
    AlertDescription.certificate_unknown: "It found the certificate unacceptable and does not say why.",
    AlertDescription.unknown_ca: "It could not follow the certificate to a CA that it trusts.",
    AlertDescription.access_denied: "It read the certificate and does not let its holder in.",
}
FAIR = {
    AlertDescription.handshake_failure: "That alert can mean anything; the certificate is what came last.",
    AlertDescription.decrypt_error: "A signature did not verify: the proof of the key, or one in the chain.",
    AlertDescription.no_certificate: "It takes the certificate for missing.",
}
WEAK = {
    AlertDescription.illegal_parameter: "It takes a field of the client's messages for wrong.",
    AlertDescription.decode_error: "It could not read one of the client's messages, or found it too long.",
    AlertDescription.internal_error: "It failed for a reason of its own while it judged the client's messages.",
}


def check(case: Case) -> Match | None:
    for login in inferred_logins(case):
        if login.refused is not None and says(login.refused, True) and says(login.client_certificate, "sent"):
            values = {"said": "an alert, which is encrypted", "meaning": "Which one, and so why, only a key log shows."}
            sure = Confidence.LIKELY if says(login.certificate_verify, True) else Confidence.POSSIBLE
            return Match((inferred_evidence(login.refused),), values, sure)
    alert, begun = refusal(case), case.handshake.certificate_begun
    if begun is not None and alert is not None and not case.connection.missing:
        sending = Evidence(begun.packet, f"the client is sending its certificate, of {begun.message_bytes} bytes")
        return by_alert(sending, alert, Confidence.LIKELY)
    chain = client_chain(case)
    return None if alert is None else by_alert(Evidence(chain.packet, "the client sends its certificate"), alert)


def by_alert(sent: Evidence, alert: SeenAlert, surest: Confidence = Confidence.PROVED) -> Match | None:
    """What the alert means, and how much that is worth."""
    for meanings, confidence in ((SURE, surest), (FAIR, Confidence.LIKELY), (WEAK, Confidence.POSSIBLE)):
        for description, meaning in meanings.items():
            if description == alert.description:
                values = {"said": f"fatal alert {alert_text(alert)}", "meaning": meaning}
                return Match((sent, refused_by(alert)), values, confidence)
    return None
