"""The server asked, waited for seconds, and closed the connection before the client had answered."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    Outcome,
    SeenChain,
    Side,
    Unseen,
    need,
    silence_of_client,
    undecided,
)


def check(case: Case) -> Match | None:
    handshake, ending = case.handshake, case.connection.ending
    request = need(handshake.certificate_request)
    closed = ending.server_closed
    if closed is None or ending.by is not Side.SERVER or handshake.outcome is Outcome.COMPLETED:
        return None
    answer = handshake.client_certificate
    if isinstance(answer, SeenChain) and answer.packet < closed:
        return None
    if any(sender is Side.CLIENT for _, sender, _ in case.connection.missing):
        raise undecided("bytes of the client are missing from the capture")
    silence = silence_of_client(case)
    if silence is None or silence.then.sender is not Side.SERVER:
        return None
    asked = Evidence(request.packet, "the server asks for a certificate")
    if not isinstance(answer, Unseen):
        told, sure = "The client's answer came after that.", None
    else:  # one that was not seen to be missing may be under way, or lost
        told, sure = "The client never answered.", None if answer.absent else Confidence.POSSIBLE
    return Match((asked, silence.evidence), {"seconds": silence.seconds, "late": told}, sure)
