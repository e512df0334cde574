"""The client signed in a scheme that the server's request does not list."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    Severity,
    need,
    refusal,
    signature_scheme_name,
    turned_away,
)

OF_THE_PROOF = frozenset(
    {AlertDescription.illegal_parameter, AlertDescription.handshake_failure, AlertDescription.decrypt_error}
)


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    verify = need(case.handshake.certificate_verify)
    if verify.scheme is None or request.signature_schemes is None or verify.scheme in request.signature_schemes:
        return None
    scheme = signature_scheme_name(verify.scheme)
    offered = ", ".join(map(signature_scheme_name, request.signature_schemes)) or "none at all"
    seen: tuple[Evidence, ...] = (
        Evidence(request.packet, f"CertificateRequest: signature schemes {offered}"),
        Evidence(verify.packet, f"CertificateVerify: {scheme}"),
    )
    values = {"scheme": scheme, "offered": offered}
    alert, away = refusal(case), turned_away(case)
    if away is None:
        return Match(seen, values, Confidence.POSSIBLE, Severity.NOTE)
    seen = (*seen, away)
    if alert is not None and alert.description not in OF_THE_PROOF:
        return Match(seen, values, Confidence.POSSIBLE, Severity.WARNING)
    named = alert is not None and alert.description == AlertDescription.illegal_parameter
    return Match(seen, values, Confidence.PROVED if named else Confidence.LIKELY)
