"""TLS 1.3 wants RSA-PSS of an RSA key, and the client's own side cannot make it."""

from analyzer.rule_api import (
    TLS_1_3,
    Case,
    Confidence,
    Evidence,
    Match,
    SeenVerify,
    Severity,
    SignatureScheme,
    client_path,
    need,
    no_answer,
    signature_scheme_name,
    turned_away,
)

RSA_PSS = frozenset(
    {
        SignatureScheme.rsa_pss_rsae_sha256,
        SignatureScheme.rsa_pss_rsae_sha384,
        SignatureScheme.rsa_pss_rsae_sha512,
    }
)


def check(case: Case) -> Match | None:
    handshake, verify = case.handshake, case.handshake.certificate_verify
    if need(handshake.version) != TLS_1_3:
        return None
    if isinstance(verify, SeenVerify):
        return signed_otherwise(case, verify)
    hello = need(case.connection.handshakes[0].client_hello)
    announced, request = hello.message.extensions.signature_algorithms, need(handshake.certificate_request)
    if announced is None or not RSA_PSS.isdisjoint(announced) or RSA_PSS.isdisjoint(request.signature_schemes or ()):
        return None
    if not no_answer(case):
        return None
    leaf = client_path(case)[0]
    if leaf.key_type != "rsa":
        return None
    names = ", ".join(map(signature_scheme_name, announced))
    what = "The client's own ClientHello announces no RSA-PSS scheme, and it sent no certificate."
    return Match(
        (
            Evidence(hello.packet, f"ClientHello: signature schemes {names}"),
            Evidence(request.packet, "CertificateRequest: RSA-PSS schemes are allowed"),
        ),
        {"key": leaf.key, "what": what},
        Confidence.LIKELY,
    )


def signed_otherwise(case: Case, verify: SeenVerify) -> Match | None:
    """A signature that says itself that it is none of TLS 1.3's."""
    scheme = "" if verify.scheme is None else signature_scheme_name(verify.scheme)
    if not scheme.startswith("rsa_pkcs1_"):
        return None
    away = turned_away(case)
    seen = (Evidence(verify.packet, f"CertificateVerify: {scheme}"),) + ((away,) if away is not None else ())
    values = {"key": client_path(case)[0].key, "what": f"The client signed with {scheme} instead."}
    return Match(seen, values, Confidence.PROVED, None if away is not None else Severity.NOTE)
