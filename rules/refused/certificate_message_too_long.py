"""The client's Certificate message is longer than some servers take, and the server breaks off over it."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    CertificateBegun,
    Confidence,
    Evidence,
    Match,
    SeenAlert,
    alert_text,
    client_chain,
    refusal,
)

SMALLEST_LIMIT = 16_384
"""Bytes: mbedTLS, and Schannel's default for a server."""
JAVA_LIMIT = 32_768
OPENSSL_LIMIT = 102_400
POSSIBLE = Confidence.POSSIBLE
ABOUT_LENGTH = frozenset(
    {
        AlertDescription.unexpected_message,
        AlertDescription.record_overflow,
        AlertDescription.illegal_parameter,
        AlertDescription.decode_error,
        AlertDescription.internal_error,
    }
)
"""Alerts by which stacks answer a message that is too long for them."""


def check(case: Case) -> Match | None:
    alert = refusal(case)
    begun = case.handshake.certificate_begun if alert is not None else None
    if begun is not None and alert is not None:
        return begun_only(case, begun, alert)
    chain = client_chain(case)
    size = chain.message_bytes
    if alert is None or size <= SMALLEST_LIMIT or alert.description not in ABOUT_LENGTH:
        return None
    count = len(chain.certificates)
    sent = Evidence(chain.packet, f"the client's Certificate message: {count} certificates, {size} bytes")
    return told(sent, alert, f"{size:,} bytes ({count} certificates)", None if is_known(size, alert) else POSSIBLE)


def begun_only(case: Case, begun: CertificateBegun, alert: SeenAlert) -> Match | None:
    """The server goes by the length in the message's header, and does not wait for its end."""
    size = begun.message_bytes
    if size <= SMALLEST_LIMIT or alert.description not in ABOUT_LENGTH or case.connection.missing:
        return None
    sent = Evidence(begun.packet, f"the client's Certificate message: {size} bytes announced, not all came")
    return told(sent, alert, f"{size:,} bytes, which it had not all sent yet", None)


def is_known(size: int, alert: SeenAlert) -> bool:
    """Is that the limit, and the alert, of a stack that we know?"""
    return (alert.description == AlertDescription.illegal_parameter and size > OPENSSL_LIMIT) or (
        alert.description == AlertDescription.unexpected_message and size > JAVA_LIMIT
    )


def told(sent: Evidence, alert: SeenAlert, size: str, confidence: Confidence | None) -> Match:
    """The message and the server's answer to it."""
    said = Evidence(alert.packet, f"the server breaks off: fatal alert {alert_text(alert)}")
    return Match((sent, said), {"size": size, "alert": alert_text(alert)}, confidence)
