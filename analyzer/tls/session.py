"""Both directions of one TLS connection: ordered bytes in, events out. No file, socket or clock.

Theory of operation
-------------------
Each direction runs two parsers: the record layer here, and the handshake layer in ``handshakes``, which gets
the bytes of handshake records as they come. Nothing but an incomplete header, alert or handshake message is
ever kept.

*What can be read.* Before a side's ChangeCipherSpec its records are in the clear; after it they are not
(RFC 5246 section 7.1). In TLS 1.3 everything after ServerHello travels as type 23, and ChangeCipherSpec means
nothing, so that a second ClientHello after a HelloRetryRequest is still read. Where the version is not known,
because the other side was not captured, a handshake record is taken as clear if its first message fits it.

*What is not needed.* The body of an encrypted record is not needed: :meth:`TlsSession.feed` answers how many of
the bytes that follow may be skipped, and whoever feeds it need not even look at them. After
:data:`REPORTED_RECORDS` records of application data a direction is no longer reported record by record.

*What was missed.* A gap inside a record body costs what it hits. A gap that hides a record header makes the
direction *lost*: ``direction`` then looks for a place to go on from.

*What keys open* is the business of ``unsealing``, to which protected records are handed where there are keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analyzer.packets import CLIENT, SERVER, Side
from analyzer.tls.budget import Budget
from analyzer.tls.codepoints import SSL_3, TLS_1_2, TLS_1_3, ContentType, HandshakeType, handshake_name
from analyzer.tls.direction import REPORTED_RECORDS, Direction
from analyzer.tls.events import (
    AlertReceived,
    BytesMissing,
    CipherSpecChanged,
    EncryptedRecordReceived,
    Event,
    HandshakeMessageReceived,
    Malformed,
    MessageLost,
    MessageUnfinished,
)
from analyzer.tls.handshakes import RawMessage, plausible_header
from analyzer.tls.messages import ClientHello, HandshakeMessage, ServerHello
from analyzer.tls.parsing import parse_message, parse_sslv2_client_hello
from analyzer.tls.proofs import Proofs
from analyzer.tls.protection import KeyRing, Protection
from analyzer.tls.reader import DecodeError
from analyzer.tls.records import HEADER, MAX_FRAGMENT
from analyzer.tls.transcript import SSLV2_HELLO
from analyzer.tls.unsealing import Unsealing

__all__ = ["MAX_MALFORMED", "REPORTED_RECORDS", "TlsSession"]

MOST_PLAUSIBLE = 1 << 18
"""No stack accepts a longer handshake message: where the place was lost, such a length is none."""
MAX_MALFORMED = 16
"""Malformed events per direction: the first few tell the story, a stranger may send millions."""

_HANDSHAKE, _ALERT = int(ContentType.handshake), int(ContentType.alert)
_CCS, _DATA = int(ContentType.change_cipher_spec), int(ContentType.application_data)
_SERVER_HELLO = int(HandshakeType.server_hello)
_CERTIFICATES = (int(HandshakeType.certificate), int(HandshakeType.compressed_certificate))
_MATTERS_TO_PROOFS = frozenset(
    int(kind)
    for kind in (
        HandshakeType.certificate,
        HandshakeType.compressed_certificate,
        HandshakeType.certificate_request,
        HandshakeType.certificate_verify,
    )
)


def _layout(version: int) -> int:
    """The version by whose layouts a message in the clear is read: in TLS 1.3 only hellos are."""
    return version if SSL_3 <= version <= TLS_1_2 else TLS_1_2


def _no_record(header: bytes, length: int) -> str:
    """What is wrong with it; all but the length may be right (RFC 8446 section 5.1)."""
    if header[1] == 3 and header[2] <= 4 and header[0] == _HANDSHAKE and length > MAX_FRAGMENT:
        return f"a record of {length:,} bytes, where TLS allows 16,384"
    return "these bytes are not a TLS record"


class TlsSession:
    """Decodes one TLS connection. ``emit`` is called with each event, in the order of the bytes."""

    __slots__ = (
        "_budget",
        "_directions",
        "_emit",
        "_given_up",
        "_is_tls13",
        "_layout_version",
        "_packet",
        "_proofs",
        "_reported_records",
        "_timestamp_ns",
        "_unsealing",
        "version",
    )

    def __init__(
        self, emit: Callable[[Event], None], budget: Budget | None = None, keys: KeyRing | None = None
    ) -> None:
        self._emit = emit
        self._budget = budget or Budget()
        self._directions = (Direction(), Direction())
        protection = Protection(keys) if keys is not None else None
        self._proofs = Proofs(emit, self._budget, protection)
        self._unsealing: Unsealing | None = None
        """Opens protected records, where keys were given."""
        if protection is not None:
            self._unsealing = Unsealing(protection, self._proofs, emit, self._directions)
        self._is_tls13 = False
        self._given_up = False
        self._packet: Any = 0
        """An int. As ``Any`` it is one value for all events of a packet; compiled, each would get an int of its own."""
        self._timestamp_ns: int | None = None
        self._layout_version = TLS_1_2
        """The version whose message layouts apply; where the ServerHello was not seen, that of the records."""
        self._reported_records = REPORTED_RECORDS
        self.version: int | None = None
        """Negotiated version, once a ServerHello told it."""

    def begin_in_the_middle(self, side: Side) -> None:
        """This side's stream does not begin with its first record: look for one."""
        state = self._directions[side]
        state.lost = True
        state.plain = False

    def begin_after_preamble(self, side: Side) -> None:
        """Clear text precedes this side's first record: look for it."""
        self._directions[side].lost = True

    def begin_with_sslv2_hello(self, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        """Read an SSLv2-style ClientHello (RFC 5246 appendix E.2); returns the bytes that it took."""
        length = ((data[0] & 0x7F) << 8) | data[1]
        self._packet, self._timestamp_ns = packet, timestamp_ns
        try:
            self._proofs.take(CLIENT, SSLV2_HELLO, data[2 : 2 + length])
            hello = parse_sslv2_client_hello(data[2 : 2 + length])
        except DecodeError as error:
            self._malformed(CLIENT, "SSLv2-style ClientHello", str(error))
        else:
            kind = int(HandshakeType.client_hello)
            self._hello(CLIENT, hello)
            self._emit(HandshakeMessageReceived(CLIENT, kind, hello, length, 1, packet, timestamp_ns))
        return 2 + length

    def feed(self, side: Side, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        """Take the next bytes of a side; returns how many of the bytes that follow are not needed (-1: all)."""
        if self._given_up:
            return -1
        self._packet, self._timestamp_ns = packet, timestamp_ns
        state = self._directions[side]
        state.packet, state.timestamp_ns = packet, timestamp_ns
        if state.lost:
            state.buffer += data
            if not state.find_place(len(data), final=False):
                self._charge(state)
                return 0
            data = state.buffer
            state.buffer = b""
        elif state.buffer:
            data = state.buffer + data
            state.buffer = b""
        skip = self._records(side, state, data)
        if state.buffer or state.charged or state.joiner.size:
            self._charge(state)
        return skip

    def gap(self, side: Side, length: int, packet: int) -> None:
        """Bytes of a side are missing here."""
        if self._given_up:
            return
        self._packet = packet
        state = self._directions[side]
        messages: list[RawMessage] = []
        inside = not state.lost and 0 < length <= state.body_left
        if inside:
            state.body_left -= length
            messages = state.joiner.gap(length)
        else:
            if not state.joiner.idle:
                messages = state.joiner.gap(1 << 30)
            state.joiner.lose()
            state.body_left = 0
            state.lost = True
            if self._unsealing is not None:
                self._unsealing.records_lost(side, packet)
        self._proofs.lose()
        if not inside:
            state.buffer = b""
            state.scan_at = 0
        self._emit(BytesMissing(side, length, packet, self._timestamp_ns, state.joiner.lost))
        self._messages(side, messages)

    @property
    def waits_for_keys(self) -> bool:
        """Encrypted records are kept, for their keys may still come."""
        return self._unsealing is not None and self._unsealing.waits

    def look_for_keys(self) -> None:
        """Some keys have come: are those of what waits among them?"""
        if self._unsealing is not None and self._unsealing.keys_came():
            self._try_again(self._unsealing)

    def end(self) -> None:
        """No more bytes will come: look once more where a direction is lost, and let go of what is held."""
        for side in (CLIENT, SERVER):
            state = self._directions[side]
            if state.lost and state.buffer and not self._given_up and state.find_place(0, final=True):
                data, state.buffer = state.buffer, b""
                self._packet, self._timestamp_ns = state.packet, state.timestamp_ns
                self._records(side, state, data)
            self._budget.held -= state.charged
            state.charged = 0
        self.look_for_keys()
        if self._unsealing is not None:
            self._unsealing.end((self._packet, self._timestamp_ns))
        self._proofs.lose()
        self._tell_unfinished(self._directions[CLIENT])

    def _tell_unfinished(self, state: Direction) -> None:
        """A server may refuse a Certificate by the length in its header, while the client still sends it."""
        begun = None if self._given_up else state.joiner.unfinished()
        if begun is not None and begun[0] in _CERTIFICATES:
            self._emit(MessageUnfinished(CLIENT, *begun, state.packet, state.timestamp_ns))

    # -- records

    def _records(self, side: Side, state: Direction, data: bytes) -> int:
        """Walk the records in ``data``; returns how many bytes beyond it belong to a body nobody needs."""
        position, end = 0, len(data)
        if state.body_left:
            position = min(state.body_left, end)
            state.body_left -= position
            self._body(side, state, data[:position] if position < end else data)
        while end - position >= HEADER:
            kind = data[position]
            length = (data[position + 3] << 8) | data[position + 4]
            if length > MAX_FRAGMENT or data[position + 1] != 3 or data[position + 2] > 4 or not 20 <= kind <= 24:
                beginning = data[position : position + HEADER]
                self._malformed(side, "record header", _no_record(beginning, length), beginning)
                state.lose_place(data[position:])
                if self._unsealing is not None:
                    self._unsealing.records_lost(side, self._packet)
                return 0
            start, stop = position + HEADER, position + HEADER + length
            if state.reader is not None and (kind == _DATA or not self._is_tls13):
                assert self._unsealing is not None
                if not self._protected(side, state, self._unsealing, data[position:stop], HEADER + length):
                    break
            elif kind == _HANDSHAKE and stop <= end and state.plain and not state.joiner.busy:
                self._whole_messages(side, state, data, start, stop)
            elif not self._record(side, state, kind, data, start, stop):
                break
            if stop > end:
                return 0 if state.body_left else stop - end
            position = stop
        state.buffer = data[position:]
        return 0

    def _record(self, side: Side, state: Direction, kind: int, data: bytes, start: int, stop: int) -> bool:
        """A record, perhaps not all there yet; False where that is too little to go by."""
        end, length = len(data), stop - start
        if self._unsealing is not None and self._spec_change_missed(state, kind, data, start, length):
            state.encrypted, state.plain = True, False
            self._unsealing.change_cipher_spec(side, (self._packet, self._timestamp_ns), missed=True)
            if state.reader is not None:
                return self._protected(side, state, self._unsealing, data[start - HEADER : stop], HEADER + length)
        if kind == _DATA:
            self._opaque(side, state, length)
        elif kind == _HANDSHAKE:
            if stop > end and end - start < 4:
                return False  # too little to tell whether it can be read
            if self._clear(state, data, start, length):
                state.joiner.record_started(data, start, length)
                state.body_left = max(stop - end, 0)
                self._body(side, state, data[start:stop])
            else:
                self._encrypted(side, kind, length)
        elif stop > end and length <= 64:
            return False
        else:
            self._short(side, state, kind, data[start : min(stop, end)], length)
        return True

    def _whole_messages(self, side: Side, state: Direction, data: bytes, start: int, stop: int) -> None:
        """The ordinary case: a record in the clear that is all there, and begins with a message."""
        if self.version is None:
            self._layout_version = _layout(data[start - 4] << 8 | data[start - 3])
        while stop - start >= 4:
            length = 4 + ((data[start + 1] << 16) | (data[start + 2] << 8) | data[start + 3])
            after = start + length
            if after > stop:
                break
            self._message(side, data[start], data[start + 4 : after], length, 1, False)
            start = after
        if start < stop:
            self._body(side, state, data[start:stop])

    def _body(self, side: Side, state: Direction, data: bytes) -> None:
        """More bytes of a handshake record in the clear."""
        messages = state.joiner.feed(data)
        if messages:
            self._messages(side, messages)

    def _clear(self, state: Direction, data: bytes, start: int, length: int) -> bool:
        """Can this handshake record be read?"""
        if self.version is None:
            self._layout_version = _layout(data[start - 4] << 8 | data[start - 3])
        if state.plain and not state.joiner.lost:
            return True
        if state.encrypted:
            hello = (HandshakeType.client_hello, HandshakeType.server_hello)
            return (
                length >= 42
                and data[start] in hello
                and int.from_bytes(data[start + 1 : start + 4], "big") == length - 4
                and (self.version is None or self.version >= TLS_1_3)
            )
        if not state.joiner.idle and not state.joiner.lost:
            return True
        return length >= 4 and plausible_header(data, start, MOST_PLAUSIBLE)

    def _short(self, side: Side, state: Direction, kind: int, body: bytes, length: int) -> None:
        """ChangeCipherSpec, alerts, and what else is short."""
        if kind == _CCS and length == 1:
            self._emit(CipherSpecChanged(side, self._packet, self._timestamp_ns))
            if self.version is None or self.version < TLS_1_3:
                state.encrypted = True
                state.plain = False
                if self._unsealing is not None and self.version is not None:
                    self._unsealing.change_cipher_spec(side, (self._packet, self._timestamp_ns))
                if side is CLIENT and state.reader is None:
                    self._proofs.close()
        elif kind == _ALERT and length in (2, 4) and not state.encrypted and body[0] in (1, 2):
            for at in range(0, length, 2):
                self._emit(AlertReceived(side, body[at], body[at + 1], self._packet, self._timestamp_ns))
        else:
            self._encrypted(side, kind, length)

    def _protected(self, side: Side, state: Direction, unsealing: Unsealing, record: bytes, size: int) -> bool:
        """A record under keys that we have, or may still get; False while it is not all there."""
        if unsealing.passes_over(state, record[0]):
            return True
        if len(record) < size:
            return False
        where = (self._packet, self._timestamp_ns)
        inside = unsealing.take(side, record[:HEADER], record[HEADER:], where)
        if inside:
            self._inside(side, unsealing, inside)
        elif unsealing.keys_came():
            self._try_again(unsealing)
        return True

    def _inside(self, side: Side, unsealing: Unsealing, inside: bytes) -> None:
        """Handshake messages that came out of a protected record."""
        state = self._directions[side]
        state.joiner.record_started(inside, 0, len(inside))
        self._messages(side, state.joiner.feed(inside), protected=True)
        if state.rekey:
            unsealing.rekey(side, (self._packet, self._timestamp_ns))

    def _try_again(self, unsealing: Unsealing) -> None:
        """Keys have come: the records that waited for them are told of now, at their packets."""
        here = self._packet, self._timestamp_ns
        for side, inside, where in unsealing.opened_late(here):
            self._packet, self._timestamp_ns = where
            self._inside(side, unsealing, inside)
        self._packet, self._timestamp_ns = here

    def _spec_change_missed(self, state: Direction, kind: int, data: bytes, start: int, length: int) -> bool:
        """Is this, before TLS 1.3, a protected record although no ChangeCipherSpec was seen? Then a gap hid it."""
        if state.encrypted or self.version is None or self._is_tls13:
            return False
        if kind == _HANDSHAKE:
            seen = len(data) >= start + 4
            return seen and state.joiner.lost and not plausible_header(data, start, MOST_PLAUSIBLE)
        return kind == _DATA or (kind == _ALERT and length > 4)

    def _opaque(self, side: Side, state: Direction, length: int) -> None:
        """A record of type 23: told of only while it may be part of the handshake."""
        if state.counts_data(self._reported_records):
            self._encrypted(side, _DATA, length)

    def _encrypted(self, side: Side, kind: int, length: int) -> None:
        self._emit(EncryptedRecordReceived(side, kind, length, self._packet, self._timestamp_ns))

    # -- messages

    def _messages(self, side: Side, messages: list[RawMessage], protected: bool = False) -> None:
        for raw in messages:
            if raw.body is None:
                self._proofs.lose()
                self._emit(MessageLost(side, raw.message_type, self._packet, self._timestamp_ns))
            else:
                self._message(side, raw.message_type, raw.body, raw.length, raw.records, protected)

    def _message(self, side: Side, message_type: int, body: bytes, length: int, records: int, protected: bool) -> None:
        """One whole message."""
        packet, timestamp_ns = self._packet, self._timestamp_ns
        try:
            layout = TLS_1_3 if protected and self._is_tls13 else self._layout_version
            message = parse_message(message_type, body, layout)
        except DecodeError as error:
            self._proofs.take(side, message_type, body)
            self._malformed(side, handshake_name(message_type), str(error))
            return
        if message_type <= _SERVER_HELLO:
            self._hello(side, message)
        self._proofs.take(side, message_type, body)
        self._emit(
            HandshakeMessageReceived(side, message_type, message, length, records, packet, timestamp_ns, protected)
        )
        if message_type in _MATTERS_TO_PROOFS:
            self._proofs.understand(side, message, body, (packet, timestamp_ns))
        if self._unsealing is not None:
            self._unsealing.message(side, message_type, message, body, (packet, timestamp_ns), protected=protected)

    def _hello(self, side: Side, message: HandshakeMessage) -> None:
        """A hello changes how what follows is read.

        In the clear nothing but hellos exists in TLS 1.3, so that a clear Certificate is never in its layout.
        """
        if type(message) is ServerHello:
            version = message.version
            self.version = self._proofs.version = version
            self._layout_version = _layout(version)
            self._is_tls13 = version >= TLS_1_3
            if message.is_hello_retry_request:
                self._proofs.transcript.hello_retry = True
                return
            if version < TLS_1_3:
                self._reported_records = 1
            if self._unsealing is not None:
                self._unsealing.server_hello(message, (self._packet, self._timestamp_ns))
        elif type(message) is ClientHello:
            state = self._directions[side]
            if state.reader is not None:
                self._proofs.begin()  # a renegotiation, under the keys in force
            elif state.encrypted:
                state.encrypted = False
                state.plain = True
            self._proofs.more_may_follow = bool(message.extensions.post_handshake_auth)
            if self._unsealing is not None:
                self._unsealing.client_hello(message)

    def _malformed(self, side: Side, what: str, error: str, data: bytes = b"") -> None:
        state = self._directions[side]
        state.malformed += 1
        if state.malformed <= MAX_MALFORMED:
            self._emit(Malformed(side, what, error, self._packet, self._timestamp_ns, data))

    def _charge(self, state: Direction) -> None:
        held = len(state.buffer) + state.joiner.size
        self._budget.held += held - state.charged
        state.charged = held
        if self._budget.held > self._budget.limit:
            self._budget.given_up += 1
            self._given_up = True
            for direction in self._directions:
                self._budget.held -= direction.charged
                direction.charged = 0
                direction.buffer = b""
                direction.joiner.lose()
            self._proofs.lose()
            self._emit(Malformed(CLIENT, "connection", "given up: too much incomplete data", self._packet, None))
