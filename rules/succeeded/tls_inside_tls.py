"""Inside the encrypted connection the client begins TLS once more, and the server's application does not speak it."""

from analyzer.rule_api import Case, Evidence, Match, need


def check(case: Case) -> Match | None:
    handshake = case.handshake
    if not handshake.tls_inside:
        return None
    begins = Evidence(need(handshake.client_data), "the client's application data begins with another ClientHello")
    said = handshake.application
    if said is not None:
        answer = Evidence(said.packet, f"the application answers: {said.protocol}, {said.status}")
        return Match((begins, answer), {"answer": f"was answered with {said.protocol}, {said.status}"})
    return Match((begins,), {"answer": "got no TLS for an answer"})
