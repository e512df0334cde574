"""What encrypted records tell, without keys, of client authentication in TLS 1.3; see also :mod:`.renegotiation`.

Theory of operation
-------------------
Both flights are recognised on their own (:mod:`.flight_shapes`), then held against each other. A server that asks
must be answered with a Certificate, be it empty, and one that does not ask must not be (RFC 8446 section 4.4.2), so
that each flight tells of the other. A value is *likely* only where the lengths of a whole flight identify it and
nothing contradicts; where the flights disagree nothing is likely; everything else is *possible*, with the other
readings said.

The server judges the client's certificate last. It refuses with an alert and goes away; or it goes on, with session
tickets or application data, which are longer. A close_notify is as long as any alert: an alert counts as a refusal
only if it is all that the server still said, it came soon, and the client had not said goodbye before.

A request after the handshake needs the client's offer. Its answer has the shape of the client's flight in the midst
of application data, right after something that the server sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.model.flight_shapes import (
    ClientFlight,
    ServerFlight,
    read_client_flight,
    read_late_flight,
    read_server_flight,
)
from analyzer.model.inferred import NOTHING, Flight, Inference, Inferred, Records
from analyzer.model.observed import Confidence
from analyzer.model.record_sizes import ALERT, END_OF_EARLY_DATA, Padding, Sizes, keys_of_record, tls13_sizes
from analyzer.model.renegotiation import infer_tls12
from analyzer.packets import Side
from analyzer.tls.codepoints import TLS_1_3, ContentType
from analyzer.tls.events import EncryptedRecordReceived

__all__ = ["NOTHING", "Flight", "Inference", "Inferred", "infer_tls12", "infer_tls13"]

POSSIBLE, LIKELY = Confidence.POSSIBLE, Confidence.LIKELY
SOON_NS = 5 * 10**9
"""A server that refuses a certificate says so at once; revocation checks take longer, and then we are less sure."""
RECORDS_TOLD = 24
"""The TLS room tells of no more of them per side: behind so many anything may follow."""
FEW_RECORDS = 8
"""Of the client, between its Finished and the server's alert: more make a conversation."""
NO_CERTIFICATE_NEEDED = "without a Certificate there is nothing to sign"


def infer_tls13(flight: Flight) -> Inference:
    """What the records of a TLS 1.3 connection tell of client authentication."""
    forms = tls13_sizes(flight.cipher_suite)
    if not forms or any(record.content_type != ContentType.application_data for record in flight.records):
        return NOTHING
    server = read_server_flight(flight.of(Side.SERVER), forms) if flight.whole[Side.SERVER] else None
    if flight.resumed:
        return _resumed(flight, forms)
    client = None
    if flight.whole[Side.CLIENT]:
        client = read_client_flight(_client_records(flight, server), forms) or _silent(flight)
    inference = _with_client(flight, server, client) if client is not None else _server_only(server)
    rejected = flight.early_data and not flight.hello_retry
    return _at_most(POSSIBLE, inference) if rejected or flight.resumed is None else inference


def _at_most(confidence: Confidence, inference: Inference) -> Inference:
    fields = {name: getattr(inference, name) for name in inference.__struct_fields__}
    fields |= {name: value.at_most(confidence) for name, value in inference}
    if inference.late is not None:
        fields["late"] = _at_most(confidence, inference.late)
    return Inference(**fields)


def _client_records(flight: Flight, server: ServerFlight | None) -> Records:
    """The client's records of the handshake proper: without early data that the server did not take."""
    records = flight.of(Side.CLIENT)
    if not flight.early_data:
        return records
    if server is not None:
        after = server.pieces[-1].packet
    else:
        after = min((record.packet for record in flight.of(Side.SERVER)), default=0)
    return [record for record in records if record.packet > after]


def _silent(flight: Flight) -> ClientFlight | None:
    """The client went away without a single encrypted record."""
    closed = flight.ended.client_closed
    if flight.of(Side.CLIENT) or closed is None:
        return None
    return ClientFlight("absent", "the client closed without sending anything encrypted", (closed,), True)


# -- a PSK handshake


