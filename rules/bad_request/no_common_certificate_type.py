"""The request's certificate types leave out the kind of key that the client's certificate has."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    accepted_by_types,
    certificate_type_name,
    client_path,
    need,
    no_answer,
)


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    if request.certificate_types is None:
        return None
    leaf = client_path(case)[0]
    if accepted_by_types(leaf, request.certificate_types) is not False:
        return None
    types = ", ".join(map(certificate_type_name, request.certificate_types)) or "none at all"
    evidence = Evidence(request.packet, f"CertificateRequest: certificate types {types}")
    confidence = Confidence.LIKELY if no_answer(case) else Confidence.POSSIBLE
    return Match((evidence,), {"key": leaf.key, "types": types}, confidence, decisive=True)
