"""A certificate of the client's chain is signed with a broken digest, or has a key that is too small."""

from functools import lru_cache

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
    if not any(map(weaknesses, chain.readable)):
        return None
    weak = [f"{certificate.subject.text}: {what}" for certificate in chain.readable for what in weaknesses(certificate)]
    return accuse(
        case,
        Evidence(chain.packet, f"the client's chain: {'; '.join(weak)}"),
        named_by=AlertDescription.bad_certificate,
        values={"weak": "; ".join(weak)},
        surest=Confidence.LIKELY,
    )


@lru_cache(maxsize=1024)
def weaknesses(certificate: CertificateInfo) -> tuple[str, ...]:
    """What is weak about it. Most connections of a capture show the same few certificates."""
    weak = []
    if not certificate.self_issued and has_weak_digest(certificate):
        weak.append(f"signed with {certificate.signature_algorithm}")
    if has_weak_key(certificate):
        weak.append(f"its key is {certificate.key}")
    return tuple(weak)