def _resumed(flight: Flight, forms: Sequence[Sizes]) -> Inference:
    """The server must not ask where a PSK authenticates (RFC 8446 section 4.3.2)."""
    records: Records = flight.of(Side.CLIENT) if flight.whole[Side.CLIENT] else ()
    if flight.early_data:
        records = _after_early_data(records, forms)
    client = read_client_flight(records, forms)
    if client is not None and client.answer != "absent":
        return NOTHING  # external PSK with certificate authentication (RFC 8773)
    why = "the ServerHello selects a pre-shared key, and such a handshake never asks"
    inference = Inference(
        requested=Inferred(False, LIKELY, why),
        client_certificate=Inferred("absent", LIKELY, why),
        certificate_verify=Inferred(False, LIKELY, NO_CERTIFICATE_NEEDED),
    )
    if client is None or client.finished is None:
        return inference
    return _with_what_followed(flight, inference, None, client)


def _after_early_data(records: Records, forms: Sequence[Sizes]) -> Records:
    """What follows EndOfEarlyData: the Finished comes right after it (RFC 8446 section 4.5)."""
    for sizes in forms:
        pair = (sizes.record(END_OF_EARLY_DATA), sizes.record(sizes.finished))
        for index in range(len(records) - 1):
            if (records[index].length, records[index + 1].length) == pair:
                return records[index + 1 :]
    return ()


# -- a full handshake


def _server_only(server: ServerFlight | None) -> Inference:
    if server is None:
        return NOTHING
    return Inference(requested=_asked_by_server(server), padding=_padding(server, None))


def _asked_by_server(server: ServerFlight) -> Inferred:
    if server.certain_alone:
        return Inferred(server.asked, LIKELY, server.why, packets=server.packets)
    other = (
        "the second and third record are one Certificate in two pieces"
        if server.asked
        else "the first record holds EncryptedExtensions and a CertificateRequest"
    )
    return Inferred(server.asked, POSSIBLE, server.why, (other,), server.packets)


def _with_client(flight: Flight, server: ServerFlight | None, client: ClientFlight) -> Inference:
    if client.finished is None:
        return _gave_up(server, client)
    asked = client.answer != "absent"
    if server is not None and server.asked is not asked:
        return _contradiction(server, client)
    confidence = _confidence(server, client)
    others = () if confidence is LIKELY else ("a Finished, or an empty Certificate and a Finished, with padding",)
    if server is not None:
        packets = tuple(sorted({*server.packets, *client.packets}))
        requested = Inferred(asked, confidence, f"{server.why}; {client.why}", others, packets)
    else:
        requested = Inferred(asked, confidence, client.why, others, client.packets)
    inference = Inference(
        requested=requested,
        client_certificate=Inferred(client.answer, confidence, client.why, others, client.packets),
        certificate_verify=_verify(client, confidence),
        client_key=_key(client),
        padding=_padding(server, client),
    )
    return _with_what_followed(flight, inference, server, client)


def _confidence(server: ServerFlight | None, client: ClientFlight) -> Confidence:
    """Lengths that are exact speak for themselves; a mere "too long" needs the server's flight to agree."""
    if client.exact:
        return LIKELY
    return LIKELY if server is not None and server.certain_alone and not client.maybe_padded else POSSIBLE


def _gave_up(server: ServerFlight | None, client: ClientFlight) -> Inference:
    """No Finished of the client: only the server's flight tells whether it was asked."""
    alert = client.sizes is not None
    return Inference(
        requested=_asked_by_server(server) if server is not None else None,
        client_certificate=Inferred("absent", LIKELY, client.why, packets=client.packets),
        certificate_verify=Inferred(False, LIKELY, NO_CERTIFICATE_NEEDED, packets=client.packets),
        client_refused=Inferred(True, LIKELY, client.why, packets=client.packets) if alert else None,
        padding=_padding(server, client),
    )


def _contradiction(server: ServerFlight, client: ClientFlight) -> Inference:
    """The flights disagree, so that one was misread; the client's is the more telling one, if it is exact."""
    if not client.exact:
        return NOTHING
    why = f"{client.why}; but {server.why}"
    return Inference(
        requested=Inferred(client.answer != "absent", POSSIBLE, why, ("the server's flight is right",), client.packets),
        client_certificate=Inferred(client.answer, POSSIBLE, why, ("the client's flight is misread",), client.packets),
    )


def _verify(client: ClientFlight, confidence: Confidence) -> Inferred:
    if client.answer != "sent":
        return Inferred(False, confidence, NO_CERTIFICATE_NEEDED, packets=client.packets)
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


def _key(client: ClientFlight) -> Inferred | None:
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


def _padding(server: ServerFlight | None, client: ClientFlight | None) -> str | None:
    found = [
        f"the {name} {shape.sizes.padding.value}"
        for name, shape in (("client", client), ("server", server))
        if shape is not None and shape.sizes is not None and shape.sizes.padding is not Padding.NONE
    ]
    return "; ".join(found) or None


