"""The server says that the client's certificate has been revoked."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, client_chain, client_leaf, refusal, refused_by


def check(case: Case) -> Match | None:
    chain, leaf, alert = client_chain(case), client_leaf(case), refusal(case)
    if alert is None or alert.description != AlertDescription.certificate_revoked:
        return None
    sent = Evidence(chain.packet, f"the client's certificate, serial number {leaf.serial}")
    said = refused_by(alert)
    return Match((sent, said), {"subject": leaf.subject.text, "serial": leaf.serial, "issuer": leaf.issuer.text})
