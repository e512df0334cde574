"""A TLS 1.3 request without any RSA-PSS scheme shuts RSA keys out."""

from analyzer.rule_api import (
    TLS_1_3,
    Case,
    Confidence,
    Evidence,
    Match,
    SignatureScheme,
    client_path,
    need,
    no_answer,
    signature_scheme_name,
)

RSA_PSS = frozenset(
    {
        SignatureScheme.rsa_pss_rsae_sha256,
        SignatureScheme.rsa_pss_rsae_sha384,
        SignatureScheme.rsa_pss_rsae_sha512,
    }
)


def check(case: Case) -> Match | None:
    request = need(case.handshake.certificate_request)
    if need(case.handshake.version) != TLS_1_3 or request.signature_schemes is None:
        return None
    if not RSA_PSS.isdisjoint(request.signature_schemes):
        return None
    leaf = client_path(case)[0]
    if leaf.key_type != "rsa":
        return None
    schemes = ", ".join(map(signature_scheme_name, request.signature_schemes)) or "none at all"
    evidence = Evidence(request.packet, f"CertificateRequest: signature schemes {schemes}")
    unanswered = no_answer(case)
    return Match(
        (evidence,),
        {"key": leaf.key, "schemes": schemes},
        Confidence.LIKELY if unanswered else Confidence.POSSIBLE,
        decisive=unanswered,
    )