# -- what followed the client's flight


def _with_what_followed(
    flight: Flight, inference: Inference, server: ServerFlight | None, client: ClientFlight
) -> Inference:
    assert inference.client_certificate is not None
    fields = {name: getattr(inference, name) for name in inference.__struct_fields__}
    fields["refused"] = _refused(flight, inference.client_certificate, server, client)
    if client.answer == "absent" and flight.post_handshake_auth and all(flight.whole):
        late = _late(flight, server, client)
        if late is not None:
            fields["late"] = late
            answer = late.client_certificate
            assert answer is not None
            fields["late_request"] = Inferred(
                "post-handshake",
                answer.confidence,
                f"in the midst of application data the client answers a request: {answer.why}",
                answer.alternatives,
                answer.packets,
            )
    return Inference(**fields)


def _refused(flight: Flight, answer: Inferred, server: ServerFlight | None, client: ClientFlight) -> Inferred | None:
    """Did the server's next word after the client's Finished refuse?"""
    finished = client.finished
    assert finished is not None
    if not flight.whole[Side.SERVER]:
        return None
    theirs = flight.of(Side.SERVER)
    after = [record for record in theirs if record.packet > finished.packet]
    if not after:
        return None
    forms = (server.sizes,) if server is not None else tls13_sizes(flight.cipher_suite)
    alert = next((sizes for sizes in forms if sizes.record(ALERT) == after[0].length), None)
    if alert is None:
        why = f"the server went on after the client's Finished: {after[0].length} is no alert"
        return Inferred(False, answer.confidence, why, packets=(after[0].packet,))
    only_alerts = all(record.length == after[0].length for record in after) and len(theirs) < RECORDS_TOLD
    if answer.value == "absent" or not only_alerts or _client_left_first(flight, client, after[0]):
        return None
    doubts = _doubts(flight, client, after, alert, server)
    why = f"{alert.sum(ALERT)}: an alert is all that the server sent after the client's Finished, and it closed"
    confidence = POSSIBLE if doubts else answer.confidence
    return Inferred(True, confidence, why, tuple(doubts), tuple(record.packet for record in after))


def _client_left_first(flight: Flight, client: ClientFlight, alert: EncryptedRecordReceived) -> bool:
    """Had the client said goodbye, so that the alert may merely answer?"""
    closed = flight.ended.client_closed
    if closed is not None and closed < alert.packet:
        return True
    goodbyes = {sizes.record(ALERT) for sizes in tls13_sizes(flight.cipher_suite)}
    return any(record.length in goodbyes and record.packet < alert.packet for record in client.rest)


def _doubts(
    flight: Flight, client: ClientFlight, after: Records, alert: Sizes, server: ServerFlight | None
) -> list[str]:
    """Why the server's alert may be no refusal."""
    assert client.finished is not None
    doubts = []
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


def _late(flight: Flight, server: ServerFlight | None, client: ClientFlight) -> Inference | None:
    """Post-handshake authentication: the shape of a client's flight after something that the server sent."""
    assert client.finished is not None
    assert client.sizes is not None
    theirs = [record.packet for record in flight.of(Side.SERVER)]
    before = client.finished.packet
    for index, record in enumerate(client.rest):
        asked = [packet for packet in theirs if before < packet < record.packet]
        before = record.packet
        answer = read_late_flight(client.rest[index:], client.sizes) if asked else None
        if answer is None:
            continue
        assert answer.finished is not None
        if not any(record.packet < packet < answer.finished.packet for packet in theirs):
            return _late_inference(flight, server, answer, asked[-1])
    return None


def _late_inference(flight: Flight, server: ServerFlight | None, answer: ClientFlight, asked: int) -> Inference:
    sent = answer.answer == "sent"
    confidence = LIKELY if sent else POSSIBLE
    others = () if sent else ("two records of application data of these lengths",)
    given = Inferred(answer.answer, confidence, answer.why, others, answer.packets)
    refused = _refused(flight, given, server, answer)
    if refused is not None and refused.value is False:
        refused = refused.at_most(POSSIBLE)  # what the server had under way may follow the answer
    return Inference(
        requested=Inferred(True, confidence, answer.why, others, (asked, *answer.packets)),
        client_certificate=given,
        certificate_verify=_verify(answer, confidence),
        client_key=_key(answer),
        refused=refused,
    )
