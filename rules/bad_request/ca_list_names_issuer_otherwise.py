"""The list names the CA above the client's certificate by another name: a certificate of that name has its key."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    CertificateInfo,
    Confidence,
    Evidence,
    Match,
    Outcome,
    SeenChain,
    accuse,
    client_chooses,
    client_path,
    client_stack,
    issuer_listed,
    need,
    no_answer,
    same_key_issued,
)

MOST_KNOWN = 50
"""Certificates of listed names that are held against the chain."""


def check(case: Case) -> Match | None:
    request, handshake = need(case.handshake.certificate_request), case.handshake
    answer = handshake.client_certificate
    answered = type(answer) is SeenChain and bool(answer.certificates)
    if answered and handshake.outcome is Outcome.COMPLETED and handshake.application is None:
        return None  # as far as can be seen, nobody minded
    if not request.names:
        return None
    path = client_path(case)
    if issuer_listed(case) is not None:
        return None
    found = same_key_listed(case, path)
    if found is None:
        return None
    authority, below = found
    asked = Evidence(request.packet, f"the list names {authority.subject.text}, whose key signed {below.subject.text}")
    values = {"listed": authority.subject.text, "issuer": below.issuer.text}
    if answered:
        return accuse(case, asked, named_by=AlertDescription.unknown_ca, values=values, surest=Confidence.LIKELY)
    if not no_answer(case):
        return None
    stack = client_stack(case)
    passed_over = stack is not None and stack.names == "ignored"
    return Match((asked, *client_chooses(case)), values, Confidence.POSSIBLE if passed_over else Confidence.LIKELY)


def same_key_listed(case: Case, path: tuple[CertificateInfo, ...]) -> tuple[CertificateInfo, CertificateInfo] | None:
    """A known CA certificate with a listed name, and the certificate of the path that its key signed."""
    names = need(case.handshake.certificate_request).names
    known = [authority for name in names for authority in case.capture.certificates_for(name) if authority.is_ca]
    for authority in known[:MOST_KNOWN]:
        for below in path:
            if same_key_issued(authority, below):
                return authority, below
    return None
