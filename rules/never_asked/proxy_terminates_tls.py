"""A proxy ended the client's TLS; on its own connection to the server behind it was asked, and had no certificate."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, Severity, need, nobody_asked


def check(case: Case) -> Match | None:
    connection = case.connection
    onward = [
        one
        for one in case.capture.meetings.of_client(connection.server.address)
        if not one.answered
        and connection.first_packet < one.first_packet < connection.last_packet
        and (one.refused or case.certificate_expected)  # any server may ask another one that would go on without
    ]
    if not onward or not nobody_asked(case):
        return None
    hello = need(case.handshake.server_hello)
    behind = next((one for one in onward if one.refused), onward[0])
    seen = (
        Evidence(hello.packet, "the server asks for no certificate"),
        Evidence(behind.first_packet, "meanwhile it connects to another server, which asks it for one"),
    )
    values = {"connection": str(behind.connection), "behind": f"{behind.server.address}:{behind.server.port}"}
    confidence = None if behind.refused else Confidence.POSSIBLE
    return Match(seen, values, confidence, None if case.certificate_expected else Severity.WARNING)
