"""One direction of a TLS connection: where it stands in its stream, and how it finds its place again.

A direction is *lost* where a gap hid a record header, or where what should have been one is none. It then looks for
two record headers in a row that fit, or for a hello or an alert in the clear, and goes on from there.
"""

from __future__ import annotations

from analyzer.tls.codepoints import ContentType
from analyzer.tls.decryption import RecordReader
from analyzer.tls.handshakes import HandshakeJoiner
from analyzer.tls.late_keys import KeptRecords
from analyzer.tls.records import (
    HEADER,
    HELLO_BYTES,
    find_client_hello,
    find_records,
    find_server_hello,
    fits_header,
)

REPORTED_RECORDS = 24
"""Opaque records (type 23) reported per direction while they may be part of the handshake, as in TLS 1.3. Before
TLS 1.3 they are application data, and the first one says all. What follows is skipped without a word."""
MAX_LOST_BYTES = 48 * 1024
"""Bytes searched for record headers before they are forgotten."""
SCAN_STEP = 1024

_ALERT = int(ContentType.alert)


class Direction:
    """What is known of one side's stream."""

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
        """The last one."""
        self.timestamp_ns: int | None = None
        self.joiner = HandshakeJoiner()
        self.reader: RecordReader | KeptRecords | None = None
        """Opens this side's encrypted records, where there are keys, or keeps them where keys may come."""
        self.rekey = 0
        """The message in the current record after which other keys are in force (Finished or KeyUpdate)."""
        self.data_records = 0
        self.charged = 0
        self.malformed = 0

    def counts_data(self, limit: int) -> bool:
        """One more record of type 23; is it to be told of?"""
        told = self.data_records < limit
        self.data_records += told
        return told

    def lose_place(self, rest: bytes) -> None:
        """What should have been a record header is none: look for one in the rest."""
        self.joiner.lose()
        self.lost = True
        self.buffer = rest[1:]
        self.scan_at = 0

    def find_place(self, fresh: int, *, final: bool) -> bool:
        """Look for a place to go on from; True when found (the buffer then begins with it).

        All of a long buffer is searched only now and then, but a hello or alert in its ``fresh`` bytes is seen at once.
        """
        if len(self.buffer) < self.scan_at and not final:
            tail = self.buffer[-fresh - HELLO_BYTES :]
            if find_client_hello(tail) is None and find_server_hello(tail) is None and not _ends_with_alert(tail):
                return False
        at = _first_record(self.buffer, final=final)
        if at is None:
            if len(self.buffer) > MAX_LOST_BYTES:
                self.buffer = self.buffer[-MAX_LOST_BYTES // 2 :]
            self.scan_at = len(self.buffer) + (SCAN_STEP if len(self.buffer) > SCAN_STEP else 0)
            return False
        self.buffer = self.buffer[at:]
        self.lost = False
        self.scan_at = 0
        return True


def _first_record(data: bytes, *, final: bool) -> int | None:
    """A hello, which may be all that a side sends for a while, or two headers in a row, or a lone alert."""
    hellos = (find_client_hello(data), find_server_hello(data), find_records(data, final=final))
    at = min((at for at in hellos if at is not None), default=None)
    return len(data) - 7 if at is None and _ends_with_alert(data) else at


def _ends_with_alert(data: bytes) -> bool:
    """Are the last seven bytes an alert in the clear?"""
    at = len(data) - HEADER - 2
    return at >= 0 and data[at] == _ALERT and fits_header(data, at) and data[-4:-2] == b"\0\2" and data[-2] in (1, 2)
