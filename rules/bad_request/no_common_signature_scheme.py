"""The request offers no signature scheme in which the client's key can sign."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    client_path,
    has_common_scheme,
    need,
    no_answer,
    signature_scheme_name,
)


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    if request.signature_schemes is None:
        return None
    leaf, version = client_path(case)[0], need(case.handshake.version)
    if has_common_scheme(leaf, request.signature_schemes, version) is not False:
        return None
    schemes = ", ".join(map(signature_scheme_name, request.signature_schemes)) or "none at all"
    evidence = Evidence(request.packet, f"CertificateRequest: signature schemes {schemes}")
    confidence = Confidence.LIKELY if no_answer(case) else Confidence.POSSIBLE
    return Match((evidence,), {"key": leaf.key, "schemes": schemes}, confidence, decisive=True)
