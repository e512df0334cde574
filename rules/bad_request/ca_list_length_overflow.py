"""The names take more than 65,535 bytes, and the length in front of them has wrapped."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, Severity, gave_up, need

WRAP = 65_536


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    surplus = request.list_bytes_actual - request.list_bytes
    if surplus <= 0 or surplus % WRAP:
        return None
    reaction = gave_up(case)
    values = {"stated": f"{request.list_bytes:,}", "actual": f"{request.list_bytes_actual:,}"}
    what = f"the list states {request.list_bytes:,} bytes, its names take {request.list_bytes_actual:,}"
    evidence = Evidence(request.packet, f"CertificateRequest: {what}")
    if reaction is None:
        return Match((evidence,), values, Confidence.POSSIBLE, Severity.WARNING)
    return Match((evidence, reaction), values, Confidence.LIKELY, decisive=True)
