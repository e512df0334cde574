"""What encrypted records tell, without keys, of a renegotiation before TLS 1.3.

Theory of operation
-------------------
The first handshake is in the clear. A later one travels under its keys, but each record still says its type: 22 for
handshake messages, 20 for ChangeCipherSpec, 21 for alerts (RFC 5246 section 6.2.1). So the order can be read:

    server: HelloRequest (if it began)
    client: ClientHello
    server: ServerHello, Certificate, [CertificateStatus], [ServerKeyExchange], [CertificateRequest], ServerHelloDone
    client: [Certificate], ClientKeyExchange, [CertificateVerify], ChangeCipherSpec, Finished
    server: [NewSessionTicket], ChangeCipherSpec, Finished

What the client sends between its hello and its ChangeCipherSpec tells whether it was asked: one record is a
ClientKeyExchange, two begin with a Certificate (seven bytes if empty), three end with a CertificateVerify. The
server's own flight does not tell, since two more of its messages are optional. AEAD ciphers show the exact lengths,
CBC ciphers a range (:func:`.contents_before_tls13`).

The server judges before its ChangeCipherSpec: an alert in its place is a refusal. A client that does not want to
renegotiate answers with an alert; whether that is no_renegotiation or another one cannot be told.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from analyzer.model.inferred import NOTHING, Flight, Inference, Inferred
from analyzer.model.observed import Confidence
from analyzer.model.record_sizes import FULL_RECORD, contents_before_tls13, sum_before_tls13, verify_sizes
from analyzer.packets import Side
from analyzer.tls.codepoints import SSL_3, ContentType
from analyzer.tls.events import EncryptedRecordReceived

POSSIBLE, LIKELY = Confidence.POSSIBLE, Confidence.LIKELY
HELLO_REQUEST = 4
EMPTY_CERTIFICATE = 7
"""Header 4, empty list 3 (RFC 5246 section 7.4.2)."""
SMALLEST_CERTIFICATE = 150
"""An X.509 chain takes some 200 bytes and more; longer than any ClientKeyExchange on a curve."""
FINISHED, FINISHED_SSL3 = 16, 40
"""Header 4 and verify_data 12 (RFC 5246 section 7.4.9); in SSL 3.0 two hashes (RFC 6101 section 5.6.9)."""
KEY_EXCHANGES = frozenset((37, 61, 70, 102, 138, 134, 262, 390, 518, 1030))
"""ClientKeyExchange: a point (X25519, X448, P-256, P-384, P-521; RFC 8422 section 5.7), or what an RSA key or a
Diffie-Hellman group of 1024 to 8192 bits gives."""

_CCS, _ALERT, _HANDSHAKE = ContentType.change_cipher_spec, ContentType.alert, ContentType.handshake


class _Round(msgspec.Struct, frozen=True):
    """The records of one renegotiation."""

    flight: Flight
    hello_request: EncryptedRecordReceived | None
    hello: EncryptedRecordReceived | None
    """The ClientHello."""
    answer: tuple[EncryptedRecordReceived, ...]
    """The client's handshake records between its hello and its ChangeCipherSpec."""
    changed: EncryptedRecordReceived | None
    """The client's ChangeCipherSpec."""
    client_alert: EncryptedRecordReceived | None
    """The client's first alert, if it came before its ChangeCipherSpec."""

    def contents(self, record: EncryptedRecordReceived) -> range:
        """The lengths that the inside may have."""
        found = contents_before_tls13(self.flight.version, self.flight.cipher_suite, record.length)
        assert found is not None
        return found

    def sum(self, record: EncryptedRecordReceived, content: int) -> str:
        """The arithmetic of a record."""
        return sum_before_tls13(self.flight.version, self.flight.cipher_suite, record.length, content)


def infer_tls12(flight: Flight) -> Inference:
    """What the records of a connection before TLS 1.3 tell of a renegotiation, if there was one."""
    if contents_before_tls13(flight.version, flight.cipher_suite, 0) is None or not all(flight.whole):
        return NOTHING
    found = _find_round(flight)
    if found is None:
        return NOTHING
    if found.hello is None:
        return _not_begun(found)
    inference = Inference(late_request=_late_request(found))
    if found.changed is None:
        return _broken_off(found, inference)
    return _answered(found, inference)


