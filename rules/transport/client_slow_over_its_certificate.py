"""The client gave its certificate, and took seconds for it."""

from analyzer.rule_api import Case, Evidence, Match, Outcome, Phase, Severity, need, silence_of_client


def check(case: Case) -> Match | None:
    handshake = case.handshake
    chain, silence = need(handshake.client_certificate), silence_of_client(case)
    if silence is None or silence.ended != chain.packet or chain.empty:
        return None
    if handshake.phase is Phase.POST_HANDSHAKE:  # there a client answers when it next reads
        return None
    sent = Evidence(chain.packet, "the client sends its certificate")
    fine = handshake.outcome is Outcome.COMPLETED
    return Match((silence.evidence, sent), {"seconds": silence.seconds}, severity=Severity.NOTE if fine else None)
