"""A CA certificate that the client sent along with its own was outside its dates."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    CertificateInfo,
    Evidence,
    Match,
    accuse,
    date_text,
    sent_by_client,
    time_of,
)

LAST_SECOND_NS = 1_000_000_000
"""The second named by notAfter still counts (RFC 5280 section 4.1.2.5)."""


def check(case: Case) -> Match | None:
    chain, leaf, walked = sent_by_client(case)
    if len(walked.path) == 1:
        return None
    at = time_of(case, chain.timestamp_ns)
    for issuer in walked.path[1:]:
        when = outside(issuer, at)
        if when is not None:
            return accuse(
                case,
                Evidence(chain.packet, f"the CA certificate {issuer.subject.text}, sent along, {when}"),
                named_by=AlertDescription.certificate_expired,
                values={
                    "subject": leaf.subject.text,
                    "issuer": issuer.subject.text,
                    "when": when,
                    "sent": date_text(at),
                },
            )
    return None


def outside(issuer: CertificateInfo, at: int) -> str | None:
    """How it is outside its dates. Of a root the server has a copy of its own, and that one counts."""
    if issuer.self_issued:
        return None
    begins, ends = issuer.not_before_ns, issuer.not_after_ns
    if ends is not None and at >= ends + LAST_SECOND_NS:
        return f"was valid until {date_text(ends)}"
    if begins is not None and at < begins:
        return f"is not valid before {date_text(begins)}"
    return None