def _find_round(flight: Flight) -> _Round | None:
    """The first renegotiation: handshake records after both Finished, which are the first of each side."""
    client = [record for record in flight.of(Side.CLIENT) if record.content_type != ContentType.application_data]
    server = [record for record in flight.of(Side.SERVER) if record.content_type == _HANDSHAKE]
    if not server or not client or client[0].content_type != _HANDSHAKE:
        return None
    finished = FINISHED if flight.version > SSL_3 else FINISHED_SSL3
    for record in (client[0], server[0]):
        contents = contents_before_tls13(flight.version, flight.cipher_suite, record.length)
        if contents is None or finished not in contents:
            return None
    later, later_server = client[1:], server[1:]
    request = later_server[0] if later_server else None
    if later and later[0].content_type == _HANDSHAKE:
        return _begun(flight, request, later)
    if request is None or not _is_hello_request(flight, request):
        return None
    alert = next((record for record in later if record.packet > request.packet), None)
    return _Round(flight, request, None, (), None, alert)


def _begun(flight: Flight, request: EncryptedRecordReceived | None, later: Sequence[EncryptedRecordReceived]) -> _Round:
    """A ClientHello is there; whether the server had called for it is a matter of order."""
    hello = later[0]
    if request is not None and (request.packet > hello.packet or not _is_hello_request(flight, request)):
        request = None
    answer: list[EncryptedRecordReceived] = []
    changed = alert = None
    for record in later[1:]:
        if record.content_type == _HANDSHAKE:
            answer.append(record)
        elif record.content_type == _CCS:
            changed = record
            break
        elif record.content_type == _ALERT:
            alert = record
            break
    return _Round(flight, request, hello, tuple(answer), changed, alert)


def _is_hello_request(flight: Flight, record: EncryptedRecordReceived) -> bool:
    contents = contents_before_tls13(flight.version, flight.cipher_suite, record.length)
    return contents is not None and HELLO_REQUEST in contents


def _late_request(found: _Round) -> Inferred:
    hello, request = found.hello, found.hello_request
    assert hello is not None
    if request is not None:
        why = f"the server sent {found.sum(request, HELLO_REQUEST)}: a HelloRequest; the client began a handshake"
        return Inferred("renegotiation", LIKELY, why, packets=(request.packet, hello.packet))
    why = f"the client sent a handshake record of {hello.length} after both Finished, and no HelloRequest before it"
    return Inferred("renegotiation", LIKELY, why, packets=(hello.packet,))


def _not_begun(found: _Round) -> Inference:
    """A HelloRequest, and no ClientHello: the client refused, left, or never said a word."""
    request, alert = found.hello_request, found.client_alert
    assert request is not None
    asked = f"the server sent {found.sum(request, HELLO_REQUEST)}: a HelloRequest"
    late = Inferred("renegotiation", LIKELY, asked, packets=(request.packet,))
    if alert is not None and alert.content_type == _ALERT:
        why = f"{asked}; the client answered with an encrypted alert ({alert.length}) and no ClientHello"
        packets = (request.packet, alert.packet)
        return Inference(
            late_request=late,
            client_certificate=Inferred("absent", LIKELY, why, packets=packets),
            certificate_verify=Inferred(False, LIKELY, why, packets=packets),
            client_refused=_client_refused(found, why, packets),
            renegotiation_refused=msgspec.structs.replace(_client_refused(found, why, packets), value="client"),
        )
    closed = found.flight.ended.client_closed
    if closed is None:
        return Inference(late_request=late)
    why = f"{asked}; the client closed without a ClientHello"
    return Inference(
        late_request=late,
        client_certificate=Inferred("absent", LIKELY, why, packets=(request.packet, closed)),
        certificate_verify=Inferred(False, LIKELY, why, packets=(request.packet, closed)),
        renegotiation_refused=Inferred("client", POSSIBLE, why, ("it was leaving anyway",), (request.packet, closed)),
    )


def _server_refused(found: _Round) -> Inferred | None:
    """The client began by itself, and an alert is all that the server answered."""
    hello = found.hello
    if hello is None or found.hello_request is not None:
        return None
    answer = next((record for record in found.flight.of(Side.SERVER) if record.packet > hello.packet), None)
    if answer is None or answer.content_type != _ALERT:
        return None
    why = (
        f"after both Finished the client sent a handshake record of {hello.length}, and the server answered with an "
        f"encrypted alert ({answer.length}) and no ServerHello"
    )
    return Inferred("server", LIKELY, why, packets=(hello.packet, answer.packet))


