"""The client's signature does not verify with the key of the certificate that it sent."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    SignatureFault,
    WrongSignature,
    client_chain,
    client_leaf,
    need,
    signature_scheme_name,
    turned_away,
)

SHOWN_BY_A_KEY = frozenset(
    {
        SignatureFault.OTHER_KEY,
        SignatureFault.WRONG_PADDING,
        SignatureFault.OTHER_HASH,
        SignatureFault.OTHER_PSS_PARAMETERS,
        SignatureFault.WRONG_LENGTH,
        SignatureFault.NO_SIGNATURE,
    }
)
"""A key has verified it over the handshake as captured: then we have seen what the client signed. Or it is none."""


def check(case: Case) -> Match | None:
    verify = need(case.handshake.certificate_verify)
    if verify.valid is not False:
        return None
    leaf, away = client_leaf(case), turned_away(case)
    fault = verify.fault or WrongSignature(SignatureFault.UNKNOWN)
    controls = case.handshake.controls
    checked = controls.server_certificate_verify is True or controls.client_finished is True
    scheme = signature_scheme_name(verify.scheme) if verify.scheme is not None else "the scheme of this version"
    signed = Evidence(verify.packet, f"CertificateVerify ({scheme}) does not verify with the key of the certificate")
    return Match(
        (Evidence(client_chain(case).packet, f"the client's certificate: {leaf.subject.text}"), signed)
        + ((away,) if away is not None else ()),
        {"subject": leaf.subject.text, "reason": reason(case, fault, scheme)},
        Confidence.PROVED if checked or fault.fault in SHOWN_BY_A_KEY else Confidence.LIKELY,
    )


def reason(case: Case, fault: WrongSignature, scheme: str) -> str:
    """What could be shown, as a sentence."""
    if fault.fault is SignatureFault.OTHER_KEY:
        signer = client_chain(case).readable[1:][fault.index or 0]
        made = f'The key of another certificate of its chain made it: "{signer.subject.text}".'
        if client_leaf(case).is_ca and not signer.is_ca:
            made += " The first certificate in the client's file is a CA; its own must come first."
        return made
    if fault.fault is SignatureFault.WRONG_PADDING:
        announced, used = ("RSA-PSS", "PKCS#1 v1.5") if "_pss_" in scheme else ("PKCS#1 v1.5", "RSA-PSS")
        return f"The right key made it, but in the form {used} where {announced} was announced ({scheme})."
    if fault.fault is SignatureFault.OTHER_HASH:
        return f"The right key made it, but with the hash {fault.hash}; announced was {scheme}."
    if fault.fault is SignatureFault.OTHER_PSS_PARAMETERS:
        return "The right key made it, but with a salt or mask that TLS does not allow for RSA-PSS."
    if fault.fault is SignatureFault.WRONG_LENGTH:
        return "The right key made it, but the number is not written in the length of the key."
    if fault.fault is SignatureFault.NO_SIGNATURE:
        return (
            f"It has {fault.length} bytes, fewer than any signature: the client's program or key store signed nothing."
        )
    if fault.fault is SignatureFault.OTHER_BYTES:
        return "The right key made it, over other bytes than this handshake: client and server saw different messages."
    return (
        "No key of its chain made it over this handshake: the private key in use belongs to another certificate, or "
        "other bytes were signed."
    )
