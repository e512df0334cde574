"""A proxy ended the client's TLS; on its own connection to the server behind it was asked, and had no certificate."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, Meeting, Severity, need, nobody_asked, undecided


def check(case: Case) -> Match | None:
    connection = case.connection
    onward = [
        one
        for one in case.capture.meetings.of_client(connection.server.address)
        if not one.answered
        and connection.first_packet < one.first_packet < connection.last_packet
        and (one.refused or case.certificate_expected)  # any server may ask another one that would go on without
    ]
    if not onward or case.handshake.tunnel_to is not None or not nobody_asked(case):
        return None
    hello = need(case.handshake.server_hello)
    behind = next((one for one in onward if one.refused), onward[0])
    if may_be_a_tunnel(case, behind):
        raise undecided("what the client wanted of this server is encrypted: it may have been a tunnel (CONNECT)")
    seen = (
        Evidence(hello.packet, "the server asks for no certificate"),
        Evidence(behind.first_packet, "meanwhile it connects to another server, which asks it for one"),
    )
    values = {"connection": str(behind.connection), "behind": str(behind.server)}
    confidence = None if behind.refused else Confidence.POSSIBLE
    return Match(seen, values, confidence, None if case.certificate_expected else Severity.WARNING)


def may_be_a_tunnel(case: Case, behind: Meeting) -> bool:
    """A proxy that tunnels says so ("200 Connection established") before the client's TLS to the server behind begins.

    One that ends TLS mostly has nothing to say before it was answered itself. What was decrypted is no tunnel.
    """
    said = case.handshake.server_data
    return case.handshake.application is None and isinstance(said, int) and said < behind.hello_packet
