"""The server sent its certificate without the intermediate CA that issued it."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    Severity,
    Side,
    accuse_server,
    issued,
    left,
    need,
)

MEANS_UNKNOWN = frozenset(
    {AlertDescription.unknown_ca, AlertDescription.bad_certificate, AlertDescription.certificate_unknown}
)


def check(case: Case) -> Match | None:
    chain, alert = need(case.handshake.server_certificate), case.handshake.fatal_alert(Side.CLIENT)
    leaf = chain.leaf
    if leaf is None or leaf.self_issued or len(chain.certificates) > 1:
        return None
    if alert.description not in MEANS_UNKNOWN if alert is not None else left(case) is None:
        return None
    above = [known for known in case.capture.certificates_for(leaf.issuer) if issued(known, leaf)]
    between = bool(above) and not any(known.self_issued for known in above)
    if above and not between:
        return None
    match = accuse_server(
        case,
        Evidence(chain.packet, f"the server sends one certificate, issued by {leaf.issuer.text}"),
        named_by=AlertDescription.unknown_ca,
        values={"subject": leaf.subject.text, "issuer": leaf.issuer.text},
        surest=Confidence.LIKELY if between else Confidence.POSSIBLE,
    )
    return match if between else Match(match.evidence, match.values, match.confidence, Severity.WARNING)
