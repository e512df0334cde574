"""A server that asks late had to keep the body of the request meanwhile, and it was too large: HTTP status 413."""

from analyzer.rule_api import Case, Evidence, Match, Outcome, Severity, nobody_asked

TOO_LARGE = "413"


def check(case: Case) -> Match | None:
    said = case.handshake.application
    if said is None or not said.status.startswith(TOO_LARGE) or case.handshake.outcome is not Outcome.COMPLETED:
        return None
    if not nobody_asked(case):
        return None
    answer = Evidence(said.packet, f"the application answers: {said.protocol}, {said.status}")
    severity = None if case.certificate_expected else Severity.WARNING
    return Match((answer,), {"status": said.status}, severity=severity)
