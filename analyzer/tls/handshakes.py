"""The handshake layer of one direction: bytes of handshake records in, whole messages out.

Theory of operation
-------------------
Messages may share a record or span several (RFC 8446 section 5.1). The joiner therefore knows nothing of
records except where one starts. It keeps at most one incomplete message. A gap that falls inside a message
whose header was read costs just that message: the joiner counts on to its end. A gap that hides a header
costs everything up to the next record that begins with a plausible header.

"Not yet" is not an error: :meth:`HandshakeJoiner.feed` returns the messages that are complete, maybe none.
"""

from __future__ import annotations

from typing import NamedTuple

from analyzer.tls.codepoints import HandshakeType

MAX_MESSAGE_BYTES = 1 << 20
"""A longer message is passed over. The protocol allows 16 MiB; no stack accepts more than 256 KiB."""

_KNOWN_TYPES = frozenset(int(t) for t in HandshakeType)


class RawMessage(NamedTuple):
    """One message, undecoded. ``body`` is None when it was damaged by a gap or too long."""

    message_type: int
    body: bytes | None
    length: int
    records: int


def plausible_header(data: bytes, at: int, limit: int = MAX_MESSAGE_BYTES) -> bool:
    """Could a handshake message start here? (known type, believable length)"""
    return len(data) >= at + 4 and data[at] in _KNOWN_TYPES and int.from_bytes(data[at + 1 : at + 4], "big") <= limit


class HandshakeJoiner:
    """Joins handshake messages over records, for one direction."""

    __slots__ = ("_left", "_parts", "_records", "_type_and_length", "busy", "lost", "size")

    def __init__(self) -> None:
        self._parts = bytearray()
        self._left = 0
        """Bytes still to come of a message that is only counted, not kept."""
        self._type_and_length = (0, 0)
        self._records = 1
        self.lost = False
        """Where the next message starts is not known."""
        self.size = 0
        """Bytes held."""
        self.busy = False
        """A message is in progress, or the place is lost: a record need not begin with a message."""

    @property
    def idle(self) -> bool:
        """No message is in progress."""
        return not self._parts and not self._left

    def unfinished(self) -> tuple[int, int] | None:
        """Type and whole length of the message in progress, if its header was read."""
        if self._left:
            return self._type_and_length
        if self.lost or len(self._parts) < 4:
            return None
        return self._parts[0], 4 + int.from_bytes(self._parts[1:4], "big")

    def record_started(self, data: bytes, at: int, length: int) -> None:
        """A handshake record of that length begins; its first bytes tell a lost joiner whether a message does too."""
        if self.lost:
            if length >= 4 and plausible_header(data, at):
                self.lost = False
                self._records = 1
        elif not self.idle:
            self._records += 1

    def feed(self, data: bytes) -> list[RawMessage]:
        """Take the next bytes of handshake records; return the messages that they complete."""
        done: list[RawMessage] = []
        if self.lost:
            return done
        if self._left:
            data = self._count_off(data, done)
        parts = self._parts
        if parts:
            parts += data
            size = len(parts)
            if size >= 4 and size < 4 + ((parts[1] << 16) | (parts[2] << 8) | parts[3]) <= MAX_MESSAGE_BYTES:
                self.size = size
                return done
            data = bytes(parts)
            parts.clear()
        position, end = 0, len(data)
        while end - position >= 4:
            length = (data[position + 1] << 16) | (data[position + 2] << 8) | data[position + 3]
            stop = position + 4 + length
            if length > MAX_MESSAGE_BYTES:
                self._type_and_length = (data[position], length + 4)
                self._left = stop - position
                data = self._count_off(data[position:], done)
                position, end = 0, len(data)
                continue
            if stop > end:
                break
            done.append(RawMessage(data[position], data[position + 4 : stop], length + 4, self._records))
            self._records = 1
            position = stop
        if position < end:
            self._parts += data[position:]
        self.size = len(self._parts)
        self.busy = self.size > 0 or self._left > 0
        return done

    def _count_off(self, data: bytes, done: list[RawMessage]) -> bytes:
        """Pass over the rest of a message that is not kept."""
        passed = min(self._left, len(data))
        self._left -= passed
        if not self._left:
            message_type, length = self._type_and_length
            done.append(RawMessage(message_type, None, length, self._records))
            self._records = 1
        return data[passed:]

    def gap(self, length: int) -> list[RawMessage]:
        """So many handshake bytes are missing here."""
        done: list[RawMessage] = []
        if self.lost:
            return done
        if not self._left and len(self._parts) >= 4:
            total = 4 + int.from_bytes(self._parts[1:4], "big")
            self._type_and_length = (self._parts[0], total)
            self._left = total - len(self._parts)
            self._parts.clear()
            self.size = 0
        if self._left >= length:
            self._left -= length
            if not self._left:
                done.append(RawMessage(self._type_and_length[0], None, self._type_and_length[1], self._records))
                self._records = 1
            self.busy = self._left > 0
            return done
        if self._left:
            done.append(RawMessage(self._type_and_length[0], None, self._type_and_length[1], self._records))
        self.lose()
        return done

    def lose(self) -> None:
        """Forget what is in progress; the place in the stream is no longer known."""
        self._parts.clear()
        self._left = 0
        self.size = 0
        self._records = 1
        self.lost = self.busy = True
