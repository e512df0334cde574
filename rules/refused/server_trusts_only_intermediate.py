"""The server lists an intermediate CA without its root, and does not take that for an end of the chain."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    Outcome,
    client_chain,
    client_leaf,
    listed,
    names_certificate,
    need,
    refusal,
    turned_away,
    walked_chain,
)


def check(case: Case) -> Match | None:
    request, chain, alert = need(case.handshake.certificate_request), client_chain(case), refusal(case)
    if alert is not None and alert.description != AlertDescription.unknown_ca:
        return None
    if alert is None and case.handshake.outcome is Outcome.COMPLETED and not names_certificate(case):
        return None
    walked, leaf = walked_chain(chain), client_leaf(case)
    if walked is None or not request.names or walked.top.self_issued:
        return None
    if listed(request, [walked.top.issuer]) is not None:
        return None
    trusted = next((authority for authority in walked.path[1:] if listed(request, [authority.subject])), None)
    away = turned_away(case) if trusted is not None else None
    if trusted is None or away is None or not trusted.is_ca:
        return None
    asked = Evidence(request.packet, f"the list names {trusted.subject.text}, and not {trusted.issuer.text} above it")
    values = {"subject": leaf.subject.text, "issuer": trusted.subject.text, "root": trusted.issuer.text}
    return Match((asked, away), values, None if alert is not None else Confidence.POSSIBLE)
