"""What the client's flight proves, and what came after it: a refusal, or a request after the handshake (TLS 1.3).

Theory of operation
-------------------
The server judges the client's certificate last. It refuses with an alert and goes away; or it closes without a word; or
it goes on, with session tickets or application data, which are longer. A close_notify is as long as any alert: an alert
counts as a refusal only if it is all that the server still said, it came soon, and the client had not said goodbye
before. Servers that were asked to authenticate the client do not send application data before they have done so, so
that anything longer means that they went on.

A request after the handshake needs the client's offer (RFC 8446 section 4.2.6). Its answer has the shape of the
client's flight in the midst of application data, at once, and right after something that the server sent. Here the
server may have data under way when it refuses.
"""

from __future__ import annotations

import msgspec

from analyzer.model.flight_shapes import CONTEXT_BYTES, ClientFlight, ServerFlight, fitting_forms, read_late_flight
from analyzer.model.inferred import Flight, Inference, Inferred, Records
from analyzer.model.observed import Confidence
from analyzer.model.record_sizes import ALERT, SMALLEST_REQUEST, Padding, Sizes, keys_of_record, tls13_sizes
from analyzer.packets import Side
from analyzer.tls.codepoints import TLS_1_3
from analyzer.tls.direction import REPORTED_RECORDS

POSSIBLE, LIKELY = Confidence.POSSIBLE, Confidence.LIKELY
SOON_NS = 5 * 10**9
"""A server that refuses a certificate says so at once; revocation checks take longer, and then we are less sure."""
FEW_RECORDS = 8
"""Of the client, between its Finished and the server's alert: more make a conversation."""
GOODBYE = "the close_notify of a server that gives out no tickets and has nothing to say"
NOTHING_TO_SIGN = "without a Certificate there is nothing to sign"


def verify_of(client: ClientFlight, confidence: Confidence) -> Inferred:
    """Was there a CertificateVerify?"""
    if client.answer != "sent":
        return Inferred(False, confidence, NOTHING_TO_SIGN, packets=client.packets)
    if client.verify is not None:
        return Inferred(True, confidence, client.why, packets=(client.verify.packet,))
    if client.verify_missing:
        others = (
            "Certificate and CertificateVerify share the first record",
            "all three messages share the first record, and application data of that length follows",
        )
        why = f"no record between the Certificate and the Finished: {client.why}"
        return Inferred(False, POSSIBLE, why, others, client.packets)
    why = "it must follow a certificate, and there is room for it in the same record"
    return Inferred(True, POSSIBLE, why, ("it is missing", "the record is padded"), client.packets)


def key_of(client: ClientFlight) -> Inferred | None:
    """The kind of key from the length of the CertificateVerify (RFC 8446 section 4.4.3)."""
    if client.verify is None or client.sizes is None:
        return None
    readings = keys_of_record(client.sizes, TLS_1_3, client.verify.length)
    (key, size), *others = readings.items()
    why = f"{client.sizes.sum(size)}: header 4, scheme 2, length 2 and a signature of {size - 8} bytes"
    alternatives = tuple(other for other, _ in others)
    if key.startswith("EC "):
        alternatives += ("another curve of the same size",)
    return Inferred(key, POSSIBLE if others else LIKELY, why, alternatives, (client.verify.packet,))


def with_what_followed(
    flight: Flight, inference: Inference, server: ServerFlight | None, client: ClientFlight
) -> Inference:
    """The inference from both flights, completed by what came after them."""
    assert inference.client_certificate is not None
    inference = msgspec.structs.replace(
        inference,
        refused=_refused(flight, inference.client_certificate, server, client),
        dropped=_dropped(flight, inference.client_certificate, client),
    )
    if client.answer != "absent" or not flight.post_handshake_auth or not all(flight.whole):
        return inference
    late = _late(flight, server, client)
    if late is None:
        return inference
    answer = late.client_certificate
    assert answer is not None
    why = f"in the midst of application data the client answers a request: {answer.why}"
    late_request = msgspec.structs.replace(answer, value="post-handshake", why=why)
    return msgspec.structs.replace(inference, late=late, late_request=late_request)


def _refused(flight: Flight, answer: Inferred, server: ServerFlight | None, client: ClientFlight) -> Inferred | None:
    """Did the server's next word after the client's Finished refuse?"""
    assert client.finished is not None
    if not flight.whole[Side.SERVER]:
        return None
    theirs = flight.of(Side.SERVER)
    after = [record for record in theirs if record.packet > client.finished.packet]
    if not after:
        return None
    forms = (server.sizes,) if server is not None else fitting_forms(theirs, tls13_sizes(flight.cipher_suite))
    alert = next((sizes for sizes in forms if sizes.record(ALERT) == after[0].length), None)
    if alert is None:
        if server is None and min(record.length for record in theirs) == after[0].length:
            return None  # an alert with padding would be as short as any of its records
        why = f"the server went on after the client's Finished: {after[0].length} is no alert"
        return Inferred(False, answer.confidence, why, packets=(after[0].packet,))
    only_alerts = all(record.length == after[0].length for record in after) and len(theirs) < REPORTED_RECORDS
    if answer.value == "absent" or not only_alerts or _left_before(flight, client, after[0].packet):
        return None
    doubts = _doubts(flight, client, after, alert, server)
    why = f"{alert.sum(ALERT)}: an alert is all that the server sent after the client's Finished"
    confidence = POSSIBLE if doubts else answer.confidence
    others = (*doubts, GOODBYE)
    return Inferred(True, confidence, why, others, tuple(record.packet for record in after))


