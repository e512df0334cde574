"""One side does not know the safe form of renegotiation (RFC 5746), and the other minds, or should."""

from analyzer.rule_api import (
    TLS_1_3,
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    Outcome,
    Phase,
    SeenAlert,
    SeenClientHello,
    SeenRequest,
    SeenServerHello,
    Severity,
    Side,
    Unseen,
    alert_text,
    cipher_suite_name,
    need,
    renegotiation_refused,
)

EMPTY_RENEGOTIATION_INFO_SCSV = 0x00FF


def check(case: Case) -> Match | None:
    first, handshake = case.connection.handshakes[0], case.handshake
    hello, answer = need(first.client_hello), need(first.server_hello)
    if answer.message.version >= TLS_1_3 or answer.message.extensions.renegotiation_info is not None:
        return None
    knows = signals(hello)
    who = "The server" if knows else "The client"
    lacking = answer.packet if knows else hello.packet
    seen = Evidence(lacking, f"{'ServerHello' if knows else 'ClientHello'} without renegotiation_info")
    if handshake.phase is Phase.RENEGOTIATION:
        return in_renegotiation(case, seen, who)
    if handshake.phase is not Phase.INITIAL or not knows:
        return None
    return at_server_hello(case, answer, seen, who)


def signals(hello: SeenClientHello) -> bool:
    """Does the client say that it knows the safe form? (RFC 5746 section 3.4)"""
    message = hello.message
    return message.extensions.renegotiation_info is not None or EMPTY_RENEGOTIATION_INFO_SCSV in message.cipher_suites


def at_server_hello(case: Case, answer: SeenServerHello, seen: Evidence, who: str) -> Match | None:
    """A client that insists must end the first handshake with handshake_failure (RFC 5746 section 4.1)."""
    handshake = case.handshake
    alert = handshake.fatal_alert(Side.CLIENT)
    if alert is None or alert.description != AlertDescription.handshake_failure or alert.packet < answer.packet:
        return None
    said = [s for s in handshake.steps if answer.packet <= s.packet <= alert.packet and s.what != "ServerHello"]
    if any(s.sender is Side.CLIENT and s.what not in ("alert", "FIN", "RST") for s in said):
        return None
    more = any(s.sender is Side.SERVER and s.what not in ("FIN", "RST") for s in said)
    doubtful = "_DHE_" in cipher_suite_name(need(handshake.cipher_suite)) or any(
        s.what == "CertificateRequest" for s in said
    )
    refused = Evidence(alert.packet, f"the client refuses the ServerHello: fatal alert {alert_text(alert)}")
    values = {"who": who, "then": "The client ended the handshake for that at the ServerHello."}
    return Match((seen, refused), values, Confidence.POSSIBLE if more and doubtful else Confidence.LIKELY)


def in_renegotiation(case: Case, seen: Evidence, who: str) -> Match | None:
    """The second handshake, refused or not."""
    handshake = case.handshake
    began = Evidence(handshake.first_packet, "another handshake begins inside the encrypted connection")
    refused = renegotiation_refused(case)
    if refused is not None:
        shown = (seen, began, refused.evidence)
        if refused.at_hello:  # many clients refuse the safe form as well
            values = {"who": who, "then": "The client refused to begin the handshake again."}
            return Match(shown, values, Confidence.POSSIBLE, Severity.WARNING)
        values = {"who": who, "then": "The client began the second handshake and refused to go on with it like that."}
        return Match(shown, values, Confidence.LIKELY)
    alert = refused_midway(case)
    if alert is not None:
        no = Evidence(alert.packet, f"the {alert.sender.word} refuses: alert {alert_text(alert)}")
        values = {"who": who, "then": f"The {alert.sender.word} refused to go on with it."}
        asked = isinstance(handshake.certificate_request, SeenRequest)
        return Match((seen, began, no), values, Confidence.POSSIBLE if asked else Confidence.LIKELY)
    if handshake.outcome is Outcome.UNDETERMINED:
        return None
    values = {"who": who, "then": "Nobody minded; the login is open to an attack that is known since 2009."}
    return Match((seen, began), values, Confidence.POSSIBLE, Severity.WARNING)


def refused_midway(case: Case) -> SeenAlert | None:
    """An alert of a side that saw the other's hello and never took the next step."""
    handshake = case.handshake
    for alert in handshake.alerts:
        if alert.description not in (AlertDescription.handshake_failure, AlertDescription.no_renegotiation):
            continue
        answer = handshake.client_key_exchange if alert.sender is Side.CLIENT else handshake.server_hello
        if isinstance(answer, Unseen) and not alert.after_close and not alert.after_completion:
            return alert
    return None
