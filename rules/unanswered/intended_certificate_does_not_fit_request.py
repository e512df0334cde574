"""The certificate that the client was meant to send is not what the request asks for."""

from analyzer.rule_api import Case, Evidence, Match, client_chooses, fit, intended, need, no_answer


def check(case: Case) -> Match | None:
    if not no_answer(case):
        return None
    request, found = need(case.handshake.certificate_request), fit(case)
    if not found.reasons:
        return None
    evidence = Evidence(request.packet, "the request that the certificate was held against")
    values = {"file": intended(case).certificate.file, "reasons": " ".join(found.reasons)}
    return Match((evidence, *client_chooses(case)), values, found.confidence)