def _client_refused(found: _Round, why: str, packets: tuple[int, ...]) -> Inferred:
    """An alert right before the client's own close may be a mere goodbye."""
    ended = found.flight.ended
    server_first = ended.server_closed is not None and (
        ended.client_closed is None or ended.server_closed < ended.client_closed
    )
    if server_first or _server_alert(found, packets[-1]) is not None:
        return Inferred(True, LIKELY, why, packets=packets)
    return Inferred(True, POSSIBLE, why, ("a close_notify: the client was leaving anyway",), packets)


def _server_alert(found: _Round, after: int) -> EncryptedRecordReceived | None:
    """The server's first alert after that packet, if no ChangeCipherSpec of its own comes before."""
    for record in found.flight.of(Side.SERVER):
        if record.packet > after and record.content_type in (_ALERT, _CCS):
            return record if record.content_type == _ALERT else None
    return None


def _broken_off(found: _Round, inference: Inference) -> Inference:
    """The client began, and never came to its ChangeCipherSpec."""
    alert = found.client_alert
    if found.answer or alert is None:
        return inference
    why = f"after its ClientHello the client sent nothing but an encrypted alert ({alert.length})"
    packets = (alert.packet,)
    return msgspec.structs.replace(
        inference,
        client_certificate=Inferred("absent", LIKELY, why, packets=packets),
        certificate_verify=Inferred(False, LIKELY, why, packets=packets),
        client_refused=_client_refused(found, why, packets),
        renegotiation_refused=_server_refused(found),
    )


def _answered(found: _Round, inference: Inference) -> Inference:
    """The client's flight is complete: its records tell what it was asked."""
    answer = _read_answer(found)
    if answer is None:
        return inference
    requested = msgspec.structs.replace(answer, value=answer.value != "absent")
    return msgspec.structs.replace(
        inference,
        requested=requested,
        client_certificate=answer,
        certificate_verify=_verify(found, answer),
        client_key=_key(found) if answer.value == "sent" else None,
        refused=_refused(found, answer),
    )


def _pieces(found: _Round) -> list[tuple[EncryptedRecordReceived, ...]]:
    """Full records go on in what follows them."""
    pieces: list[tuple[EncryptedRecordReceived, ...]] = []
    piece: list[EncryptedRecordReceived] = []
    for record in found.answer:
        piece.append(record)
        if record.length < FULL_RECORD:
            pieces.append(tuple(piece))
            piece = []
    return pieces if not piece else []


def _read_answer(found: _Round) -> Inferred | None:
    """Sent, empty or absent, from the records before the client's ChangeCipherSpec."""
    assert found.changed is not None
    if not found.answer:
        why = "the client sends its ChangeCipherSpec right after the server's: the session was resumed"
        return Inferred("absent", LIKELY, why, packets=(found.changed.packet,))
    pieces = _pieces(found)
    lengths = ", ".join(str(sum(record.length for record in piece)) for piece in pieces)
    told = f"before its ChangeCipherSpec the client sent records of {lengths}"
    if len(pieces) == 1:
        return _one_record(found, told)
    if len(pieces) not in (2, 3) or not _intersects(found.contents(pieces[1][-1]), KEY_EXCHANGES):
        return None
    first = pieces[0][0]
    contents = found.contents(first)
    packets = (first.packet,)
    if len(pieces) == 2 and EMPTY_CERTIFICATE in contents:
        why = f"{told}: {found.sum(first, EMPTY_CERTIFICATE)}, an empty Certificate, and a ClientKeyExchange"
        return Inferred("empty", LIKELY, why, packets=packets)
    if contents.start < SMALLEST_CERTIFICATE or (len(pieces) == 3 and not _keys(found)):
        return None
    verify = " and a CertificateVerify" if len(pieces) == 3 else ""
    why = f"{told}: a Certificate of {_span(contents)} bytes, a ClientKeyExchange{verify}"
    return Inferred("sent", LIKELY, why, packets=packets)


