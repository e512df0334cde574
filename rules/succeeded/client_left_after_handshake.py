"""The client's certificate was accepted, and the client left before it had sent a byte."""

from analyzer.rule_api import Case, Evidence, Match, client_chain, left, need


def check(case: Case) -> Match | None:
    gone = left(case)
    if gone is None:
        return None
    chain = client_chain(case)
    done = Evidence(need(case.handshake.server_finished), "the server's Finished: the handshake is complete")
    who = chain.leaf.subject.text if chain.leaf else "a certificate that cannot be read"
    return Match((Evidence(chain.packet, f"{who} is sent"), done, gone), {"who": who})
