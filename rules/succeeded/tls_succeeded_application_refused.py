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
        severity=Severity.WARNING if asks_for_something_else(case, said.status) else None,
    )


def asks_for_something_else(case: Case, status: str) -> bool:
    """401 and 407 invite another kind of login (RFC 9110 sections 15.5.2 and 15.5.8), unless a certificate was due."""
    if not status.startswith(("401", "407")) or names_certificate(case) or case.certificate_expected:
        return False
    return nobody_asked(case)
