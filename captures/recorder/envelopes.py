"""The same segments in other envelopes: link types, tunnels, IP versions, fragments, file formats.

Every function takes frames as tcpdump wrote them on loopback (Ethernet, whole) and leaves TCP as it was.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from . import wire
from .wire import ETHERNET, Frame

RAW = 101
_ETHERTYPE_IPV4, _ETHERTYPE_IPV6 = 0x0800, 0x86DD
_MACS = bytes(12)
_TCP, _UDP, _GRE, _FRAGMENT_HEADER, _HOP_BY_HOP = 6, 17, 47, 44, 0
_MORE_FRAGMENTS = 0x2000
_FRAGMENT_SIZE = 256
# As IPv4 hosts appear behind a translator (RFC 6052), here in the documentation's prefix.
_PREFIX = bytes.fromhex("20010db8000000000000000000000000")[:12]
_FCS_OF_FOUR_BYTES = 0x24000000


@dataclass(frozen=True)
class Link:
    """A link type and how it wraps an IP datagram of the given EtherType."""

    number: int
    wrap: Callable[[int, bytes], bytes]


def _ethernet(ether_type: int, payload: bytes) -> bytes:
    return _MACS + struct.pack("!H", ether_type) + payload


def _tagged(*tags: int) -> Callable[[int, bytes], bytes]:
    def wrap(ether_type: int, datagram: bytes) -> bytes:
        headers = b"".join(struct.pack("!HH", tag, number + 5) for number, tag in enumerate(tags))
        return _MACS + headers + struct.pack("!H", ether_type) + datagram

    return wrap


def _padded(ether_type: int, datagram: bytes) -> bytes:
    return _ethernet(ether_type, datagram).ljust(60, b"\x17")


def _with_checksum(ether_type: int, datagram: bytes) -> bytes:
    return _padded(ether_type, datagram) + b"\x16\x03\x03\x00"


def _sll(ether_type: int, datagram: bytes) -> bytes:
    return struct.pack("!HHH8sH", 0, 1, 6, bytes(8), ether_type) + datagram


def _sll2(ether_type: int, datagram: bytes) -> bytes:
    return struct.pack("!HHIHBB8s", ether_type, 0, 2, 1, 0, 6, bytes(8)) + datagram


def _family(ether_type: int) -> int:
    return 2 if ether_type == _ETHERTYPE_IPV4 else 30


def _pppoe(ether_type: int, datagram: bytes) -> bytes:
    protocol = 0x0021 if ether_type == _ETHERTYPE_IPV4 else 0x0057
    return _ethernet(0x8864, struct.pack("!BBHHH", 0x11, 0, 7, len(datagram) + 2, protocol) + datagram)


def _mpls(_ether_type: int, datagram: bytes) -> bytes:
    return _ethernet(0x8847, struct.pack("!II", 100 << 12 | 64, 101 << 12 | 0x100 | 64) + datagram)


def _through(protocol: int, payload: bytes) -> bytes:
    """An outer IPv4 datagram between two routers."""
    header = bytearray(struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0))
    header += bytes((198, 51, 100, 1, 198, 51, 100, 2))
    struct.pack_into("!H", header, 10, wire.checksum(bytes(header)))
    return _ethernet(_ETHERTYPE_IPV4, bytes(header) + payload)


def _gre(ether_type: int, datagram: bytes) -> bytes:
    return _through(_GRE, struct.pack("!HH", 0, ether_type) + datagram)


def _in_udp(port: int, payload: bytes) -> bytes:
    return _through(_UDP, struct.pack("!HHHH", 50000, port, 8 + len(payload), 0) + payload)


def _vxlan(ether_type: int, datagram: bytes) -> bytes:
    return _in_udp(4789, struct.pack("!II", 0x08000000, 42 << 8) + _ethernet(ether_type, datagram))


def _geneve(ether_type: int, datagram: bytes) -> bytes:
    return _in_udp(6081, struct.pack("!BBHI", 0, 0, 0x6558, 42 << 8) + _ethernet(ether_type, datagram))


LINKS = {
    "ethernet-padded": Link(ETHERNET, _padded),
    "ethernet-fcs": Link(_FCS_OF_FOUR_BYTES | ETHERNET, _with_checksum),
    "vlan": Link(ETHERNET, _tagged(0x8100)),
    "vlan-two-tags": Link(ETHERNET, _tagged(0x88A8, 0x8100)),
    "sll": Link(113, _sll),
    "sll2": Link(276, _sll2),
    "null": Link(0, lambda ether_type, datagram: struct.pack("<I", _family(ether_type)) + datagram),
    "null-big-endian": Link(0, lambda ether_type, datagram: struct.pack(">I", _family(ether_type)) + datagram),
    "loop": Link(108, lambda ether_type, datagram: struct.pack("!I", _family(ether_type)) + datagram),
    "raw": Link(RAW, lambda _, datagram: datagram),
    "raw-openbsd": Link(12, lambda _, datagram: datagram),
    "pppoe": Link(ETHERNET, _pppoe),
    "mpls": Link(ETHERNET, _mpls),
}
"""Ways in which one cable or interface differs from another."""

TUNNELS = {"gre": Link(ETHERNET, _gre), "vxlan": Link(ETHERNET, _vxlan), "geneve": Link(ETHERNET, _geneve)}
"""Ways to be inside another datagram, whose length is 16 bits."""


def wrapped(frames: Iterable[Frame], link: Link) -> bytes:
    """A capture of `frames` on another link."""
    return wire.write((_rewrapped(frame, link) for frame in frames), link.number)


def _rewrapped(frame: Frame, link: Link) -> Frame:
    return _with_data(frame, link.wrap(int.from_bytes(frame.data[12:14], "big"), frame.data[14:]))


def _with_data(frame: Frame, data: bytes) -> Frame:
    return replace(frame, data=data, wire_length=len(data))


def other_ip_version(frame: Frame) -> Frame:
    """The same segment between hosts that speak the other IP."""
    segment = wire.segment(frame)
    data = frame.data
    if len(segment.source[0]) == 4:
        source, destination = _PREFIX + segment.source[0], _PREFIX + segment.destination[0]
        tcp = data[segment.tcp_start :]
        header = struct.pack("!IHBB", 0x60000000, len(tcp), _TCP, 64) + source + destination
        ether_type = _ETHERTYPE_IPV6
    else:
        source, destination = b"\xc0\x00\x02" + segment.source[0][-1:], b"\xc0\x00\x02" + segment.destination[0][-1:]
        tcp = data[segment.tcp_start :]
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, _TCP, 0) + source + destination
        header = header[:10] + struct.pack("!H", wire.checksum(header)) + header[12:]
        ether_type = _ETHERTYPE_IPV4
    changed = bytearray(_ethernet(ether_type, header + tcp))
    wire.set_tcp_checksum(changed, 14 + len(header), source, destination)
    return _with_data(frame, bytes(changed))


def with_ip_options(frame: Frame) -> Frame:
    """The same segment after IPv4 options (no-operations), or after an IPv6 extension header."""
    data = frame.data
    if int.from_bytes(data[12:14], "big") == _ETHERTYPE_IPV6:
        header = bytearray(data[:54])
        header[20] = _HOP_BY_HOP
        struct.pack_into("!H", header, 18, int.from_bytes(data[18:20], "big") + 8)
        return _with_data(frame, bytes(header) + bytes((_TCP, 0, 1, 4, 0, 0, 0, 0)) + data[54:])
    header = bytearray(data[14:34] + b"\x01\x01\x01\x00")
    header[0] = 0x46
    struct.pack_into("!H", header, 2, len(data) - 14 + 4)
    struct.pack_into("!H", header, 10, 0)
    struct.pack_into("!H", header, 10, wire.checksum(bytes(header)))
    return _with_data(frame, data[:14] + bytes(header) + data[34:])


def fragments(frame: Frame, number: int) -> Iterator[Frame]:
    """The datagram as IP fragments, `number` being its identification; a small one is left whole."""
    data = frame.data
    is_ipv6 = int.from_bytes(data[12:14], "big") == _ETHERTYPE_IPV6
    start = 54 if is_ipv6 else 34
    body = data[start:]
    if len(body) <= _FRAGMENT_SIZE:
        yield frame
        return
    for offset in range(0, len(body), _FRAGMENT_SIZE):
        part = body[offset : offset + _FRAGMENT_SIZE]
        more = offset + _FRAGMENT_SIZE < len(body)
        header = bytearray(data[:start])
        if is_ipv6:
            header[20] = _FRAGMENT_HEADER
            struct.pack_into("!H", header, 18, 8 + len(part))
            header += struct.pack("!BBHI", _TCP, 0, offset | more, number)
        else:
            flags = (_MORE_FRAGMENTS if more else 0) | offset // 8
            struct.pack_into("!HHH", header, 16, 20 + len(part), number, flags)
            struct.pack_into("!H", header, 24, 0)
            struct.pack_into("!H", header, 24, wire.checksum(bytes(header[14:])))
        yield _with_data(frame, bytes(header) + part)


def pcap(frames: Iterable[Frame], *, order: str, nanoseconds: bool) -> bytes:
    """Classic pcap in the other byte order or with the finer clock."""
    parts = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, 262144, ETHERNET)]
    for frame in frames:
        seconds, rest = divmod(frame.microseconds, 1_000_000)
        rest *= 1000 if nanoseconds else 1
        parts += [struct.pack(order + "IIII", seconds, rest, len(frame.data), frame.wire_length), frame.data]
    return b"".join(parts)


def pcapng(frames: Iterable[Frame], *, order: str = "<", sections: int = 1) -> bytes:
    """Frames that use two interfaces in turn: Ethernet, and raw IP with a clock of nanoseconds."""
    listed = list(frames)
    raw = LINKS["raw"]
    parts = []
    for section in range(sections):
        parts.append(_block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)))
        parts.append(_block(order, 1, struct.pack(order + "HHI", ETHERNET, 0, 0)))
        resolution = struct.pack(order + "HHBxxxHH", 9, 1, 9, 0, 0)
        parts.append(_block(order, 1, struct.pack(order + "HHI", RAW, 0, 0) + resolution))
        parts.append(_block(order, 0x0BAD, b"a block that nobody knows"))
        for number in range(section * len(listed) // sections, (section + 1) * len(listed) // sections):
            interface = number % 2
            frame = _rewrapped(listed[number], raw) if interface else listed[number]
            time = frame.microseconds * (1000 if interface else 1)
            fields = (interface, time >> 32, time & 0xFFFFFFFF, len(frame.data), frame.wire_length)
            parts.append(_block(order, 6, struct.pack(order + "IIIII", *fields) + frame.data))
    return b"".join(parts)


def _block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def gzipped(capture: bytes) -> bytes:
    return gzip.compress(capture, mtime=0)
