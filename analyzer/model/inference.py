"""What encrypted records tell, without keys, of client authentication in TLS 1.3; see also :mod:`.renegotiation`.

Theory of operation
-------------------
Both flights are recognised on their own (:mod:`.flight_shapes`), then held against each other. A server that asks
must be answered with a Certificate, be it empty, and one that does not ask must not be (RFC 8446 section 4.4.2), so
that each flight tells of the other. A value is *likely* only where the lengths of a whole flight identify it and
nothing contradicts; where the flights disagree nothing is likely; everything else is *possible*, with the other
readings said.

What came after the client's flight, a refusal or a request after the handshake, is in :mod:`.aftermath`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from analyzer.model.aftermath import NOTHING_TO_SIGN, key_of, verify_of, with_what_followed
from analyzer.model.flight_shapes import (
    LONGEST_ALERT_RUN,
    USUAL_EXTENSIONS,
    ClientFlight,
    ServerFlight,
    read_client_flight,
    read_server_flight,
)
from analyzer.model.inferred import NOTHING, Flight, Inference, Inferred, Records
from analyzer.model.observed import Confidence
from analyzer.model.record_sizes import ALERT, EMPTY_CERTIFICATE, END_OF_EARLY_DATA, Padding, Sizes, tls13_sizes
from analyzer.model.renegotiation import infer_tls12
from analyzer.packets import Side
from analyzer.tls.codepoints import ContentType

__all__ = ["NOTHING", "Flight", "Inference", "Inferred", "infer_tls12", "infer_tls13"]

POSSIBLE, LIKELY = Confidence.POSSIBLE, Confidence.LIKELY


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
    inference = msgspec.structs.replace(inference, server_broke_off=_broke_off(flight, forms))
    rejected = flight.early_data and not flight.hello_retry
    return _at_most(POSSIBLE, inference) if rejected or flight.resumed is None else inference


def _broke_off(flight: Flight, forms: Sequence[Sizes]) -> Inferred | None:
    """Did the server end its own flight? Its shortest message is longer than an alert (RFC 8446 section 4.3.1)."""
    records = flight.of(Side.SERVER)
    if not flight.whole[Side.SERVER] or flight.ended.by is None or not 1 <= len(records) <= LONGEST_ALERT_RUN:
        return None
    *extensions, last = (record.length for record in records)
    for sizes in forms:
        if sizes.padding is not Padding.NONE or last != sizes.record(ALERT):
            continue
        if all(sizes.record(6) <= length <= sizes.record(USUAL_EXTENSIONS) for length in extensions):
            after = f", after EncryptedExtensions ({extensions[0]})" if extensions else ""
            why = f"the last that the server sent encrypted{after} is {sizes.sum(ALERT)}: an alert"
            return Inferred(True, LIKELY, why, packets=(records[-1].packet,))
    return None


def _at_most(confidence: Confidence, inference: Inference) -> Inference:
    fields = {name: getattr(inference, name) for name in inference.__struct_fields__}
    fields |= {name: value.at_most(confidence) for name, value in inference.inferences()}
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
        certificate_verify=Inferred(False, LIKELY, NOTHING_TO_SIGN),
    )
    if client is None or client.finished is None:
        return inference
    return with_what_followed(flight, inference, None, client)


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
        return _gave_up(flight, server, client)
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
        certificate_verify=verify_of(client, confidence),
        client_key=key_of(client),
        padding=_padding(server, client),
    )
    return with_what_followed(flight, inference, server, client)


def _confidence(server: ServerFlight | None, client: ClientFlight) -> Confidence:
    """Lengths that are exact speak for themselves; a mere "too long" needs the server's flight to agree."""
    if client.exact:
        return LIKELY
    return LIKELY if server is not None and server.certain_alone and not client.maybe_padded else POSSIBLE


def _gave_up(flight: Flight, server: ServerFlight | None, client: ClientFlight) -> Inference:
    """No Finished of the client: only the server's flight tells whether it was asked."""
    alert, sizes = client.sizes is not None, client.sizes
    alike = sizes is not None and sizes.record(ALERT) == sizes.record(EMPTY_CERTIFICATE)
    if alike and flight.ended.client_closed is None:
        return _server_only(server)  # the Finished may be still to come
    return Inference(
        requested=_asked_by_server(server) if server is not None else None,
        client_certificate=Inferred("absent", LIKELY, client.why, packets=client.packets),
        certificate_verify=Inferred(False, LIKELY, NOTHING_TO_SIGN, packets=client.packets),
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


def _padding(server: ServerFlight | None, client: ClientFlight | None) -> str | None:
    found = [
        f"the {name} {shape.sizes.padding.value}"
        for name, shape in (("client", client), ("server", server))
        if shape is not None and shape.sizes is not None and shape.sizes.padding is not Padding.NONE
    ]
    return "; ".join(found) or None
