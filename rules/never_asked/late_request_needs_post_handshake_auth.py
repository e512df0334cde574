"""Over TLS 1.3 the server can ask late only a client that offered it; this one did not, and was refused."""

from analyzer.rule_api import (
    TLS_1_3,
    Case,
    Confidence,
    Evidence,
    Match,
    Outcome,
    Phase,
    Severity,
    application_refusal,
    names_certificate,
    need,
    nobody_asked,
)


def check(case: Case) -> Match | None:
    handshake, said = case.handshake, case.handshake.application
    if handshake.phase is not Phase.INITIAL or handshake.outcome is not Outcome.COMPLETED:
        return None
    if need(handshake.version) != TLS_1_3:
        return None
    hello = need(handshake.client_hello)
    extensions = hello.message.extensions
    if extensions.post_handshake_auth:
        return None
    refused = application_refusal(case)
    if said is None or refused is None or not said.protocol.startswith("HTTP/1"):
        return None
    if not said.status.startswith("403") and not names_certificate(case):
        return None
    if not nobody_asked(case):
        return None
    told = names_certificate(case) or case.certificate_expected
    sure = told and not extensions.encrypted_client_hello  # with that, the true ClientHello may offer more
    return Match(
        (Evidence(hello.packet, "ClientHello without post_handshake_auth"), refused),
        {"status": said.status},
        Confidence.LIKELY if sure else Confidence.POSSIBLE,
        None if told else Severity.WARNING,
    )
