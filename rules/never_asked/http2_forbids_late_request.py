"""The connection speaks HTTP/2, in which a server may not ask for a certificate after the handshake."""

from analyzer.rule_api import (
    HTTP_1_1_REQUIRED,
    Case,
    Confidence,
    Evidence,
    Match,
    application_refusal,
    names_certificate,
    need,
    nobody_asked,
)


def check(case: Case) -> Match | None:
    handshake, said, refused = case.handshake, case.handshake.application, application_refusal(case)
    if said is None or refused is None or said.protocol != "HTTP/2":
        return None
    told = said.status == HTTP_1_1_REQUIRED
    if not told and not said.status.startswith("403"):
        return None
    if not nobody_asked(case):
        return None
    if told:
        what = "The server answered that it wants HTTP/1.1 for this"
        confidence = Confidence.PROVED if case.certificate_expected else Confidence.LIKELY
    else:
        what = f"The server refused the request ({said.status})"
        sure = case.certificate_expected or names_certificate(case)
        confidence = Confidence.LIKELY if sure else Confidence.POSSIBLE
    hello = need(handshake.server_hello)
    begun = Evidence(hello.packet, "the server asks for no certificate in this handshake")
    return Match((begun, refused), {"what": what}, confidence)
