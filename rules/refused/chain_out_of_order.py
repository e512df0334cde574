"""The client's certificates do not stand in the order that TLS 1.2 wants, or some do not belong to the chain."""

from analyzer.rule_api import Case, Confidence, Evidence, Match, client_chain, turned_away, walked_chain


def check(case: Case) -> Match | None:
    chain = client_chain(case)
    sent = chain.readable
    walked = walked_chain(chain)
    if walked is None or len(sent) < len(chain.certificates) or tuple(walked.path) == tuple(sent):
        return None
    foreign = [certificate for certificate in sent if certificate not in walked.path]
    if foreign:
        count = len(foreign)
        what = f"{count} of the {len(sent)} certificates {'does' if count == 1 else 'do'} not belong to its chain"
    else:
        what = "they do not stand in the order leaf, issuer, issuer's issuer"
    away = turned_away(case)
    seen = Evidence(chain.packet, f"the client's certificates: {what}")
    return Match((seen, away) if away else (seen,), {"what": what}, Confidence.POSSIBLE)
