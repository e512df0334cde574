"""The server's CA has the name of the client's issuer in other bytes, and this server compares bytes."""

from analyzer.rule_api import (
    GIVES_NO_REASON,
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    NameMatch,
    issuer_listed,
    need,
    refusal,
    refused_by,
    sent_by_client,
    server_stack,
)

COMPARES_BYTES = frozenset({"Go (crypto/tls)", "GnuTLS"})
"""They look for the issuer by the bytes of its name; OpenSSL and Java by the words (RFC 5280 section 7.1)."""

SAYS_NO_MORE = GIVES_NO_REASON | {AlertDescription.unknown_ca}


def check(case: Case) -> Match | None:
    request, alert = need(case.handshake.certificate_request), refusal(case)
    if alert is None or alert.description not in SAYS_NO_MORE:
        return None
    chain, _, walked = sent_by_client(case)
    if issuer_listed(case) is not NameMatch.NORMALISED:
        return None
    stack = server_stack(case)
    if stack is not None and stack.name not in COMPARES_BYTES:
        return None
    name = walked.top.issuer.text
    seen = (
        Evidence(request.packet, f"the list names {name} in other bytes than the client's certificates do"),
        Evidence(chain.packet, f"the client's chain ends below {name}"),
        refused_by(alert),
    )
    who = "This server" if stack is None else f"A server like this one, {stack.name},"
    values = {"name": name, "who": who}
    return Match(seen, values, Confidence.LIKELY if stack is not None else Confidence.POSSIBLE)
