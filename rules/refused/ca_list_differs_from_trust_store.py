"""The server lists the CA that the client's chain leads to, and yet says that it does not know the CA."""

from itertools import pairwise

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    client_chain,
    client_leaf,
    issued,
    listed,
    need,
    refusal,
    refused_by,
    too_deep,
    walked_chain,
)

USUAL_DEPTH = 1
"""Intermediates that servers follow unless told otherwise; beyond it the length is the likelier reason."""


def check(case: Case) -> Match | None:
    request, chain, alert = need(case.handshake.certificate_request), client_chain(case), refusal(case)
    if alert is None or alert.description != AlertDescription.unknown_ca:
        return None
    walked, leaf = walked_chain(chain), client_leaf(case)
    if walked is None or leaf.self_issued or listed(request, [walked.top.issuer]) is None:
        return None
    path, root = walked.path, walked.top.issuer
    between = [authority for authority in path[1:] if not authority.self_issued]
    if len(between) > USUAL_DEPTH or too_deep(path):
        return None
    if not all(above.may_issue and issued(above, below) for below, above in pairwise(path)):
        return None
    if case.capture.role(root).kind == "intermediate":
        return None
    known = case.capture.certificates_for(root)
    if known and not any(issued(authority, walked.top) for authority in known):
        return None
    sent = Evidence(chain.packet, f"the client's chain leads to {root.text}")
    asked = Evidence(request.packet, f"the list names {root.text}")
    values = {"subject": leaf.subject.text, "root": root.text}
    return Match((asked, sent, refused_by(alert)), values, Confidence.POSSIBLE)
