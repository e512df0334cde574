"""Blocks of a pcapng file, as they are written (draft-ietf-opsawg-pcapng); :mod:`analyzer.capture.pcapng` reads them.

Everything is little-endian and says its times in nanoseconds. All packets are enhanced packet blocks, because the
simple ones can hold no comment. A packet without a time, which only a simple block could say, is given to an
interface whose clock begins a second before 1970: a time that no capture means, and that certwhy reads as none.
Wireshark shows that second.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from analyzer.packets import Packet

MOST_COMMENT_BYTES = 8_192
"""Of one comment; the format itself allows 65,535."""

_SECTION, _INTERFACE, _ENHANCED_PACKET, _SECRETS = 0x0A0D0D0A, 1, 6, 10
_BYTE_ORDER_MAGIC = 0x1A2B3C4D
_COMMENT, _APPLICATION, _TIME_RESOLUTION, _TIME_OFFSET = 1, 4, 9, 14
_LENGTH_NOT_SAID = -1
_NANOSECONDS = bytes((9,))
_BEFORE_1970 = struct.pack("<q", -1)
_PACKET = struct.Struct("<IIIII")


def section_header(application: str) -> bytes:
    """The block that begins a file, with the program that writes it (section 4.1)."""
    body = struct.pack("<IHHq", _BYTE_ORDER_MAGIC, 1, 0, _LENGTH_NOT_SAID)
    return _block(_SECTION, body + _options((_APPLICATION, application.encode())))


def interface_description(link_type: int, *, timed: bool) -> bytes:
    """An interface, for packets with or without a time (section 4.2)."""
    options = [(_TIME_RESOLUTION, _NANOSECONDS)]
    if not timed:
        options.append((_TIME_OFFSET, _BEFORE_1970))
    return _block(_INTERFACE, struct.pack("<HHI", link_type, 0, 0) + _options(*options))


def enhanced_packet(interface: int, packet: Packet, comments: Sequence[str] = ()) -> bytes:
    """A packet and what is said of it (section 4.3)."""
    stamp = packet.timestamp_ns or 0
    head = _PACKET.pack(interface, stamp >> 32, stamp & 0xFFFFFFFF, len(packet.data), packet.wire_length)
    options = _options(*((_COMMENT, _cut(comment)) for comment in comments)) if comments else b""
    return _block(_ENHANCED_PACKET, head + _padded(packet.data) + options)


def decryption_secrets(kind: int, data: bytes) -> bytes:
    """Secrets of the packets that follow (section 4.7)."""
    return _block(_SECRETS, struct.pack("<II", kind, len(data)) + data)


def _cut(comment: str) -> bytes:
    """As UTF-8, without a broken character at the end."""
    return comment.encode("utf-8", "replace")[:MOST_COMMENT_BYTES].decode("utf-8", "ignore").encode()


def _options(*options: tuple[int, bytes]) -> bytes:
    return b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options) + bytes(4)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _block(kind: int, body: bytes) -> bytes:
    body = _padded(body)
    total = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + total + body + total
