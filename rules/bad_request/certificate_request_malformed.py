"""The server's request for a certificate is not well formed: what a client cannot read it cannot answer."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    SeenRequest,
    Severity,
    UnreadableName,
    Unseen,
    gave_up,
    need,
)

WRAP = 65_536


def check(case: Case) -> Match | None:
    found = fault(case)
    if found is None:
        return None
    reaction = gave_up(case)
    if reaction is None:
        return Match((found,), {"what": found.what}, Confidence.POSSIBLE, Severity.WARNING)
    return Match((found, reaction), {"what": found.what}, decisive=True)


def fault(case: Case) -> Evidence | None:
    """The first thing in the request that cannot be read; a length that has wrapped has a rule of its own."""
    request = case.handshake.certificate_request
    if isinstance(request, Unseen):
        for packet, what in case.connection.malformed:
            if what.startswith("certificate_request: "):
                return Evidence(packet, what.removeprefix("certificate_request: "))
    return fault_in(need(request))


def fault_in(request: SeenRequest) -> Evidence | None:
    """The same in one that could be read in part."""
    surplus = request.list_bytes_actual - request.list_bytes
    if surplus > 0 and not surplus % WRAP:
        return None
    broken = next((name for name in request.names if isinstance(name, UnreadableName)), None)
    if broken is not None:
        return Evidence(request.packet, f"one of its CA names, {broken.text}, cannot be read: {broken.error}")
    return None if request.damaged is None else Evidence(request.packet, request.damaged)
