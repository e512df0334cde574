"""Builders of packets and capture files, byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

from analyzer.capture import FrameDecoder, open_capture
from analyzer.capture.progress import Truncation
from analyzer.packets import Datagram, Packet, Segment

SOURCE, TARGET = b"\x0a\0\0\1", b"\x0a\0\0\2"
SOURCE_6, TARGET_6 = b"\x20\x01" + bytes(13) + b"\1", b"\x20\x01" + bytes(13) + b"\2"
PORTS = struct.pack(">HH", 50_000, 443)
PATH = SOURCE + TARGET + PORTS
PATH_6 = SOURCE_6 + TARGET_6 + PORTS
MACS = b"\2\0\0\0\0\1\2\0\0\0\0\2"
IPV4, IPV6 = 0x0800, 0x86DD


def tcp(payload: bytes = b"hello", options: bytes = b"") -> bytes:
    """A TCP segment with sequence number 7 and acknowledgment 9."""
    offset = (20 + len(options)) // 4 << 4
    return PORTS + struct.pack(">IIBBHHH", 7, 9, offset, 0x18, 500, 0, 0) + options + payload


def udp(payload: bytes, ports: tuple[int, int] = (50_000, 443)) -> bytes:
    return struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload


def ipv4(
    body: bytes,
    protocol: int = 6,
    *,
    options: bytes = b"",
    total: int | None = None,
    fragment: int = 0,
    identity: int = 1,
) -> bytes:
    size = 20 + len(options)
    length = size + len(body) if total is None else total
    first = 0x40 | size // 4
    header = struct.pack(">BBHHHBBH", first, 0, length, identity, fragment, 64, protocol, 0)
    return header + SOURCE + TARGET + options + body


def ipv6(body: bytes, following: int = 6, *, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return struct.pack(">IHBB", 6 << 28, size, following, 64) + SOURCE_6 + TARGET_6 + body


def ethernet(body: bytes, kind: int = IPV4) -> bytes:
    return MACS + kind.to_bytes(2, "big") + body


def packet(data: bytes, link_type: int = 1, wire: int | None = None, number: int = 1) -> Packet:
    return Packet(number, 1_000, link_type, data, len(data) if wire is None else wire)


def decode(data: bytes, link_type: int = 1, wire: int | None = None) -> Segment | Datagram | None:
    """What a fresh decoder makes of one frame that it must be able to decode."""
    decoder = FrameDecoder()
    result = decoder.decode(packet(data, link_type, wire))
    assert decoder.undecodable == 0
    assert not decoder.unknown_link_types
    return result


def refuses(data: bytes, link_type: int = 1) -> bool:
    """Whether a fresh decoder counts the frame as undecodable."""
    decoder = FrameDecoder()
    return decoder.decode(packet(data, link_type)) is None and decoder.undecodable == 1


SEGMENT = Segment(PATH, 7, 9, 0x18, b"hello", 0, 1, 1_000)
SEGMENT_6 = Segment(PATH_6, 7, 9, 0x18, b"hello", 0, 1, 1_000)


def pcap(
    frames: Iterable[bytes],
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    *,
    link_word: int = 1,
    snap: int = 65_535,
    version: tuple[int, int] = (2, 4),
) -> bytes:
    """A classic capture; packet n was seen at n seconds and n units of the fraction."""
    parts = [struct.pack(order + "IHHiIII", magic, *version, 0, 0, snap, link_word)]
    for number, frame in enumerate(frames, 1):
        parts.append(struct.pack(order + "IIII", number, number, len(frame), len(frame)))
        if magic == 0xA1B2CD34:
            parts.append(bytes(8))
        parts.append(frame)
    return b"".join(parts)


class Pcapng:
    """Builds a pcapng file block by block."""

    def __init__(self, order: str = "<") -> None:
        self.order = order
        self.data = b""

    def block(self, kind: int, body: bytes) -> Pcapng:
        body += bytes(-len(body) % 4)
        size = 12 + len(body)
        self.data += struct.pack(self.order + "II", kind, size) + body + struct.pack(self.order + "I", size)
        return self

    def section(self, order: str | None = None, version: tuple[int, int] = (1, 0)) -> Pcapng:
        self.order = order or self.order
        return self.block(0x0A0D0D0A, struct.pack(self.order + "IHHq", 0x1A2B3C4D, *version, -1))

    def interface(self, link_type: int = 1, snap: int = 0, options: bytes = b"") -> Pcapng:
        return self.block(1, struct.pack(self.order + "HHI", link_type, 0, snap) + options)

    def option(self, code: int, value: bytes) -> bytes:
        return struct.pack(self.order + "HH", code, len(value)) + value + bytes(-len(value) % 4)

    def enhanced(self, frame: bytes, stamp: int = 0, interface: int = 0, wire: int | None = None) -> Pcapng:
        length = len(frame) if wire is None else wire
        head = (interface, stamp >> 32, stamp & 0xFFFFFFFF, len(frame), length)
        body = struct.pack(self.order + "IIIII", *head) + frame
        return self.block(6, body)

    def obsolete(self, frame: bytes, stamp: int = 0, interface: int = 0) -> Pcapng:
        head = (interface, 0, stamp >> 32, stamp & 0xFFFFFFFF, len(frame), len(frame))
        return self.block(2, struct.pack(self.order + "HHIIII", *head) + frame)

    def simple(self, frame: bytes, wire: int | None = None) -> Pcapng:
        return self.block(3, struct.pack(self.order + "I", len(frame) if wire is None else wire) + frame)


def read(path: Path) -> tuple[list[Packet], Truncation | None]:
    """Everything in a capture."""
    with open_capture(str(path)) as capture:
        packets = list(capture)
        return packets, capture.truncated
