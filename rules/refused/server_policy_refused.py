"""The server refused a certificate in which nothing is wrong that can be seen: the reason is on the server."""

from itertools import pairwise

from analyzer.rule_api import (
    AlertDescription,
    Case,
    CertificateInfo,
    Confidence,
    Evidence,
    Match,
    SeenVerify,
    alert_text,
    client_chain,
    issued,
    listed,
    need,
    refusal,
    time_of,
    walk_chain,
)

WITHOUT_A_REASON = frozenset(
    {
        AlertDescription.bad_certificate,
        AlertDescription.certificate_unknown,
        AlertDescription.access_denied,
        AlertDescription.handshake_failure,
    }
)
LONGEST_USUAL = 2
"""Certificates without the root; longer chains may meet a limit."""


def check(case: Case) -> Match | None:
    request, chain, alert = need(case.handshake.certificate_request), client_chain(case), refusal(case)
    if alert is None or alert.description not in WITHOUT_A_REASON:
        return None
    walked = walk_chain(chain.readable)
    if walked is None or tuple(walked.path) != tuple(chain.certificates):
        return None
    path, at = walked.path, time_of(case, chain.timestamp_ns)
    proof = case.handshake.certificate_verify
    if isinstance(proof, SeenVerify) and proof.valid is not True:
        return None
    if listed(request, [walked.top.issuer]) is None or len(path) > LONGEST_USUAL:
        return None
    if not all(is_sound(certificate, at) for certificate in path):
        return None
    if not all(above.is_ca and issued(above, below) for below, above in pairwise(path)):
        return None
    leaf = path[0]
    if leaf.key_usage is not None and "digitalSignature" not in leaf.key_usage:
        return None
    sent = Evidence(chain.packet, "the client's chain: valid, for clients, and it leads to a listed CA")
    said = Evidence(alert.packet, f"the server refuses: fatal alert {alert_text(alert)}")
    values = {"subject": leaf.subject.text, "top": walked.top.issuer.text, "alert": alert_text(alert)}
    sure = Confidence.POSSIBLE if alert.description == AlertDescription.handshake_failure else None
    return Match((sent, said), values, sure)


def is_sound(certificate: CertificateInfo, at: int) -> bool:
    """Within its dates, for clients, without oddities, and not weak."""
    begins, ends, bits = certificate.not_before_ns, certificate.not_after_ns, certificate.key_bits
    if begins is None or ends is None or not begins <= at <= ends or certificate.problems:
        return False
    if certificate.key_type == "rsa" and bits is not None and bits < 2048:
        return False
    return certificate.allows_client_auth and "SHA1" not in certificate.signature_algorithm.upper()
