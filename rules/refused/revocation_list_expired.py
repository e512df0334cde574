"""The server calls something expired, and it is none of the certificates that the client sent."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Evidence,
    Match,
    client_chain,
    client_leaf,
    is_within_dates,
    refusal,
    refused_by,
    time_of,
)


def check(case: Case) -> Match | None:
    chain, leaf, alert = client_chain(case), client_leaf(case), refusal(case)
    if alert is None or alert.description != AlertDescription.certificate_expired:
        return None
    at = time_of(case, chain.timestamp_ns)
    if len(chain.readable) < len(chain.certificates):
        return None
    if not all(is_within_dates(certificate, at) for certificate in chain.readable):
        return None
    sent = Evidence(chain.packet, "every certificate that the client sends is within its dates")
    said = refused_by(alert)
    return Match((sent, said), {"subject": leaf.subject.text})
