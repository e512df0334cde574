"""The client calls the server's certificate expired, and none that the server sent is."""

from analyzer.rule_api import AlertDescription, Case, Evidence, Match, Side, is_within_dates, need, refused_by, time_of


def check(case: Case) -> Match | None:
    alert = case.handshake.fatal_alert(Side.CLIENT)
    if alert is None or alert.description != AlertDescription.certificate_expired:
        return None
    chain = need(case.handshake.server_certificate)
    at, leaf = time_of(case, chain.timestamp_ns), chain.leaf
    if leaf is None or len(chain.readable) < len(chain.certificates):
        return None
    if not all(is_within_dates(certificate, at) for certificate in chain.readable):
        return None
    sent = Evidence(chain.packet, "every certificate that the server sends is within its dates")
    return Match((sent, refused_by(alert)), {"subject": leaf.subject.text})
