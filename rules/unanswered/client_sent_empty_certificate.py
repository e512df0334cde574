"""Asked for a certificate, the client answered with none."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Inferred,
    Match,
    Outcome,
    Reason,
    Severity,
    Side,
    Unseen,
    alert_text,
    application_refusal,
    client_chooses,
    dropped,
    inferred_evidence,
    inferred_logins,
    names_certificate,
    need,
    refusal,
    refused_by,
    says,
)


def check(case: Case) -> Match | None:
    handshake = case.handshake
    for login in inferred_logins(case):
        if login.client_certificate is not None and says(login.client_certificate, "empty"):
            return _inferred(case, login.client_certificate, login.refused)
    answer = need(handshake.client_certificate)
    if not answer.empty:
        return None
    seen: tuple[Evidence, ...] = (
        *client_chooses(case),
        Evidence(answer.packet, "the client's Certificate message is empty"),
    )
    alert, drop = refusal(case), dropped(case)
    if alert is not None:
        refused = f"The server then refused the login: fatal alert {alert_text(alert)}."
        seen += (refused_by(alert),)
        return Match(seen, {"then": refused})
    if drop is not None:
        return Match((*seen, drop), {"then": "The server then closed the connection without a word."})
    said = handshake.application
    told = application_refusal(case)
    if handshake.outcome is Outcome.COMPLETED and said is not None and told is not None:
        answered = f"TLS went on without one, and the application then refused: {said.protocol}, {said.status}."
        sure = None if names_certificate(case) or case.certificate_expected else Confidence.LIKELY
        return Match((*seen, told), {"then": answered}, sure)
    if handshake.outcome is Outcome.COMPLETED:
        severity = None if case.certificate_expected else Severity.WARNING
        accepted = "The server went on without one; the application may still refuse."
        return Match(seen, {"then": accepted}, severity=severity)
    if handshake.outcome is Outcome.UNDETERMINED or case.connection.ending.by is not Side.CLIENT:
        data = handshake.server_data
        hidden = isinstance(data, Unseen) and data.why is Reason.ENCRYPTED
        return Match(
            seen, {"then": f"What the server made of it is {'encrypted' if hidden else 'not in the capture'}."}
        )
    gone = "Then the client itself ended the connection."
    return Match(seen, {"then": gone}, Confidence.LIKELY, Severity.WARNING)


def _inferred(case: Case, guess: Inferred, refused: Inferred | None) -> Match:
    seen = (*client_chooses(case), inferred_evidence(guess))
    if refused is not None and says(refused, True):
        then = "The server then refused the login with an alert, which is encrypted."
        return Match((*seen, inferred_evidence(refused)), {"then": then}, guess.confidence)
    then = "The server went on without one; the application may still refuse."
    if not says(refused, False):
        then = "What the server made of it is encrypted."
    severity = None if case.certificate_expected else Severity.WARNING
    return Match(seen, {"then": then}, guess.confidence, severity)
