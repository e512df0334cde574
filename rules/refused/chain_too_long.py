"""The client's chain leads to a listed CA, and yet the server finds none: more steps than it walks."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    client_chain,
    client_leaf,
    listed,
    names_certificate,
    need,
    refusal,
    turned_away,
    walked_chain,
)

USUAL_DEPTH = 1
"""Intermediates that nginx (ssl_verify_depth) and Apache (SSLVerifyDepth) allow unless told otherwise."""


def check(case: Case) -> Match | None:
    request, chain, alert = need(case.handshake.certificate_request), client_chain(case), refusal(case)
    if not (names_certificate(case) if alert is None else alert.description == AlertDescription.unknown_ca):
        return None
    walked = walked_chain(chain)
    if walked is None:
        return None
    above = walked.path[1:]
    between = [certificate for certificate in above if not certificate.self_issued]
    if len(between) <= USUAL_DEPTH or not all(certificate.is_ca for certificate in above):
        return None
    if listed(request, [walked.top.issuer]) is None:
        return None
    away = turned_away(case)
    if away is None:
        return None
    sent = Evidence(chain.packet, f"{len(between)} CAs between the client's certificate and the listed one")
    values = {"subject": client_leaf(case).subject.text, "between": str(len(between)), "top": walked.top.issuer.text}
    return Match((sent, away), values, None if alert is not None else Confidence.POSSIBLE)
