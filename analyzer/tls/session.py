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
direction *lost*: it then looks for two record headers in a row that fit, and goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable

from analyzer.packets import Side
from analyzer.tls.budget import Budget
from analyzer.tls.codepoints import SSL_3, TLS_1_2, TLS_1_3, ContentType, HandshakeType, handshake_name
from analyzer.tls.decryption import DecryptionError, RecordReader
from analyzer.tls.events import (
    AlertReceived,
    ApplicationDataReceived,
    BytesMissing,
    CipherSpecChanged,
    EncryptedRecordReceived,
    Event,
    HandshakeMessageReceived,
    Malformed,
    MessageLost,
    RecordsOpened,
    RecordsSealed,
)
from analyzer.tls.handshakes import HandshakeJoiner, RawMessage, plausible_header
from analyzer.tls.late_keys import KeptRecord, KeptRecords
from analyzer.tls.messages import (
    ClientHello,
    EncryptedExtensions,
    HandshakeMessage,
    NewSessionTicket,
    ServerHello,
    parse_message,
    parse_sslv2_client_hello,
)
from analyzer.tls.proofs import Proofs
from analyzer.tls.protection import KeyRing, Protection, Sealed
from analyzer.tls.reader import DecodeError
from analyzer.tls.records import (
    HEADER,
    HELLO_BYTES,
    MAX_FRAGMENT,
    find_client_hello,
    find_records,
    find_server_hello,
    fits_header,
)
from analyzer.tls.transcript import SSLV2_HELLO

REPORTED_RECORDS = 24
"""Opaque records (type 23) reported per direction while they may be part of the handshake, as in TLS 1.3. Before
TLS 1.3 they are application data, and the first one says all. What follows is skipped without a word."""
MAX_LOST_BYTES = 48 * 1024
"""Bytes searched for record headers before they are forgotten."""
SCAN_STEP = 1024
MAX_MALFORMED = 16
"""Malformed events per direction: the first few tell the story, a stranger may send millions."""

DECRYPTED_RECORDS = 8
"""Records of decrypted application data told of, per direction, after each handshake: where a status line is."""
DECRYPTED_BYTES = 2048
"""Of each of them."""

_HANDSHAKE, _ALERT = int(ContentType.handshake), int(ContentType.alert)
_CCS, _DATA = int(ContentType.change_cipher_spec), int(ContentType.application_data)
_SERVER_HELLO, _FINISHED = int(HandshakeType.server_hello), int(HandshakeType.finished)
_KEY_EXCHANGE, _KEY_UPDATE = int(HandshakeType.client_key_exchange), int(HandshakeType.key_update)
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


def _ends_with_alert(data: bytes) -> bool:
    """Are the last seven bytes an alert in the clear?"""
    at = len(data) - HEADER - 2
    return at >= 0 and data[at] == _ALERT and fits_header(data, at) and data[-4:-2] == b"\0\2" and data[-2] in (1, 2)


class _Direction:
    __slots__ = (
        "body_left",
        "buffer",
        "charged",
        "data_records",
        "encrypted",
        "joiner",
        "lost",
        "malformed",
        "packet",
        "plain",
        "reader",
        "rekey",
        "scan_at",
        "timestamp_ns",
    )

    def __init__(self) -> None:
        self.buffer = b""
        self.body_left = 0
        """Bytes still to come of a handshake record in the clear."""
        self.encrypted = False
        self.plain = True
        """Followed from the start, and ChangeCipherSpec has not come: handshake records are in the clear."""
        self.lost = False
        self.scan_at = 0
        self.packet = 0
        """The last one of a direction that is lost."""
        self.timestamp_ns: int | None = None
        self.joiner = HandshakeJoiner()
        self.reader: RecordReader | KeptRecords | None = None
        """Opens this side's encrypted records, where there are keys."""
        self.rekey = 0
        """The message in the current record after which other keys are in force (Finished or KeyUpdate)."""
        self.data_records = 0
        self.charged = 0
        self.malformed = 0


