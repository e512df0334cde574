"""Client and server have no version of TLS in common."""

from analyzer.rule_api import (
    TLS_1_2,
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    Side,
    alert_text,
    known,
    need,
    offered_versions,
    refused_by,
    version_name,
)


def check(case: Case) -> Match | None:
    hello = need(case.handshake.client_hello)
    if not case.handshake.alerts:
        return None
    alert = case.handshake.fatal_alert(Side.SERVER) or case.handshake.fatal_alert(Side.CLIENT)
    if alert is None or (alert.sender is Side.SERVER and known(case.handshake.server_hello)):
        return None
    versions = offered_versions(hello)
    named = alert.description == AlertDescription.protocol_version
    old = alert.description == AlertDescription.handshake_failure and max(versions) < TLS_1_2
    if not named and not (old and alert.sender is Side.SERVER):
        return None
    offer = ", ".join(map(version_name, sorted(versions)))
    who = "server" if alert.sender is Side.SERVER else "client"
    offered = Evidence(hello.packet, f"the client offers {offer}")
    said = refused_by(alert)
    values = {"offer": offer, "who": who, "alert": alert_text(alert)}
    return Match((offered, said), values, None if named else Confidence.POSSIBLE)
