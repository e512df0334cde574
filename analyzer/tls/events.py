"""What the TLS room reports, in the past tense: one value for each thing that one side did, or that was missed."""

from __future__ import annotations

import msgspec

from analyzer.packets import Side
from analyzer.tls.messages import HandshakeMessage


class HandshakeMessageReceived(msgspec.Struct, frozen=True, gc=False):
    """A handshake message was read in full."""

    sender: Side
    message_type: int
    message: HandshakeMessage
    length: int
    """Bytes of the message with its four-byte header."""
    records: int
    """TLS records that carried it."""
    packet: int
    """The packet that completed it."""
    timestamp_ns: int | None


class AlertReceived(msgspec.Struct, frozen=True, gc=False):
    """An alert that can be read (RFC 8446 section 6)."""

    sender: Side
    level: int
    description: int
    packet: int
    timestamp_ns: int | None


class CipherSpecChanged(msgspec.Struct, frozen=True, gc=False):
    """ChangeCipherSpec (RFC 5246 section 7.1; a mere compatibility dummy in TLS 1.3, RFC 8446 appendix D.4)."""

    sender: Side
    packet: int
    timestamp_ns: int | None


class EncryptedRecordReceived(msgspec.Struct, frozen=True, gc=False):
    """A record whose inside cannot be read; ``packet`` is the one that brought its header."""

    sender: Side
    content_type: int
    length: int
    packet: int
    timestamp_ns: int | None


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are not what they should be; the other direction and later messages go on."""

    sender: Side
    what: str
    error: str
    packet: int
    timestamp_ns: int | None


class MessageLost(msgspec.Struct, frozen=True, gc=False):
    """A handshake message that a gap damaged; its type is known when its header was seen."""

    sender: Side
    message_type: int | None
    packet: int
    timestamp_ns: int | None


class BytesMissing(msgspec.Struct, frozen=True, gc=False):
    """Bytes of this direction are not in the capture."""

    sender: Side
    length: int
    packet: int
    timestamp_ns: int | None
    """Of the packet before the gap."""
    place_lost: bool
    """Handshake messages may have been among them; False where the gap only cost what it was known to hit."""


Event = (
    HandshakeMessageReceived
    | AlertReceived
    | CipherSpecChanged
    | EncryptedRecordReceived
    | Malformed
    | MessageLost
    | BytesMissing
)
