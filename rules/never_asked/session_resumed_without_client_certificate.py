"""A session was resumed, so nobody was asked; and the session's beginning had no client certificate."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    Severity,
    application_refusal,
    asked_later,
    names_certificate,
    need,
    undecided,
)


def check(case: Case) -> Match | None:
    if not need(case.handshake.resumed) or asked_later(case):
        return None
    original = case.capture.original_session(case.handshake)
    hello = need(case.handshake.server_hello)
    evidence = Evidence(hello.packet, "the server resumes an earlier session")
    missed = case.certificate_expected or names_certificate(case)
    if original is None and not missed:
        raise undecided("the handshake that began the resumed session is not in the capture")
    if original is None:
        values = {"beginning": "The session's beginning is not in the capture."}
        return Match((evidence,), values, Confidence.POSSIBLE)
    if original.client_certificate == "sent":
        return None
    if original.client_certificate == "unknown":
        raise undecided("whether the resumed session began with a client certificate could not be seen")
    empty = original.client_certificate == "empty"
    what = "the client had answered with none" if empty else "the server had not asked"
    values = {"beginning": f"It began in connection {original.connection}, where {what}."}
    accepted = Severity.WARNING if empty else Severity.NOTE
    missed = missed or (empty and application_refusal(case) is not None)
    return Match((evidence,), values, Confidence.LIKELY, None if missed else accepted)
