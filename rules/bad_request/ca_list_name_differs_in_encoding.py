"""The list names a CA of the client's chain, but written otherwise: same words, other bytes."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    NameMatch,
    SeenChain,
    Severity,
    client_chooses,
    client_path,
    client_stack,
    compare_names,
    issuer_listed,
    need,
    no_answer,
)

FINDS_IT = ("words", "ignored")
"""Such a client is not kept from answering by other bytes."""


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    if issuer_listed(case) is not NameMatch.NORMALISED:
        return None
    issuers = [certificate.issuer for certificate in client_path(case)]
    name = next(
        issuer for issuer in issuers if any(compare_names(entry, issuer) is not None for entry in request.names)
    )
    evidence = Evidence(request.packet, f"the list names {name.text} in other bytes than the certificates do")
    stack = client_stack(case)
    decisive = no_answer(case) and (stack is None or stack.names not in FINDS_IT)
    confidence = Confidence.LIKELY if decisive else Confidence.POSSIBLE
    answer = case.handshake.client_certificate
    answered = isinstance(answer, SeenChain) and not answer.empty
    weak = Severity.NOTE if answered else None  # it kept nobody from it here
    return Match((evidence, *client_chooses(case)), {"name": name.text}, confidence, weak, decisive)
