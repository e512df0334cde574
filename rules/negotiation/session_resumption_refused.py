"""The client wanted to resume a session, and the server answered with an error of its own."""

from analyzer.rule_api import AlertDescription, Case, Confidence, Evidence, Match, known, need, refusal, undecided


def check(case: Case) -> Match | None:
    alert, handshake = refusal(case), case.handshake
    if alert is None or alert.description != AlertDescription.internal_error or not handshake.offered_ticket:
        return None
    if known(handshake.server_hello):
        return None
    hello = need(handshake.client_hello)
    original = case.capture.original_session(handshake)
    if original is not None:
        if original.requested is False:
            return None
        sent = original.client_certificate == "sent"
        story = f"The session began in connection {original.connection}" + (
            ", with the client's certificate." if sent else "."
        )
    else:
        worked = accepted_before(case)
        if worked is None:
            raise undecided("neither the session's beginning nor another login of this client is in the capture")
        sent, story = False, f"In connection {worked} the same client logged in there with its certificate."
    offered = Evidence(hello.packet, "the client offers to resume a session")
    said = Evidence(alert.packet, "the server ends it at once: fatal alert internal_error (80)")
    return Match((offered, said), {"story": story}, Confidence.LIKELY if sent else Confidence.POSSIBLE)


def accepted_before(case: Case) -> int | None:
    """The connection in which this client gave this server a certificate and was not refused."""
    server, sni = case.connection.server, case.connection.sni
    for meeting in case.capture.meetings.of_client(case.connection.client.address):
        if (meeting.server, meeting.sni) == (server, sni) and meeting.answered and not meeting.refused:
            return meeting.connection
    return None
