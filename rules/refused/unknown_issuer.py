"""The server says that it does not know the CA behind the client's certificate, and no list says otherwise."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    client_chain,
    client_leaf,
    listed,
    need,
    refusal,
    turned_away,
    walked_chain,
)


def check(case: Case) -> Match | None:
    chain, leaf, alert = client_chain(case), client_leaf(case), refusal(case)
    if alert is None or alert.description != AlertDescription.unknown_ca:
        return None
    walked, refused = walked_chain(chain), turned_away(case)
    if walked is None or refused is None:
        return None
    request = need(case.handshake.certificate_request)
    if listed(request, walked.issuers) is not None:
        return None
    seen = Evidence(chain.packet, f"the client's chain ends below {walked.top.issuer.text}")
    values = {"issuer": leaf.issuer.text, "top": walked.top.issuer.text}
    return Match((seen, refused), values, Confidence.LIKELY)
