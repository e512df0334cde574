"""The file that the client was meant to use holds no private key for its certificate."""

from analyzer.rule_api import Case, Evidence, Match, need, no_answer, undecided


def check(case: Case) -> Match | None:
    if not no_answer(case):
        return None
    if case.supplied is None:
        raise undecided("which certificate the client was meant to send is not known")
    supplied = case.supplied.certificate
    if supplied.has_key and supplied.key_matches is not False:
        return None
    what = "belongs to another certificate" if supplied.has_key else "is missing"
    request = need(case.handshake.certificate_request)
    evidence = Evidence(request.packet, "the request that the client did not answer with a certificate")
    return Match((evidence,), {"file": supplied.file, "what": what})
