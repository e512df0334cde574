"""The server refused a certificate in which nothing is wrong that can be seen: the reason is on the server."""

from collections.abc import Sequence
from itertools import pairwise

from analyzer.rule_api import (
    GIVES_NO_REASON,
    AlertDescription,
    Case,
    CertificateInfo,
    Confidence,
    Evidence,
    Match,
    NameMatch,
    SeenRequest,
    SeenVerify,
    UndecidedError,
    alert_text,
    client_chain,
    has_weak_digest,
    has_weak_key,
    is_within_dates,
    issued,
    listed,
    name_violation,
    need,
    refusal,
    refused_by,
    revoked,
    time_of,
    too_deep,
    walked_chain,
)

LONGEST_USUAL = 2
"""Certificates without the root; longer chains may meet a limit."""


def check(case: Case) -> Match | None:
    request, alert = need(case.handshake.certificate_request), refusal(case)
    if alert is None or alert.description not in GIVES_NO_REASON:
        return None
    chain = client_chain(case)
    walked = walked_chain(chain)
    if walked is None or tuple(walked.path) != tuple(chain.certificates):
        return None
    path, at = walked.path, time_of(case, chain.timestamp_ns)
    proof = case.handshake.certificate_verify
    if isinstance(proof, SeenVerify) and is_doubtful(proof, request):
        return None
    if listed(request, [walked.top.issuer]) is not NameMatch.EXACT or len(path) > LONGEST_USUAL:
        return None
    if not all(is_sound(certificate, at) for certificate in path):
        return None
    if not all(above.may_issue and issued(above, below) for below, above in pairwise(path)):
        return None
    leaf = path[0]
    if not leaf.allows_signature or leaf.is_ca or name_violation(path) or too_deep(path) or is_revoked(case, path, at):
        return None
    sent = Evidence(chain.packet, "the client's chain: valid, for clients, and it leads to a listed CA")
    said = refused_by(alert)
    values = {"subject": leaf.subject.text, "top": walked.top.issuer.text, "alert": alert_text(alert)}
    sure = Confidence.POSSIBLE if alert.description == AlertDescription.handshake_failure else None
    return Match((sent, said), values, sure)


def is_doubtful(proof: SeenVerify, request: SeenRequest) -> bool:
    """It does not verify, or is in a scheme that the server did not offer."""
    schemes = request.signature_schemes
    return proof.valid is not True or (schemes is not None and proof.scheme not in schemes)


def is_revoked(case: Case, path: Sequence[CertificateInfo], at: int) -> bool:
    """A list that the user gave says so."""
    try:
        return revoked(case, path, at) is not None
    except UndecidedError:
        return False


def is_sound(certificate: CertificateInfo, at: int) -> bool:
    """Within its dates, for clients, without oddities, and not weak."""
    if certificate.problems or has_weak_key(certificate) or has_weak_digest(certificate):
        return False
    if certificate.spells_curve_out:
        return False
    return certificate.allows_client_auth and is_within_dates(certificate, at)
