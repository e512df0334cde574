"""The client's certificate was not valid yet when it was sent."""

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


def check(case: Case) -> Match | None:
    chain, leaf, _ = sent_by_client(case)
    at, start = time_of(case, chain.timestamp_ns), leaf.not_before_ns
    if start is None or at >= start:
        return None
    return accuse(
        case,
        Evidence(chain.packet, f"the client's certificate is valid from {date_text(start)} on"),
        named_by=AlertDescription.certificate_expired,
        values={"subject": leaf.subject.text, "start": date_text(start), "sent": date_text(at)},
    )
