"""The client's certificate had expired when it was sent."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
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
    chain, leaf, _ = sent_by_client(case)
    at, end = time_of(case, chain.timestamp_ns), leaf.not_after_ns
    if end is None or at < end + LAST_SECOND_NS:
        return None
    return accuse(
        case,
        Evidence(chain.packet, f"the client's certificate was valid until {date_text(end)}"),
        named_by=AlertDescription.certificate_expired,
        values={"subject": leaf.subject.text, "until": date_text(end), "sent": date_text(at)},
    )
