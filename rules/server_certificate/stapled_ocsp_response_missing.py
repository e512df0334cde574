"""The server's certificate obliges the server to send an OCSP response along, and none came."""

from analyzer.rule_api import (
    TLS_1_3,
    AlertDescription,
    Case,
    Evidence,
    Match,
    Side,
    accuse_server,
    need,
    undecided,
)


def check(case: Case) -> Match | None:
    chain = need(case.handshake.server_certificate)
    leaf = chain.leaf
    if leaf is None or not leaf.must_staple:
        return None
    if need(case.handshake.version) >= TLS_1_3:
        raise undecided("in TLS 1.3 an OCSP response comes inside the Certificate message, where it is not read")
    sent = [step.what for step in case.handshake.steps if step.sender is Side.SERVER]
    if "CertificateStatus" in sent:
        return None
    if "ServerHelloDone" not in sent:
        raise undecided("the capture does not hold all that the server sent")
    return accuse_server(
        case,
        Evidence(chain.packet, "the server's certificate wants an OCSP response along; no CertificateStatus follows"),
        named_by=AlertDescription.bad_certificate_status_response,
        values={"subject": leaf.subject.text},
    )
