"""The server says that it does not know the CA behind the client's certificate, and no list says otherwise."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    issuer_listed,
    need,
    refusal,
    sent_by_client,
    turned_away,
)


def check(case: Case) -> Match | None:
    need(case.handshake.client_certificate)
    alert = refusal(case)
    if alert is None or alert.description != AlertDescription.unknown_ca:
        return None
    chain, leaf, walked = sent_by_client(case)
    refused = turned_away(case)
    if refused is None:
        return None
    if issuer_listed(case) is not None:
        return None
    seen = Evidence(chain.packet, f"the client's chain ends below {walked.top.issuer.text}")
    values = {"issuer": leaf.issuer.text, "top": walked.top.issuer.text}
    return Match((seen, refused), values, Confidence.LIKELY)
