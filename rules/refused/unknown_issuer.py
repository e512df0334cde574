"""The server says that it does not know the CA behind the client's certificate, and no list says otherwise."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    issuer_listed,
    refusal,
    sent_by_client,
    turned_away,
)


def check(case: Case) -> Match | None:
    chain, leaf, walked = sent_by_client(case)
    alert = refusal(case)
    if alert is None or alert.description != AlertDescription.unknown_ca:
        return None
    refused = turned_away(case)
    if refused is None:
        return None
    if issuer_listed(case) is not None:
        return None
    seen = Evidence(chain.packet, f"the client's chain ends below {walked.top.issuer.text}")
    values = {"issuer": leaf.issuer.text, "top": walked.top.issuer.text}
    return Match((seen, refused), values, Confidence.LIKELY)
