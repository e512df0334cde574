"""The client took seconds to answer that it has no certificate: as long as a person takes."""

from analyzer.rule_api import Case, Evidence, Match, Phase, need, silence_of_client


def check(case: Case) -> Match | None:
    handshake = case.handshake
    answer = need(handshake.client_certificate)
    if not answer.empty or handshake.phase is Phase.POST_HANDSHAKE:  # there a client answers when it next reads
        return None
    silence = silence_of_client(case)
    if silence is None or silence.ended != answer.packet:
        return None
    said = Evidence(answer.packet, "the client's Certificate message is empty")
    return Match((silence.evidence, said), {"seconds": silence.seconds})
