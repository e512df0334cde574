"""A certificate of the client's chain is signed with a broken digest, or has a key that is too small."""

from collections.abc import Iterator

from analyzer.rule_api import (
    AlertDescription,
    Case,
    CertificateInfo,
    Confidence,
    Evidence,
    Match,
    accuse,
    client_chain,
    has_weak_digest,
    has_weak_key,
)


def check(case: Case) -> Match | None:
    chain = client_chain(case)
    weak = [f"{certificate.subject.text}: {what}" for certificate in chain.readable for what in weaknesses(certificate)]
    if not weak:
        return None
    return accuse(
        case,
        Evidence(chain.packet, f"the client's chain: {'; '.join(weak)}"),
        named_by=AlertDescription.bad_certificate,
        values={"weak": "; ".join(weak)},
        surest=Confidence.LIKELY,
    )


def weaknesses(certificate: CertificateInfo) -> Iterator[str]:
    """What is weak about it."""
    if not certificate.self_issued and has_weak_digest(certificate):
        yield f"signed with {certificate.signature_algorithm}"
    if has_weak_key(certificate):
        yield f"its key is {certificate.key}"
