"""The client refused the server's certificate: this is no refusal of the client."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    Reason,
    Side,
    Unseen,
    alert_text,
    inferred_evidence,
    known,
    need,
    says,
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
    told = case.handshake.inferred
    if told is not None and told.client_refused is not None and told.late_request is None:
        how = f"{AS_SIZES_TELL} {ASKED if says(told.requested, True) else ''}".rstrip()
        return Match((inferred_evidence(told.client_refused),), {"how": how}, Confidence.POSSIBLE)
    alert = case.handshake.fatal_alert(Side.CLIENT) if case.handshake.alerts else None
    if alert is None or alert.description not in SURE | FAIR:
        return None
    said = Evidence(alert.packet, f"the client refuses it: fatal alert {alert_text(alert)}")
    sure = Confidence.PROVED if alert.description in SURE else Confidence.LIKELY
    chain = case.handshake.server_certificate
    if isinstance(chain, Unseen) and chain.why is Reason.ENCRYPTED:
        if alert.packet < need(case.handshake.server_hello).packet or known(case.handshake.client_certificate):
            return None
        how = f"The client refused the server's certificate, with the fatal alert {alert_text(alert)}. {NOT_ITS_OWN}"
        return Match((said,), {"how": how}, min(sure, Confidence.LIKELY))
    chain = need(chain)
    if alert.packet < chain.packet:
        return None
    subject = chain.leaf.subject.text if chain.leaf else "a certificate that cannot be read"
    how = f'The client refused the certificate of the server, "{subject}", with the fatal alert {alert_text(alert)}.'
    return Match((Evidence(chain.packet, "the server's certificate"), said), {"how": f"{how} {NOT_ITS_OWN}"}, sure)


NOT_ITS_OWN = "The client's own certificate has nothing to do with it."
AS_SIZES_TELL = (
    "The client ended the handshake with an alert, as its size tells, once it had the server's messages; mostly that "
    "is for the server's certificate. The server refused nothing."
)
ASKED = "It had been asked for a certificate: where it cannot sign with its key, some end so too."
