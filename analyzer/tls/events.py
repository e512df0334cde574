"""What the TLS room reports, in the past tense: one value for each thing that one side did, or that was missed."""

from __future__ import annotations

import msgspec

from analyzer.packets import Side
from analyzer.tls.messages import HandshakeMessage
from analyzer.tls.protection import Sealed


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
    protected: bool = False
    """It came out of an encrypted record."""


class AlertReceived(msgspec.Struct, frozen=True, gc=False):
    """An alert that can be read (RFC 8446 section 6)."""

    sender: Side
    level: int
    description: int
    packet: int
    timestamp_ns: int | None
    protected: bool = False


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
    data: bytes = b""
    """Where a record should begin: the bytes that stand in place of its header."""


class MessageLost(msgspec.Struct, frozen=True, gc=False):
    """A handshake message that a gap damaged; its type is known when its header was seen."""

    sender: Side
    message_type: int | None
    packet: int
    timestamp_ns: int | None


class MessageUnfinished(msgspec.Struct, frozen=True, gc=False):
    """A client's Certificate of which the stream holds the beginning only: told at its end."""

    sender: Side
    message_type: int
    length: int
    """Bytes of the whole message with its header, as that says."""
    packet: int
    """The last one that brought some of it."""
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


class RecordsOpened(msgspec.Struct, frozen=True, gc=False):
    """From here on the encrypted records of this side are read."""

    sender: Side
    packet: int
    timestamp_ns: int | None


class RecordsSealed(msgspec.Struct, frozen=True, gc=False):
    """From here on the encrypted records of this side stay closed, although keys were given."""

    sender: Side
    why: Sealed
    packet: int
    timestamp_ns: int | None


class ApplicationDataReceived(msgspec.Struct, frozen=True, gc=False):
    """Decrypted application data; the first few records after each handshake, cut to what a status line needs."""

    sender: Side
    data: bytes
    length: int
    packet: int
    timestamp_ns: int | None


class ProofReceived(msgspec.Struct, frozen=True, gc=False):
    """A CertificateVerify, with the bytes that it signs (RFC 5246 section 7.4.8, RFC 8446 section 4.4.3)."""

    sender: Side
    version: int
    scheme: int | None
    signed: bytes
    signature: bytes
    packet: int
    timestamp_ns: int | None
    key_exchange: bytes = b""
    """Before TLS 1.3: the ServerKeyExchange of the same handshake, whose signature is a control."""


class FinishedChecked(msgspec.Struct, frozen=True, gc=False):
    """A decrypted Finished, held against our own transcript and secrets."""

    sender: Side
    valid: bool
    packet: int
    timestamp_ns: int | None


Event = (
    HandshakeMessageReceived
    | AlertReceived
    | CipherSpecChanged
    | EncryptedRecordReceived
    | Malformed
    | MessageLost
    | MessageUnfinished
    | BytesMissing
    | RecordsOpened
    | RecordsSealed
    | ApplicationDataReceived
    | ProofReceived
    | FinishedChecked
)
