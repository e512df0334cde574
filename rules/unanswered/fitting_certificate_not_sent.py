"""The certificate that the client was meant to send fits the request, and was not sent all the same."""

from analyzer.rule_api import Case, Evidence, Match, client_chooses, fit, intended, need, no_answer


def check(case: Case) -> Match | None:
    if not no_answer(case):
        return None
    request, supplied = need(case.handshake.certificate_request), intended(case).certificate
    if not (supplied.has_key and supplied.key_matches):
        return None
    found = fit(case)
    if found.reasons:
        return None
    how = "fits what the server asked for"
    if found.passed_over:
        how = f"is not what the server's list asks for, which does not keep {found.passed_over} from sending it"
    evidence = Evidence(request.packet, "the request that the certificate was held against")
    return Match((evidence, *client_chooses(case)), {"file": supplied.file, "how": how}, found.confidence)
