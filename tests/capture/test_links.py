from __future__ import annotations

import struct

import pytest

from .wire import (
    IPV4,
    IPV6,
    MACS,
    SEGMENT,
    SEGMENT_6,
    decode,
    ethernet,
    ipv4,
    ipv6,
    refuses,
    tcp,
)

IP = ipv4(tcp())
IP_6 = ipv6(tcp())
SNAP = b"\xaa\xaa\x03\0\0\0\x08\0"


def tag(kind: int) -> bytes:
    return struct.pack(">HH", 100, kind)


def label(value: int, *, bottom: bool) -> bytes:
    return struct.pack(">I", value << 12 | bottom << 8 | 64)


@pytest.mark.parametrize(
    "frame",
    [
        ethernet(IP),
        ethernet(IP + bytes(6)),
        ethernet(tag(IPV4) + IP, 0x8100),
        ethernet(tag(0x8100) + tag(IPV4) + IP, 0x88A8),
        ethernet(tag(0x9100) + tag(0x8100) + tag(0x8100) + tag(IPV4) + IP, 0x9100),
        ethernet(label(16, bottom=True) + IP, 0x8847),
        ethernet(label(16, bottom=False) + label(17, bottom=True) + IP, 0x8848),
        ethernet(label(16, bottom=True) + bytes(4) + ethernet(IP), 0x8847),
        ethernet(b"\x11\0\0\1" + struct.pack(">HH", 2 + len(IP), 0x21) + IP, 0x8864),
        ethernet(SNAP + IP, len(SNAP + IP)),
        ethernet(tag(len(SNAP + IP)) + SNAP + IP, 0x8100),
    ],
)
def test_ethernet(frame: bytes) -> None:
    assert decode(frame) == SEGMENT


@pytest.mark.parametrize(
    "frame",
    [
        ethernet(IP_6, IPV6),
        ethernet(tag(IPV6) + IP_6, 0x8100),
        ethernet(label(16, bottom=True) + IP_6, 0x8847),
        ethernet(b"\x11\0\0\1" + struct.pack(">HH", 2 + len(IP_6), 0x57) + IP_6, 0x8864),
        ethernet(IP_6, IPV4),
    ],
)
def test_ethernet_with_ipv6(frame: bytes) -> None:
    assert decode(frame) == SEGMENT_6


@pytest.mark.parametrize(
    ("link_type", "head"),
    [
        (0, struct.pack("<I", 2)),
        (0, struct.pack(">I", 2)),
        (108, struct.pack(">I", 2)),
        (108, struct.pack("<I", 2)),
        (101, b""),
        (12, b""),
        (14, b""),
        (228, b""),
        (113, struct.pack(">HHH8sH", 0, 1, 6, bytes(8), IPV4)),
        (276, struct.pack(">HHIHBB8s", IPV4, 0, 3, 1, 0, 6, bytes(8))),
        (9, b"\xff\x03\0\x21"),
        (9, b"\0\x21"),
        (9, b"\x21"),
        (50, b"\xff\x03\0\x21"),
        (50, b"\x0f\0\x08\0"),
        (51, b"\x11\0\0\1\0\0\0\x21"),
        (104, b"\x0f\0\x08\0"),
        (104, b"\x8f\0\x08\0"),
        (107, b"\x18\x41\x03\xcc"),
        (107, b"\x18\x41\x03\0\x80\0\0\0\x08\0"),
        (107, b"\x18\x41\x08\0"),
        (239, b"\2\0\0\0" + struct.pack("<HH", 6, 3) + b"ab\0\0" + struct.pack("<HH", 4 + len(IP), 9)),
        (239, b"\2\0\0\0" + struct.pack(">HH", 6, 3) + b"ab\0\0" + struct.pack(">HH", 4 + len(IP), 9)),
        (258, struct.pack("<III", 16, 1, 101) + bytes(4)),
        (149, struct.pack("<III", 12, 1, 1) + MACS + b"\x08\0"),
    ],
)
def test_link_types(link_type: int, head: bytes) -> None:
    assert decode(head + IP, link_type) == SEGMENT


@pytest.mark.parametrize(
    ("link_type", "head"),
    [
        *((0, struct.pack(order + "I", family)) for family in (10, 23, 24, 28, 30) for order in "<>"),
        (101, b""),
        (229, b""),
        (113, struct.pack(">HHH8sH", 0, 1, 6, bytes(8), IPV6)),
        (276, struct.pack(">HHIHBB8s", IPV6, 0, 3, 1, 0, 6, bytes(8))),
        (9, b"\xff\x03\0\x57"),
        (104, b"\x0f\0\x86\xdd"),
        (107, b"\x18\x41\x03\x8e"),
        (239, b"\x0a\0\0\0" + struct.pack("<HH", 4 + len(IP_6), 9)),
    ],
)
def test_link_types_with_ipv6(link_type: int, head: bytes) -> None:
    assert decode(head + IP_6, link_type) == SEGMENT_6


@pytest.mark.parametrize(
    ("link_type", "frame"),
    [
        (1, ethernet(bytes(46), 0x0806)),
        (1, ethernet(b"\x42\x42\x03" + bytes(43), 46)),
        (1, ethernet(label(16, bottom=True) + b"\x10", 0x8847)),
        (0, struct.pack("<I", 7) + bytes(20)),
        (9, b"\xff\x03\xc0\x21" + bytes(20)),
        (107, b"\x18\x41\x03\xb1" + bytes(20)),
        (113, struct.pack(">HHH8sH", 0, 1, 6, bytes(8), 0x0806) + bytes(28)),
        (239, b"\2\0\0\0" + struct.pack("<HH", 6, 3) + b"ab\0\0"),
        (239, b"\x07\0\0\0" + struct.pack("<HH", 6, 9) + b"ab\0\0"),
    ],
)
def test_what_holds_no_ip_is_passed_over(link_type: int, frame: bytes) -> None:
    assert decode(frame, link_type) is None


@pytest.mark.parametrize(
    ("link_type", "frame"),
    [
        (1, b""),
        (1, MACS),
        (1, ethernet(b"\0", 0x8100)),
        (1, ethernet(b"", 0x8847)),
        (1, ethernet(label(1, bottom=False) * 30, 0x8847)),
        (0, b""),
        (101, b"\x75" + bytes(40)),
        (113, bytes(10)),
        (239, b"\2\0\0\0" + struct.pack("<HH", 2, 3) + b"ab\0\0"),
        (258, struct.pack("<III", 4, 1, 101) + bytes(40)),
        (258, struct.pack("<III", 12, 1, 0x20000) + bytes(40)),
    ],
)
def test_headers_that_are_cut_or_lie(link_type: int, frame: bytes) -> None:
    assert refuses(frame, link_type)
