"""The client's Certificate message is longer than some servers take, and the server breaks off over it."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    alert_text,
    client_chain,
    refusal,
)

SMALLEST_LIMIT = 16_384
"""Bytes: mbedTLS, and Schannel's default for a server."""
JAVA_LIMIT = 32_768
OPENSSL_LIMIT = 102_400
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
    chain, alert = client_chain(case), refusal(case)
    size = chain.message_bytes
    if alert is None or size <= SMALLEST_LIMIT or alert.description not in ABOUT_LENGTH:
        return None
    known = (alert.description == AlertDescription.illegal_parameter and size > OPENSSL_LIMIT) or (
        alert.description == AlertDescription.unexpected_message and size > JAVA_LIMIT
    )
    count = len(chain.certificates)
    sent = Evidence(chain.packet, f"the client's Certificate message: {count} certificates, {size} bytes")
    said = Evidence(alert.packet, f"the server breaks off: fatal alert {alert_text(alert)}")
    values = {"bytes": f"{size:,}", "count": str(count), "alert": alert_text(alert)}
    return Match((sent, said), values, None if known else Confidence.POSSIBLE)
