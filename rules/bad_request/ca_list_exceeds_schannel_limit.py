"""The list is longer than a Windows server would send."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, need

FIRST_FIGURE, LIMIT = 12_228, 16_384


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    size = request.list_bytes_actual
    if size < FIRST_FIGURE:
        return None
    cut = size >= LIMIT
    effect = "A Windows server would cut this list (event 36885)." if cut else "Some Windows versions may cut it."
    values = {"bytes": f"{size:,}", "count": str(len(request.names)), "effect": effect}
    evidence = Evidence(request.packet, f"CertificateRequest: the names take {size:,} bytes")
    return Match((evidence,), values, Confidence.LIKELY if cut else Confidence.POSSIBLE)