def _dropped(flight: Flight, answer: Inferred, client: ClientFlight) -> Inferred | None:
    """Did the server close in place of a word after the client's Finished?"""
    assert client.finished is not None
    ended, finished = flight.ended, client.finished
    closed = ended.server_closed
    if answer.value == "absent" or not all(flight.whole) or ended.by is not Side.SERVER:
        return None
    if closed is None or closed < finished.packet:  # before the answer came: it tired of waiting
        return None
    if ended.how == "rst" and ended.reset is not None and ended.reset.only_answers:
        return None  # when it closed, and after what, is not in the capture
    if _left_before(flight, client, closed) or any(r.packet > finished.packet for r in flight.of(Side.SERVER)):
        return None
    began, at = finished.timestamp_ns, ended.server_closed_ns
    soon = began is not None and at is not None and at - began <= SOON_NS
    why = "after the client's Finished the server sent nothing more and closed"
    others = () if soon else ("it tired of waiting, or of something else",)
    return Inferred(True, answer.confidence if soon else POSSIBLE, why, others, (finished.packet, closed))


def _left_before(flight: Flight, client: ClientFlight, packet: int) -> bool:
    """Had the client said goodbye or closed before that packet?"""
    assert client.sizes is not None
    closed = flight.ended.client_closed
    if closed is not None and closed < packet:
        return True
    goodbye = client.sizes.record(ALERT)
    return any(record.length == goodbye and record.packet < packet for record in client.rest)


def _doubts(
    flight: Flight, client: ClientFlight, after: Records, alert: Sizes, server: ServerFlight | None
) -> list[str]:
    """Why the server's alert may be no refusal."""
    assert client.finished is not None
    doubts = []
    if client.verify_missing:
        doubts.append("an alert because there was no CertificateVerify")
    if server is None and alert.padding is not Padding.NONE:
        doubts.append("application data of that length")
    if alert.padding is Padding.ADDS_16 and len(after) > 1:
        doubts.append("Java says goodbye with two alerts, user_canceled and close_notify")
    if flight.ended.server_closed is None:
        doubts.append("the capture does not show that the server closed")
    began, ended = client.finished.timestamp_ns, after[0].timestamp_ns
    if began is None or ended is None or ended - began > SOON_NS:
        doubts.append("a close_notify: it did not come soon after the client's Finished")
    if sum(record.packet < after[0].packet for record in client.rest) > FEW_RECORDS:
        doubts.append("a close_notify at the end of what the client had to say")
    return doubts


# -- post-handshake authentication


def _late(flight: Flight, server: ServerFlight | None, client: ClientFlight) -> Inference | None:
    """The first client's flight in the midst of application data, right after something that can be a request."""
    assert client.finished is not None
    assert client.sizes is not None
    theirs = flight.of(Side.SERVER)
    before = client.finished.packet
    for index, record in enumerate(client.rest):
        sent = [record_ for record_ in theirs if before < record_.packet < record.packet]
        before = record.packet
        answer = read_late_flight(client.rest[index:], client.sizes) if sent else None
        if answer is None:
            continue
        request = _request(sent, client.sizes, CONTEXT_BYTES if answer.answer == "empty" else 1)
        assert answer.finished is not None
        at_once = not any(record.packet < record_.packet < answer.finished.packet for record_ in theirs)
        if request is not None and at_once:
            return _late_inference(flight, server, answer, request)
    return None


def _request(sent: Records, sizes: Sizes, context: int) -> int | None:
    """Packet of the last record that is long enough for a CertificateRequest with such a context."""
    shortest = sizes.record(SMALLEST_REQUEST + context)
    return max((record.packet for record in sent if record.length >= shortest), default=None)


def _late_inference(flight: Flight, server: ServerFlight | None, answer: ClientFlight, request: int) -> Inference:
    given = Inferred(answer.answer, LIKELY, answer.why, packets=answer.packets)
    refused = _refused(flight, given, server, answer)
    if refused is not None and refused.value is False and not _stayed(flight, answer):
        under_way = "it was under way before the server read the client's answer"
        refused = msgspec.structs.replace(refused, confidence=POSSIBLE, alternatives=(under_way,))
    inference = Inference(
        requested=Inferred(True, LIKELY, answer.why, packets=(request, *answer.packets)),
        client_certificate=given,
        certificate_verify=verify_of(answer, LIKELY),
        client_key=key_of(answer),
        refused=refused,
    )
    refused_at_once = refused is not None and refused.value is True and refused.confidence is LIKELY
    if answer.answer == "sent" or refused_at_once:
        return inference
    # two lengths alone are too little to be sure
    fields = {name: value.at_most(POSSIBLE) for name, value in inference.inferences()}
    others = ("two records of application data of these lengths",)
    for name in ("requested", "client_certificate", "certificate_verify"):
        fields[name] = msgspec.structs.replace(fields[name], alternatives=others)
    return msgspec.structs.replace(inference, **fields)


def _stayed(flight: Flight, client: ClientFlight) -> bool:
    """The server kept the connection until the client said goodbye."""
    closed = flight.ended.server_closed
    ends = [record.packet for record in flight.of(Side.SERVER)[-1:]] + ([closed] if closed is not None else [])
    return _left_before(flight, client, max(ends))
