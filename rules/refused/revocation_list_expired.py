"""The server calls something expired, and it is none of the certificates that the client sent."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Evidence,
    Match,
    alert_text,
    client_chain,
    client_leaf,
    refusal,
    time_of,
)


def check(case: Case) -> Match | None:
    chain, leaf, alert = client_chain(case), client_leaf(case), refusal(case)
    if alert is None or alert.description != AlertDescription.certificate_expired:
        return None
    at = time_of(case, chain.timestamp_ns)
    for certificate in chain.readable:
        begins, ends = certificate.not_before_ns, certificate.not_after_ns
        if begins is None or ends is None or not begins <= at <= ends:
            return None
    if len(chain.readable) < len(chain.certificates):
        return None
    sent = Evidence(chain.packet, "every certificate that the client sends is within its dates")
    said = Evidence(alert.packet, f"the server refuses: fatal alert {alert_text(alert)}")
    return Match((sent, said), {"subject": leaf.subject.text})
