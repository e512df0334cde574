"""TLS completed, and the application behind it refused."""

from analyzer.rule_api import (
    Case,
    Evidence,
    Match,
    Outcome,
    Severity,
    application_refusal,
    names_certificate,
    need,
    nobody_asked,
)


def check(case: Case) -> Match | None:
    handshake, said, refused = case.handshake, case.handshake.application, application_refusal(case)
    if said is None or refused is None or handshake.outcome is not Outcome.COMPLETED:
        return None
    done = Evidence(need(handshake.client_finished), "the client's Finished: its part of the handshake is complete")
    return Match(
        (done, refused),
        {"protocol": said.protocol, "status": said.status},
        severity=Severity.WARNING if is_about_something_else(case) else None,
    )


def is_about_something_else(case: Case) -> bool:
    """Where nobody asked for a certificate, a refusal is everyday business, unless it names one or one was due."""
    return not names_certificate(case) and not case.certificate_expected and nobody_asked(case)