class TlsSession:
    """Decodes one TLS connection. ``emit`` is called with each event, in the order of the bytes."""

    __slots__ = (
        "_budget",
        "_directions",
        "_early_data",
        "_emit",
        "_given_up",
        "_is_tls13",
        "_kept",
        "_layout_version",
        "_packet",
        "_proofs",
        "_protection",
        "_reported_records",
        "_timestamp_ns",
        "version",
    )

    def __init__(
        self, emit: Callable[[Event], None], budget: Budget | None = None, keys: KeyRing | None = None
    ) -> None:
        self._emit = emit
        self._budget = budget or Budget()
        self._protection = Protection(keys) if keys is not None else None
        self._kept: KeptRecords | None = None
        self._proofs = Proofs(emit, self._budget, self._protection)
        self._is_tls13 = False
        self._early_data = False
        """The client offered early data, which travels under keys of its own (RFC 8446 section 2.3)."""
        self._directions = (_Direction(), _Direction())
        self._given_up = False
        self._packet = 0
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
            self._proofs.take(Side.CLIENT, SSLV2_HELLO, data[2 : 2 + length])
            hello = parse_sslv2_client_hello(data[2 : 2 + length])
        except DecodeError as error:
            self._malformed(Side.CLIENT, "SSLv2-style ClientHello", str(error))
        else:
            kind = int(HandshakeType.client_hello)
            self._hello(Side.CLIENT, hello)
            self._emit(HandshakeMessageReceived(Side.CLIENT, kind, hello, length, 1, packet, timestamp_ns))
        return 2 + length

    def feed(self, side: Side, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        """Take the next bytes of a side; returns how many of the bytes that follow are not needed (-1: all)."""
        if self._given_up:
            return -1
        self._packet, self._timestamp_ns = packet, timestamp_ns
        state = self._directions[side]
        if state.lost:
            state.buffer += data
            state.packet, state.timestamp_ns = packet, timestamp_ns
            if not self._search(state, len(data), final=False):
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
            if isinstance(state.reader, KeptRecords):
                self._keep(state.reader, KeptRecord(side, b"", b"", packet, None))
            elif state.reader is not None:
                state.reader.records_lost()
        self._proofs.lose()
        if not inside:
            state.buffer = b""
            state.scan_at = 0
        self._emit(BytesMissing(side, length, packet, self._timestamp_ns, state.joiner.lost))
        self._messages(side, messages)

    @property
    def waits_for_keys(self) -> bool:
        """Encrypted records are kept, for their keys may still come."""
        return self._kept is not None and self._kept.waiting

    def end(self) -> None:
        """No more bytes will come: look once more where a direction is lost, and let go of what is held."""
        for side in (Side.CLIENT, Side.SERVER):
            state = self._directions[side]
            if state.lost and state.buffer and not self._given_up and self._search(state, 0, final=True):
                data, state.buffer = state.buffer, b""
                self._packet, self._timestamp_ns = state.packet, state.timestamp_ns
                self._records(side, state, data)
            self._budget.held -= state.charged
            state.charged = 0
        self._give_up_waiting()
        self._proofs.lose()

    # -- records

    def _records(self, side: Side, state: _Direction, data: bytes) -> int:
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
                self._lose(side, state, data[position:])
                return 0
            start, stop = position + HEADER, position + HEADER + length
            if state.reader is not None and (kind == _DATA or not self._is_tls13):
                if not self._protected(side, state, state.reader, data[position:stop], HEADER + length):
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

    def _record(self, side: Side, state: _Direction, kind: int, data: bytes, start: int, stop: int) -> bool:
        """A record, perhaps not all there yet; False where that is too little to go by."""
        end, length = len(data), stop - start
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

    def _whole_messages(self, side: Side, state: _Direction, data: bytes, start: int, stop: int) -> None:
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

    def _body(self, side: Side, state: _Direction, data: bytes) -> None:
        """More bytes of a handshake record in the clear."""
        messages = state.joiner.feed(data)
        if messages:
            self._messages(side, messages)

    def _clear(self, state: _Direction, data: bytes, start: int, length: int) -> bool:
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
        return length >= 4 and plausible_header(data, start, 1 << 18)

    def _short(self, side: Side, state: _Direction, kind: int, body: bytes, length: int) -> None:
        """ChangeCipherSpec, alerts, and what else is short."""
        if kind == _CCS and length == 1:
            self._emit(CipherSpecChanged(side, self._packet, self._timestamp_ns))
            if self.version is None or self.version < TLS_1_3:
                state.encrypted = True
                state.plain = False
                self._change_reader(side, state)
                if side is Side.CLIENT and state.reader is None:
                    self._proofs.close()
        elif kind == _ALERT and length in (2, 4) and not state.encrypted and body[0] in (1, 2):
            for at in range(0, length, 2):
                self._emit(AlertReceived(side, body[at], body[at + 1], self._packet, self._timestamp_ns))
        else:
            self._encrypted(side, kind, length)

    # -- records that keys open

    def _unlock(self, protection: Protection, hello: ServerHello) -> None:
        """The suite is agreed on; in TLS 1.3 keys are in force at once."""
        readers = protection.server_hello(hello)
        if not self._is_tls13:
            return
        for side in (Side.CLIENT, Side.SERVER):
            self._use(side, self._directions[side], readers[side])

    def _use(self, side: Side, state: _Direction, reader: RecordReader | None) -> None:
        """Other keys are in force for a side's records, or none that we have."""
        assert self._protection is not None
        opened_before = isinstance(state.reader, RecordReader)
        state.reader = reader
        if reader is None and self._protection.may_open_later:
            state.reader = self._kept = self._kept or KeptRecords(self._protection.ring)
        elif reader is None:
            why = self._protection.trouble or Sealed.FOREIGN
            self._emit(RecordsSealed(side, why, self._packet, self._timestamp_ns))
        elif not opened_before:
            self._emit(RecordsOpened(side, self._packet, self._timestamp_ns))

    def _change_reader(self, side: Side, state: _Direction) -> None:
        """That side's ChangeCipherSpec, before TLS 1.3."""
        if self._protection is not None and self.version is not None:
            self._use(side, state, self._protection.change_cipher_spec(side))

    def _protected(
        self, side: Side, state: _Direction, reader: RecordReader | KeptRecords, record: bytes, size: int
    ) -> bool:
        """A record that the keys in force open; False while it is not all there.

        Before TLS 1.3 application data says so on its outside, and most of it need not be read.
        """
        if isinstance(reader, KeptRecords):
            if len(record) < size:
                return False
            self._keep(reader, KeptRecord(side, record[:HEADER], record[HEADER:], self._packet, self._timestamp_ns))
        elif record[0] == _DATA and reader.skippable and not self._is_tls13 and state.data_records >= DECRYPTED_RECORDS:
            reader.skip()
        elif len(record) < size:
            return False
        else:
            self._open(side, state, reader, record[:HEADER], record[HEADER:])
        return True

    def _keep(self, kept: KeptRecords, record: KeptRecord) -> None:
        """A record whose keys may still come."""
        for dropped in kept.keep(record):
            self._stay_closed(dropped)
        if kept.keys_came():
            self._try_again(kept)

    def _try_again(self, kept: KeptRecords) -> None:
        """Keys have come, perhaps those of this connection: what was kept is opened in its order."""
        assert self._protection is not None
        for side, state in zip(Side, self._directions, strict=True):
            if state.reader is kept and (reader := self._protection.again(side)) is not None:
                self._use(side, state, reader)
                if kept.lost[side]:
                    reader.records_lost()
        here = self._packet, self._timestamp_ns
        for record in kept.take_all():
            reader_now = self._directions[record.side].reader
            if reader_now is kept or reader_now is None:
                kept.keep(record)
                continue
            self._packet, self._timestamp_ns = record.packet, record.timestamp_ns
            assert isinstance(reader_now, RecordReader)
            if record.header:
                self._open(record.side, self._directions[record.side], reader_now, record.header, record.fragment)
            else:
                reader_now.records_lost()
        self._packet, self._timestamp_ns = here

    def _stay_closed(self, record: KeptRecord) -> None:
        """No key came for a record that was kept."""
        self._packet, self._timestamp_ns = record.packet, record.timestamp_ns
        if not record.header:
            return
        if record.header[0] == _DATA:
            self._opaque(record.side, self._directions[record.side], len(record.fragment))
        else:
            self._encrypted(record.side, record.header[0], len(record.fragment))

    def _give_up_waiting(self) -> None:
        """The connection is over: keys that have not come are not coming."""
        kept = self._kept
        if kept is None or self._protection is None:
            return
        if kept.keys_came():
            self._try_again(kept)
        for side, state in zip(Side, self._directions, strict=True):
            if state.reader is kept:
                state.reader = None
                why = self._protection.trouble or Sealed.FOREIGN
                self._emit(RecordsSealed(side, why, self._packet, self._timestamp_ns))
        for record in kept.take_all():
            self._stay_closed(record)

    def _open(self, side: Side, state: _Direction, reader: RecordReader, header: bytes, fragment: bytes) -> None:
        """An encrypted record that is all there."""
        try:
            kind, plain = reader.open(header, fragment)
        except DecryptionError:
            if self._early_data and side is Side.CLIENT and not reader.opened:
                return  # early data, under keys of its own, until one record opens (RFC 8446 section 4.2.10)
            state.reader = None
            why = Sealed.DAMAGED if reader.opened else Sealed.WRONG
            self._emit(RecordsSealed(side, why, self._packet, self._timestamp_ns))
            self._encrypted(side, header[0], len(fragment))
            return
        if kind == _HANDSHAKE:
            if plain:
                state.joiner.record_started(plain, 0, len(plain))
                self._messages(side, state.joiner.feed(plain), protected=True)
        elif kind == _ALERT and len(plain) == 2:
            self._emit(AlertReceived(side, plain[0], plain[1], self._packet, self._timestamp_ns, True))
        elif kind == _DATA:
            self._application_data(side, state, plain)
        elif kind == _CCS and not self._is_tls13:
            self._emit(CipherSpecChanged(side, self._packet, self._timestamp_ns))
            self._change_reader(side, state)
        if state.rekey:
            self._rekey(side, state)

    def _rekey(self, side: Side, state: _Direction) -> None:
        """The record that just ended held that side's Finished, or a KeyUpdate."""
        assert self._protection is not None
        kind, state.rekey = state.rekey, 0
        if kind == _FINISHED:
            self._use(side, state, self._protection.after_finished(side))
        else:
            self._use(side, state, self._protection.after_key_update(side))

    def _application_data(self, side: Side, state: _Direction, plain: bytes) -> None:
        state.data_records += 1
        if plain and state.data_records <= DECRYPTED_RECORDS:
            data = plain[:DECRYPTED_BYTES]
            self._emit(ApplicationDataReceived(side, data, len(plain), self._packet, self._timestamp_ns))

    def _opaque(self, side: Side, state: _Direction, length: int) -> None:
        """A record of type 23: told of only while it may be part of the handshake."""
        if state.data_records < self._reported_records:
            state.data_records += 1
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
        if self._protection is not None:
            self._keys(self._protection, side, message_type, message, body)

    def _keys(
        self, protection: Protection, side: Side, message_type: int, message: HandshakeMessage, body: bytes
    ) -> None:
        """What a message means for the keys of this connection."""
        state = self._directions[side]
        if message_type == _FINISHED:
            self._proofs.finished(side, body, (self._packet, self._timestamp_ns))
            if self._is_tls13 and not protection.in_application_phase(side):
                state.rekey = _FINISHED
            state.data_records = 0
        elif message_type == _KEY_UPDATE:
            state.rekey = _KEY_UPDATE
        elif message_type == _KEY_EXCHANGE:
            protection.key_exchange(body, self._proofs.transcript.up_to_key_exchange())
        elif type(message) is NewSessionTicket:
            if not self._is_tls13:
                protection.new_ticket(message.ticket)
        elif type(message) is EncryptedExtensions and message.extensions.early_data:
            # accepted: EndOfEarlyData, which stays closed, is part of the transcript (RFC 8446 section 4.5)
            self._proofs.take(Side.CLIENT, int(HandshakeType.end_of_early_data), b"")

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
            if self._protection is not None:
                self._unlock(self._protection, message)
        elif type(message) is ClientHello:
            state = self._directions[side]
            if state.reader is not None:
                self._proofs.begin()  # a renegotiation, under the keys in force
            elif state.encrypted:
                state.encrypted = False
                state.plain = True
            self._early_data = bool(message.extensions.early_data)
            self._proofs.more_may_follow = bool(message.extensions.post_handshake_auth)
            if self._protection is not None:
                self._protection.client_hello(message)

    def _malformed(self, side: Side, what: str, error: str) -> None:
        state = self._directions[side]
        state.malformed += 1
        if state.malformed <= MAX_MALFORMED:
            self._emit(Malformed(side, what, error, self._packet, self._timestamp_ns))

    # -- losing and finding the place

    def _lose(self, side: Side, state: _Direction, rest: bytes) -> None:
        self._malformed(side, "record header", "these bytes are not a TLS record")
        state.joiner.lose()
        state.lost = True
        state.buffer = rest[1:]
        state.scan_at = 0

    def _search(self, state: _Direction, fresh: int, *, final: bool) -> bool:
        """Look for a place to go on from; True when found (the buffer then begins with it).

        All of a long buffer is searched only now and then, but a hello or alert in its ``fresh`` bytes is seen at once.
        """
        if len(state.buffer) < state.scan_at and not final:
            tail = state.buffer[-fresh - HELLO_BYTES :]
            if find_client_hello(tail) is None and find_server_hello(tail) is None and not _ends_with_alert(tail):
                return False
        at = self._first_record(state.buffer, final=final)
        if at is None:
            if len(state.buffer) > MAX_LOST_BYTES:
                state.buffer = state.buffer[-MAX_LOST_BYTES // 2 :]
            state.scan_at = len(state.buffer) + (SCAN_STEP if len(state.buffer) > SCAN_STEP else 0)
            return False
        state.buffer = state.buffer[at:]
        state.lost = False
        state.scan_at = 0
        return True

    @staticmethod
    def _first_record(data: bytes, *, final: bool) -> int | None:
        """A hello, which may be all that a side sends for a while, or two headers in a row, or a lone alert."""
        hellos = (find_client_hello(data), find_server_hello(data), find_records(data, final=final))
        at = min((at for at in hellos if at is not None), default=None)
        return len(data) - 7 if at is None and _ends_with_alert(data) else at

    def _charge(self, state: _Direction) -> None:
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
            self._emit(Malformed(Side.CLIENT, "connection", "given up: too much incomplete data", self._packet, None))
