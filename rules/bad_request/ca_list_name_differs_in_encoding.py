"""The list names a CA of the client's chain, but written otherwise: same words, other bytes."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    NameMatch,
    client_path,
    compare_names,
    listed,
    need,
    no_answer,
)


def check(case: Case) -> Match | None:
    request, path = need(case.handshake.certificate_request), client_path(case)
    issuers = [certificate.issuer for certificate in path]
    if not request.names or listed(request, issuers) is not NameMatch.NORMALISED:
        return None
    name = next(
        issuer for issuer in issuers if any(compare_names(entry, issuer) is not None for entry in request.names)
    )
    evidence = Evidence(request.packet, f"the list names {name.text} in other bytes than the certificates do")
    decisive = no_answer(case)
    confidence = Confidence.LIKELY if decisive else Confidence.POSSIBLE
    return Match((evidence,), {"name": name.text}, confidence, decisive=decisive)
