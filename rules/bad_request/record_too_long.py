"""The server sent a handshake message in one record that is longer than TLS allows, and did not divide it."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, SeenRequest, Severity, Side, gave_up, need

LONGEST = 16_384
"""Bytes of a record (RFC 8446 section 5.1)."""
BEGINS = "record header: a record of "


def check(case: Case) -> Match | None:
    sent = undivided(case)
    if sent is None:
        return None
    alert = case.handshake.fatal_alert(Side.CLIENT)
    reaction = gave_up(case) if alert is None or alert.packet >= sent.packet else None
    values = {"what": sent.what}
    if reaction is None:
        return Match((sent,), values, Confidence.POSSIBLE, Severity.WARNING)
    return Match((sent, reaction), values, decisive=True)


def undivided(case: Case) -> Evidence | None:
    """The request, or whatever came in a record that is too long to be read here as well."""
    request = case.handshake.certificate_request
    if isinstance(request, SeenRequest):
        if request.message_bytes <= LONGEST or request.records > 1:
            return None
        what = f"its CertificateRequest of {request.message_bytes:,} bytes in one record, where TLS allows 16,384"
        return Evidence(request.packet, what)
    for packet, text in case.connection.malformed:
        if text.startswith(BEGINS) and packet >= need(case.handshake.server_hello).packet:
            return Evidence(packet, text.removeprefix("record header: "))
    return None
