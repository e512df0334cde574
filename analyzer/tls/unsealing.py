"""With keys: the protected records of one connection, opened in their order.

Theory of operation
-------------------
:class:`~analyzer.tls.protection.Protection` knows which keys come into force when; here they are put to work, and
what they open is told. The session keeps walking the records, and gets back the handshake bytes that were inside.

A record that does not open ends the reading of its direction, and the event says why. Two things are tried before:
after a gap in TLS 1.3, which may have hidden a Finished or KeyUpdate, the keys that follow; and while the client may
be sending early data, whose keys are its own, its records are passed over (RFC 8446 section 4.2.10).

Where keys may still come, records for which there are none are kept for a while (``late_keys``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzer.packets import CLIENT, Side
from analyzer.tls.codepoints import TLS_1_3, ContentType, HandshakeType
from analyzer.tls.decryption import DecryptionError, RecordReader
from analyzer.tls.direction import REPORTED_RECORDS, Direction
from analyzer.tls.events import (
    AlertReceived,
    ApplicationDataReceived,
    CipherSpecChanged,
    EncryptedRecordReceived,
    Event,
    RecordsOpened,
    RecordsSealed,
)
from analyzer.tls.late_keys import KeptRecord, KeptRecords
from analyzer.tls.messages import ClientHello, EncryptedExtensions, HandshakeMessage, NewSessionTicket, ServerHello
from analyzer.tls.proofs import Proofs, Where
from analyzer.tls.protection import Protection, Sealed

DECRYPTED_RECORDS = 8
"""Records of decrypted application data told of, per direction, after each handshake: where a status line is."""
DECRYPTED_BYTES = 2048
"""Of each of them."""
DOUBTED_RECORDS = 4
"""Records tried after a first one that did not open: was it the secret, or only that record?"""

_HANDSHAKE, _ALERT = int(ContentType.handshake), int(ContentType.alert)
_CCS, _DATA = int(ContentType.change_cipher_spec), int(ContentType.application_data)
_FINISHED, _KEY_UPDATE = int(HandshakeType.finished), int(HandshakeType.key_update)
_KEY_EXCHANGE, _END_OF_EARLY_DATA = int(HandshakeType.client_key_exchange), int(HandshakeType.end_of_early_data)


class Unsealing:
    """Opens the protected records of one connection."""

    __slots__ = ("_directions", "_early", "_early_data", "_emit", "_is_tls13", "_kept", "_proofs", "_protection")

    def __init__(
        self,
        protection: Protection,
        proofs: Proofs,
        emit: Callable[[Event], None],
        directions: tuple[Direction, Direction],
    ) -> None:
        self._protection = protection
        self._proofs = proofs
        self._emit = emit
        self._directions = directions
        self._is_tls13 = False
        self._kept: KeptRecords | None = None
        """Records whose keys may still come."""
        self._early_data = False
        """The client offered early data, which travels under keys of its own (RFC 8446 section 2.3)."""
        self._early: EncryptedRecordReceived | None = None
        """The first record that was passed over for it."""

    # -- which keys are in force

    def client_hello(self, hello: ClientHello) -> None:
        """A handshake begins."""
        self._early_data = bool(hello.extensions.early_data)
        self._protection.client_hello(hello)

    def server_hello(self, hello: ServerHello, where: Where) -> None:
        """The suite is agreed on; in TLS 1.3 keys are in force at once."""
        readers = self._protection.server_hello(hello)
        self._is_tls13 = hello.version >= TLS_1_3
        if not self._is_tls13:
            return
        for side, state, reader in zip(Side, self._directions, readers, strict=True):
            self._use(side, reader, where)
            if reader is not None and state.data_records and not (self._early_data and side is CLIENT):
                # The capture tells the two directions in another order than they were sent in.
                self._emit(RecordsSealed(side, Sealed.BEFORE, *where))
                reader.records_lost()

    def change_cipher_spec(self, side: Side, where: Where, *, missed: bool = False) -> None:
        """That side's ChangeCipherSpec, before TLS 1.3; ``missed``: a gap hid it, and perhaps more."""
        self._use(side, self._protection.change_cipher_spec(side), where)
        if missed:
            self.records_lost(side, where[0])

    def rekey(self, side: Side, where: Where) -> None:
        """The record that just ended held that side's Finished, or a KeyUpdate."""
        state = self._directions[side]
        kind, state.rekey = state.rekey, 0
        if kind == _FINISHED:
            self._use(side, self._protection.after_finished(side), where)
        else:
            self._use(side, self._protection.after_key_update(side), where)

    def _use(self, side: Side, reader: RecordReader | None, where: Where) -> None:
        """Other keys are in force for a side's records, or none that we have."""
        state = self._directions[side]
        opened_before = isinstance(state.reader, RecordReader)
        state.reader = reader
        if reader is None and self._protection.may_open_later:
            state.reader = self._kept = self._kept or KeptRecords(self._protection.ring)
        elif reader is None:
            self._seal(side, where)
        elif not opened_before:
            self._emit(RecordsOpened(side, *where))

    def _seal(self, side: Side, where: Where) -> None:
        self._emit(RecordsSealed(side, self._protection.trouble or Sealed.FOREIGN, *where))

    def records_lost(self, side: Side, packet: int) -> None:
        """Some records of that side are missing here, nobody knows how many."""
        reader = self._directions[side].reader
        if isinstance(reader, KeptRecords):
            self._keep(reader, KeptRecord(side, b"", b"", packet, None))
        elif reader is not None:
            reader.records_lost()

    # -- records

    def passes_over(self, state: Direction, content_type: int) -> bool:
        """Need this record not be opened? Before TLS 1.3 application data says on its outside what it is."""
        reader = state.reader
        if (
            content_type != _DATA
            or self._is_tls13
            or state.data_records < DECRYPTED_RECORDS
            or not isinstance(reader, RecordReader)
            or not reader.skippable
        ):
            return False
        reader.skip()
        return True

    def take(self, side: Side, header: bytes, fragment: bytes, where: Where) -> bytes:
        """Open a record that is all there, or keep it; returns the bytes of handshake messages that it held."""
        reader = self._directions[side].reader
        if isinstance(reader, RecordReader):
            if reader.doubts:
                self._doubt(side, reader, header, fragment, where)
                return b""
            return self._open(side, reader, header, fragment, where)
        if reader is not None:
            self._keep(reader, KeptRecord(side, header, fragment, *where))
        return b""

    def _open(self, side: Side, reader: RecordReader, header: bytes, fragment: bytes, where: Where) -> bytes:
        try:
            kind, plain = reader.open(header, fragment)
        except DecryptionError:
            found = self._try_next(side, reader, header, fragment)
            if found is None:
                self._closed(side, reader, header, len(fragment), where)
                return b""
            kind, plain = found
        if self._early_data and side is CLIENT:  # the early data is over
            self._early_data, self._early = False, None
        if kind == _HANDSHAKE:
            return plain
        if kind == _DATA:
            self._application_data(side, plain, where)
        elif kind == _ALERT and len(plain) in (2, 4):
            for at in range(0, len(plain), 2):
                self._emit(AlertReceived(side, plain[at], plain[at + 1], *where, True))
        elif kind == _CCS and not self._is_tls13:
            self._emit(CipherSpecChanged(side, *where))
            self.change_cipher_spec(side, where)
        return b""

    def _try_next(self, side: Side, reader: RecordReader, header: bytes, fragment: bytes) -> tuple[int, bytes] | None:
        """After a gap in TLS 1.3: it may have hidden the message after which other keys are in force."""
        if not self._is_tls13 or not reader.after_gap:
            return None
        following = self._protection.beyond_gap(side)
        if following is None:
            return None
        following.records_lost()
        try:
            found = following.open(header, fragment)
        except DecryptionError:
            return None
        self._directions[side].reader = following
        return found

    def _closed(self, side: Side, reader: RecordReader, header: bytes, length: int, where: Where) -> None:
        """This record does not open, and so none after it."""
        record = EncryptedRecordReceived(side, header[0], length, *where)
        if self._early_data and side is CLIENT:
            self._early = self._early or record
            return
        state = self._directions[side]
        state.reader = None
        why = Sealed.DAMAGED if reader.opened or reader.after_gap or self._other_opened(side) else Sealed.WRONG
        self._emit(RecordsSealed(side, why, *where))
        self._emit(record)
        if why is Sealed.WRONG:
            reader.doubts = DOUBTED_RECORDS
            reader.skip()
            reader.records_lost()
            state.reader = reader

    def _other_opened(self, side: Side) -> bool:
        """Before TLS 1.3 both sides' keys come from one secret: where the other side's fit, so do these."""
        other = self._directions[side.other].reader
        return not self._is_tls13 and isinstance(other, RecordReader) and other.opened > 0

    def _doubt(self, side: Side, reader: RecordReader, header: bytes, fragment: bytes, where: Where) -> None:
        """The first record did not open. If one of the next few does, the secret is right and that record damaged.

        Only the very next one may already be under the next keys: a whole flight may travel in one record.
        """
        first = reader.doubts == DOUBTED_RECORDS
        reader.doubts -= 1
        try:
            opened = bool(reader.open(header, fragment))
        except DecryptionError:
            opened = first and self._try_next(side, reader, header, fragment) is not None
        if opened:
            self._emit(RecordsSealed(side, Sealed.DAMAGED, *where))
        if opened or not reader.doubts:
            self._directions[side].reader = None
        self._tell_closed(EncryptedRecordReceived(side, header[0], len(fragment), *where))

    def _application_data(self, side: Side, plain: bytes, where: Where) -> None:
        state = self._directions[side]
        state.data_records += 1
        if plain and state.data_records <= DECRYPTED_RECORDS:
            self._emit(ApplicationDataReceived(side, plain[:DECRYPTED_BYTES], len(plain), *where))

    def end(self, where: Where) -> None:
        """No more records will come, and no keys for those that wait. If nothing of the client opened, say so."""
        if self._kept is not None:
            for side, state in zip(Side, self._directions, strict=True):
                if state.reader is self._kept:
                    state.reader = None
                    self._seal(side, where)
            for record in self._kept.take_all():
                self._stay_closed(record)
        if self._early is not None:
            self._emit(RecordsSealed(CLIENT, Sealed.EARLY, self._early.packet, self._early.timestamp_ns))
            self._emit(self._early)
        self._early = None

    # -- records whose keys may still come

    @property
    def waits(self) -> bool:
        """Encrypted records are kept, for their keys may still come."""
        return self._kept is not None and self._kept.waiting

    def keys_came(self) -> bool:
        """Records are kept, and there are more keys than when this was last asked."""
        return self._kept is not None and self._kept.keys_came()

    def opened_late(self, where: Where) -> Iterator[tuple[Side, bytes, Where]]:
        """Keys have come, perhaps those of this connection: the handshake bytes in what was kept, in its order.

        Each is to be read before the next is asked for: it may change the keys.
        """
        kept = self._kept
        assert kept is not None
        for side, state in zip(Side, self._directions, strict=True):
            if state.reader is kept and (reader := self._protection.again(side)) is not None:
                self._use(side, reader, where)
                if kept.lost[side]:
                    reader.records_lost()
        for record in kept.take_all():
            there = (record.packet, record.timestamp_ns)
            if not record.header:
                self.records_lost(record.side, record.packet)
            elif self._directions[record.side].reader is None:
                self._stay_closed(record)
            elif inside := self.take(record.side, record.header, record.fragment, there):
                yield record.side, inside, there

    def _keep(self, kept: KeptRecords, record: KeptRecord) -> None:
        for dropped in kept.keep(record):
            self._stay_closed(dropped)

    def _stay_closed(self, record: KeptRecord) -> None:
        """No key came for a record that was kept."""
        if not record.header:
            return
        side, kind, length = record.side, record.header[0], len(record.fragment)
        self._tell_closed(EncryptedRecordReceived(side, kind, length, record.packet, record.timestamp_ns))

    def _tell_closed(self, record: EncryptedRecordReceived) -> None:
        """Of application data only the first records are told of."""
        limit = REPORTED_RECORDS if self._is_tls13 else 1
        if record.content_type != _DATA or self._directions[record.sender].counts_data(limit):
            self._emit(record)

    # -- messages

    def message(
        self, side: Side, message_type: int, message: HandshakeMessage, body: bytes, where: Where, *, protected: bool
    ) -> None:
        """What a message means for the keys. What only ever travels encrypted is not believed in the clear."""
        protection = self._protection
        if message_type == _KEY_EXCHANGE:
            protection.key_exchange(body, self._proofs.transcript.up_to_key_exchange())
        elif type(message) is NewSessionTicket:
            if not self._is_tls13:
                protection.new_ticket(message.ticket)
        elif not protected:
            return
        elif message_type == _FINISHED:
            self._proofs.finished(side, body, where)
            if self._is_tls13 and not protection.in_application_phase(side):
                self._directions[side].rekey = _FINISHED
            for state in self._directions:  # what is said next may be about this handshake
                state.data_records = 0
        elif not self._is_tls13:
            return
        elif message_type == _KEY_UPDATE:
            self._directions[side].rekey = _KEY_UPDATE
        elif type(message) is EncryptedExtensions and message.extensions.early_data:
            # accepted: EndOfEarlyData, which stays closed, is part of the transcript (RFC 8446 section 4.5)
            self._proofs.take(CLIENT, _END_OF_EARLY_DATA, b"")
