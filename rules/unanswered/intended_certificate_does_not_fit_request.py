"""The certificate that the client was meant to send is not what the request asks for."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, need, no_answer, undecided

HARD = frozenset(
    {
        "issuer-not-listed",
        "issuer-listed-only-through-missing-intermediate",
        "key-type-not-accepted",
        "no-common-signature-scheme",
    }
)
SOFT = frozenset(
    {
        "issuer-listed-in-another-encoding",
        "eku-forbids-client-auth",
        "key-usage-forbids-signing",
        "expired",
        "not-yet-valid",
    }
)


def check(case: Case) -> Match | None:
    if not no_answer(case):
        return None
    request = need(case.handshake.certificate_request)
    supplied = case.supplied
    if supplied is None or supplied.match is None:
        raise undecided("which certificate the client was meant to send is not known")
    against = [o for o in supplied.match.obstacles if o.code in HARD or o.code in SOFT]
    reasons = " ".join(obstacle.text for obstacle in against)
    if not against and supplied.match.would_match.direct_issuer is False:
        reasons = "Its direct issuer is not listed, only a CA further up: clients that do not build chains miss it."
    if not reasons:
        return None
    hard = any(obstacle.code in HARD for obstacle in against)
    evidence = Evidence(request.packet, "the request that the certificate was held against")
    values = {"file": supplied.certificate.file, "reasons": reasons}
    return Match((evidence,), values, Confidence.LIKELY if hard else Confidence.POSSIBLE)
