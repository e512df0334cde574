"""Asked for a certificate, the client went on as if it had not been."""

from analyzer.rule_api import Case, Evidence, Match, known, need


def check(case: Case) -> Match | None:
    handshake = case.handshake
    request = need(handshake.certificate_request)
    if known(handshake.client_certificate):
        return None
    for instead, what in (
        (handshake.client_key_exchange, "ClientKeyExchange"),
        (handshake.client_finished, "Finished"),
    ):
        if isinstance(instead, int):
            asked = Evidence(request.packet, "the server asks for a certificate")
            skipped = Evidence(instead, f"the client sends {what} without a Certificate message before it")
            return Match((asked, skipped), {"instead": what})
    return None
