"""The client did not say which server it wants, and the server would not go on without."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    alert_text,
    known,
    need,
    refusal,
    refused_by,
)

NO_REASON = (AlertDescription.handshake_failure, AlertDescription.access_denied, AlertDescription.internal_error)
"""With these a server may mean the missing name: Go says internal_error where it has no certificate to present."""


def check(case: Case) -> Match | None:
    hello, alert = need(case.handshake.client_hello), refusal(case)
    if alert is None or hello.message.extensions.server_name or known(case.handshake.server_hello):
        return None
    named = alert.description == AlertDescription.unrecognized_name
    if not named and alert.description not in NO_REASON:
        return None
    silent = Evidence(hello.packet, "the ClientHello has no server name (SNI)")
    said = refused_by(alert)
    return Match((silent, said), {"alert": alert_text(alert)}, None if named else Confidence.POSSIBLE)
