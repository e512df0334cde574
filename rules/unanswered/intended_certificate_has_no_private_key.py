"""The file that the client was meant to use holds no private key for its certificate."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, intended, need, no_answer


def check(case: Case) -> Match | None:
    if not no_answer(case):
        return None
    supplied = intended(case).certificate
    if supplied.has_key and supplied.key_matches is not False:
        return None
    request = need(case.handshake.certificate_request)
    evidence = Evidence(request.packet, "the request that the client did not answer with a certificate")
    if supplied.has_key:
        return Match((evidence,), {"file": supplied.file, "what": "its private key belongs to another certificate"})
    what = "it holds no private key, and the client may have none elsewhere"
    return Match((evidence,), {"file": supplied.file, "what": what}, Confidence.POSSIBLE)