def _one_record(found: _Round, told: str) -> Inferred | None:
    """A lone ClientKeyExchange, or several messages in one record, as NSS and Schannel do."""
    (record, *_) = found.answer
    contents, packets = found.contents(record), (record.packet,)
    if len(found.answer) > 1:
        return Inferred("sent", POSSIBLE, f"{told}, more than a ClientKeyExchange takes", packets=packets)
    alone = _intersects(contents, KEY_EXCHANGES)
    with_empty = _intersects(contents, {EMPTY_CERTIFICATE + size for size in KEY_EXCHANGES})
    exact = len(contents) == 1
    if alone:
        why = f"{told}: a ClientKeyExchange of {_span(contents)} bytes and no Certificate"
        others = ["an empty Certificate and a ClientKeyExchange in one record"] if with_empty else []
        if contents.stop > SMALLEST_CERTIFICATE:
            others.append("a Certificate and more in one record")
        return Inferred("absent", POSSIBLE if others or not exact else LIKELY, why, tuple(others), packets)
    if with_empty:
        why = f"{told}: an empty Certificate ({EMPTY_CERTIFICATE}) and a ClientKeyExchange in one record"
        return Inferred(
            "empty", LIKELY if exact and contents.stop < SMALLEST_CERTIFICATE else POSSIBLE, why, (), packets
        )
    if contents.start >= 2 * SMALLEST_CERTIFICATE:
        why = f"{told}, more than a ClientKeyExchange takes: a Certificate and more in one record"
        return Inferred("sent", POSSIBLE, why, ("a ClientKeyExchange of an unusual length",), packets)
    return None


def _intersects(contents: range, sizes: frozenset[int] | set[int]) -> bool:
    return any(size in contents for size in sizes)


def _span(contents: range) -> str:
    return str(contents.start) if len(contents) == 1 else f"{contents.start} to {contents.stop - 1}"


def _verify(found: _Round, answer: Inferred) -> Inferred | None:
    if answer.value != "sent":
        why = "without a Certificate there is nothing to sign"
        return Inferred(False, answer.confidence, why, packets=answer.packets)
    pieces = _pieces(found)
    if len(pieces) == 3:
        return Inferred(True, LIKELY, answer.why, packets=(pieces[2][0].packet,))
    if len(pieces) == 2:
        others = ("two of the messages share a record", "the certificate's key is not one that signs")
        return Inferred(False, POSSIBLE, f"no third record: {answer.why}", others, answer.packets)
    return None


def _keys(found: _Round) -> list[str]:
    """Kinds of key whose CertificateVerify fits the third record."""
    record = found.answer[-1]
    contents = found.contents(record)
    return list(dict.fromkeys(key for key, size in verify_sizes(found.flight.version) if size in contents))


def _key(found: _Round) -> Inferred | None:
    pieces = _pieces(found)
    if len(pieces) != 3:
        return None
    record = found.answer[-1]
    key, *others = _keys(found)
    contents = found.contents(record)
    why = f"{record.length}: a CertificateVerify of {_span(contents)} bytes"
    if key.startswith("EC "):
        others.append("another curve, or a DSA key, with signatures of that length")
    confidence = LIKELY if len(contents) == 1 and len(others) == key.startswith("EC ") else POSSIBLE
    return Inferred(key, confidence, why, tuple(others), (record.packet,))


def _refused(found: _Round, answer: Inferred) -> Inferred | None:
    """The server judges before its own ChangeCipherSpec."""
    assert found.changed is not None
    began = found.answer[0].packet if found.answer else found.changed.packet
    for record in found.flight.of(Side.SERVER):
        if record.packet <= began:
            continue
        if record.content_type == _CCS:
            why = "the server answered with its ChangeCipherSpec"
            return Inferred(False, LIKELY, why, packets=(record.packet,))
        if record.content_type == _ALERT:
            return _refused_by(found, answer, record)
    return None


def _refused_by(found: _Round, answer: Inferred, alert: EncryptedRecordReceived) -> Inferred | None:
    ended = found.flight.ended
    left = ended.client_closed is not None and ended.client_closed < alert.packet
    said = any(
        record.content_type == _ALERT and record.packet < alert.packet for record in found.flight.of(Side.CLIENT)
    )
    if left or said or answer.value == "absent":
        return None
    why = f"an encrypted alert ({alert.length}) of the server where its ChangeCipherSpec would be"
    return Inferred(True, LIKELY, why, packets=(alert.packet,))
