"""The server ended the handshake right after the ClientHello: no cipher suite in common, as far as that alert goes."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    alert_text,
    known,
    need,
    offered_suites,
    refusal,
    refused_by,
)


def check(case: Case) -> Match | None:
    hello, alert = need(case.handshake.client_hello), refusal(case)
    if alert is None or known(case.handshake.server_hello):
        return None
    insufficient = alert.description == AlertDescription.insufficient_security
    if not insufficient and alert.description != AlertDescription.handshake_failure:
        return None
    suites = offered_suites(hello)
    modern = [name for name in suites if "DHE_" in name or "_WITH_" not in name]
    offered = Evidence(hello.packet, f"the client offers {len(suites)} cipher suites")
    said = refused_by(alert)
    values = {"alert": alert_text(alert), "count": str(len(suites))}
    likely = insufficient or not modern
    return Match((offered, said), values, Confidence.LIKELY if likely else Confidence.POSSIBLE)
