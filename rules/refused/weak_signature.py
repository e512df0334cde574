"""A certificate of the client's chain is signed with a broken digest, or has a key that is too small."""

from collections.abc import Iterator

from analyzer.rule_api import AlertDescription, Case, CertificateInfo, Confidence, Evidence, Match, accuse, client_chain

MIN_RSA_BITS = 2048
MIN_EC_BITS = 224
"""What 112 bits of security take (NIST SP 800-57 part 1, table 2)."""


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
    """What is weak about it. Nobody looks at the signature of a root on itself."""
    algorithm, bits = certificate.signature_algorithm, certificate.key_bits
    if not certificate.self_issued and any(digest in algorithm.upper() for digest in ("SHA1", "MD5", "MD2")):
        yield f"signed with {algorithm}"
    least = {"rsa": MIN_RSA_BITS, "rsa-pss": MIN_RSA_BITS, "dsa": MIN_RSA_BITS, "ec": MIN_EC_BITS}
    if bits is not None and bits < least.get(certificate.key_type, 0):
        yield f"its key is {certificate.key}"
