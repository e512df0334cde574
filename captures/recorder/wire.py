"""Frames of our own recordings, read and rewritten: classic pcap, Ethernet, IPv4 or IPv6, TCP.

Enough for what tcpdump wrote on loopback, and no more: the analyser has its own, better reader, which these
captures test and which must therefore not make them.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

ETHERNET = 1
_HEADER = struct.Struct("<IHHiIII")
_RECORD = struct.Struct("<IIII")
_MAGIC = 0xA1B2C3D4
_IPV4, _IPV6 = 0x0800, 0x86DD

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
_HANDSHAKE, _CERTIFICATE_REQUEST = 22, 13


@dataclass(frozen=True)
class Frame:
    """One captured frame; `wire_length` is longer than `data` where the snapshot length cut it."""

    microseconds: int
    data: bytes
    wire_length: int


def read(capture: bytes) -> list[Frame]:
    if capture.startswith(b"\x1f\x8b"):
        capture = gzip.decompress(capture)
    if _HEADER.unpack_from(capture)[0] != _MAGIC:
        raise ValueError("not a little-endian microsecond pcap, which is what tcpdump writes here")
    frames = []
    position = _HEADER.size
    while position < len(capture):
        seconds, micros, captured, on_wire = _RECORD.unpack_from(capture, position)
        position += _RECORD.size
        data = capture[position : position + captured]
        frames.append(Frame(seconds * 1_000_000 + micros, data, on_wire))
        position += captured
    return frames


def write(frames: Iterable[Frame], link_type: int = ETHERNET) -> bytes:
    parts = [_HEADER.pack(_MAGIC, 2, 4, 0, 0, 262144, link_type)]
    for frame in frames:
        seconds, micros = divmod(frame.microseconds, 1_000_000)
        parts += [_RECORD.pack(seconds, micros, len(frame.data), frame.wire_length), frame.data]
    return b"".join(parts)


def pcapng_with_secrets_last(frames: Iterable[Frame], secrets: bytes) -> bytes:
    """A pcapng section with one interface, the frames, and only then a Decryption Secrets Block with a key log."""
    blocks = [
        _block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
        _block(1, struct.pack("<HHI", ETHERNET, 0, 262144)),
    ]
    for frame in frames:
        high, low = divmod(frame.microseconds, 2**32)
        head = struct.pack("<IIIII", 0, high, low, len(frame.data), frame.wire_length)
        blocks.append(_block(6, head + _padded(frame.data)))
    blocks.append(_block(0x0A, struct.pack("<II", 0x544C534B, len(secrets)) + _padded(secrets)))
    return b"".join(blocks)


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


@dataclass(frozen=True)
class Segment:
    """The TCP segment of a frame."""

    frame: Frame
    source: tuple[bytes, int]
    destination: tuple[bytes, int]
    sequence: int
    acknowledged: int
    flags: int
    tcp_start: int
    payload: bytes


def segment(frame: Frame) -> Segment:
    data = frame.data
    if _ether_type(data) == _IPV4:
        tcp_start = 14 + (data[14] & 15) * 4
        end = 14 + int.from_bytes(data[16:18], "big")
        addresses = data[26:30], data[30:34]
    else:
        tcp_start = 14 + 40
        end = tcp_start + int.from_bytes(data[18:20], "big")
        addresses = data[22:38], data[38:54]
    source_port, destination_port, sequence, acknowledged, offset, flags = struct.unpack_from(
        "!HHIIBB", data, tcp_start
    )
    return Segment(
        frame=frame,
        source=(addresses[0], source_port),
        destination=(addresses[1], destination_port),
        sequence=sequence,
        acknowledged=acknowledged,
        flags=flags,
        tcp_start=tcp_start,
        payload=data[tcp_start + (offset >> 4) * 4 : end],
    )


def rewritten(old: Segment, *, sequence: int, acknowledged: int, payload: bytes, flags: int) -> Frame:
    """The same frame with other numbers or another payload; lengths and checksums follow."""
    data = bytearray(old.frame.data[: old.tcp_start + _tcp_header_length(old)])
    struct.pack_into("!II", data, old.tcp_start + 4, sequence % 2**32, acknowledged % 2**32)
    data[old.tcp_start + 13] = flags
    data += payload
    if _ether_type(data) == _IPV4:
        struct.pack_into("!H", data, 16, len(data) - 14)
        struct.pack_into("!H", data, 24, 0)
        struct.pack_into("!H", data, 24, checksum(bytes(data[14 : old.tcp_start])))
    else:
        struct.pack_into("!H", data, 18, len(data) - old.tcp_start)
    set_tcp_checksum(data, old.tcp_start, old.source[0], old.destination[0])
    return replace(old.frame, data=bytes(data), wire_length=len(data))


def split(old: Segment, payload: bytes, size: int) -> Iterator[Frame]:
    """The same segment with another payload, in frames of at most `size` bytes of it."""
    for start in range(0, max(len(payload), 1), size):
        last = start + size >= len(payload)
        yield rewritten(
            old,
            sequence=old.sequence + start,
            acknowledged=old.acknowledged,
            payload=payload[start : start + size],
            flags=old.flags if last else old.flags & ~(PSH | FIN),
        )


def set_tcp_checksum(data: bytearray, tcp_start: int, source: bytes, destination: bytes) -> None:
    struct.pack_into("!H", data, tcp_start + 16, 0)
    tcp = bytes(data[tcp_start:])
    pseudo_header = source + destination + struct.pack("!II", len(tcp), 6)
    struct.pack_into("!H", data, tcp_start + 16, checksum(pseudo_header + tcp))


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _ether_type(data: bytes | bytearray) -> int:
    return int.from_bytes(data[12:14], "big")


def _tcp_header_length(old: Segment) -> int:
    return (old.frame.data[old.tcp_start + 12] >> 4) * 4


def certificate_requests(capture: bytes) -> list[bytes]:
    """The body of every readable CertificateRequest, in order of the server's packets."""
    streams: dict[tuple[tuple[bytes, int], tuple[bytes, int]], bytes] = {}
    for frame in read(capture):
        one = segment(frame)
        key = one.source, one.destination
        streams[key] = streams.get(key, b"") + one.payload
    return [
        body
        for stream in streams.values()
        for kind, body in _messages(_handshake_bytes(stream))
        if kind == _CERTIFICATE_REQUEST
    ]


def _handshake_bytes(stream: bytes) -> bytes:
    """What the records of type handshake carry, from where the first one stands up to the first gap in sense."""
    position = 0
    while stream[position : position + 2] != b"\x16\x03" and position < len(stream):
        position += 1
    content = b""
    while position + 5 <= len(stream) and stream[position] == _HANDSHAKE:
        length = int.from_bytes(stream[position + 3 : position + 5], "big")
        content += stream[position + 5 : position + 5 + length]
        position += 5 + length
    return content


def _messages(content: bytes) -> Iterable[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(content):
        length = int.from_bytes(content[position + 1 : position + 4], "big")
        yield content[position], content[position + 4 : position + 4 + length]
        position += 4 + length


def names_in_request(body: bytes, *, has_signature_schemes: bool) -> list[bytes]:
    """The DER names of a CertificateRequest, up to its end whatever its 16-bit list length says."""
    position = 1 + body[0]
    if has_signature_schemes:
        position += 2 + int.from_bytes(body[position : position + 2], "big")
    position += 2
    names = []
    while position < len(body):
        length = int.from_bytes(body[position : position + 2], "big")
        names.append(body[position + 2 : position + 2 + length])
        position += 2 + length
    return names
