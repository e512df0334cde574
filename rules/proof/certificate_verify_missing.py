"""The client showed a certificate and did not prove that it holds the private key."""

from analyzer.rule_api import (
    TLS_1_3,
    Case,
    Evidence,
    Match,
    Side,
    cipher_suite_name,
    known,
    need,
    sent_by_client,
)


def check(case: Case) -> Match | None:
    handshake = case.handshake
    chain, leaf, _ = sent_by_client(case)
    if not leaf.can_sign or known(handshake.certificate_verify):
        return None
    if need(handshake.version) < TLS_1_3:
        if "_ECDH_" in cipher_suite_name(need(handshake.cipher_suite)):  # the key exchange itself is the proof
            return None
        exchange = need(handshake.client_key_exchange)
        after = [s for s in handshake.steps if s.sender is Side.CLIENT and s.packet >= exchange]
        if not any(s.what == "ChangeCipherSpec" for s in after) or any(s.what == "gap" for s in after):
            return None
        done = Evidence(exchange, "ClientKeyExchange, then ChangeCipherSpec, with no CertificateVerify between")
    else:
        done = Evidence(need(handshake.client_finished), "Finished straight after the Certificate")
    return Match((Evidence(chain.packet, "the client sends its certificate"), done))
