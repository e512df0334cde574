"""A session from before the server asked was resumed after it had begun to ask."""

from analyzer.rule_api import Case, Evidence, Match, asked_later, need


def check(case: Case) -> Match | None:
    if not need(case.handshake.resumed) or asked_later(case):
        return None
    original = case.capture.original_session(case.handshake)
    if original is None or original.requested is not False:
        return None
    connection = case.connection
    for meeting in case.capture.meetings.of(connection.server):
        if meeting.sni == connection.sni and meeting.first_packet < connection.first_packet:
            hello = need(case.handshake.server_hello)
            values = {"began": str(original.connection), "asked": str(meeting.connection)}
            return Match((Evidence(hello.packet, "the server resumes a session from before it asked"),), values)
    return None
