from __future__ import annotations

import struct

import pytest

from analyzer.packets import Datagram

from .wire import (
    IPV4,
    IPV6,
    PATH,
    SEGMENT,
    SEGMENT_6,
    SOURCE,
    TARGET,
    decode,
    ethernet,
    ipv4,
    ipv6,
    refuses,
    tcp,
    udp,
)

IP = ipv4(tcp())
IP_6 = ipv6(tcp())
FRAME = ethernet(IP)
GTP_LENGTH = struct.pack(">HI", len(IP), 1)


def gre(flags: int, kind: int, body: bytes) -> bytes:
    size = sum(4 for bit in (0x8000, 0x2000, 0x1000, 0x0080) if flags & bit)
    return struct.pack(">HH", flags, kind) + bytes(size) + body


@pytest.mark.parametrize(
    ("protocol", "body"),
    [
        (4, IP),
        (137, struct.pack(">I", 16 << 12 | 0x140) + IP),
        (47, gre(0, IPV4, IP)),
        (47, gre(0xB000, IPV4, IP)),
        (47, gre(0, 0x6558, FRAME)),
        (47, gre(0x3081, 0x880B, b"\xff\x03\0\x21" + IP)),
        (47, gre(0, 0x88BE, FRAME)),
        (47, gre(0x1000, 0x88BE, bytes(8) + FRAME)),
        (47, gre(0x1000, 0x22EB, bytes(12) + FRAME)),
        (47, gre(0x1000, 0x22EB, bytes(11) + b"\1" + bytes(8) + FRAME)),
        (17, udp(b"\x08" + bytes(7) + FRAME, (40_000, 4789))),
        (17, udp(b"\x08" + bytes(7) + FRAME, (40_000, 8472))),
        (17, udp(struct.pack(">BBHI", 0, 0, 0x6558, 0) + FRAME, (40_000, 6081))),
        (17, udp(struct.pack(">BBHI", 2, 0, IPV4, 0) + bytes(8) + IP, (40_000, 6081))),
        (17, udp(b"\x30\xff" + GTP_LENGTH + IP, (2152, 2152))),
        (17, udp(b"\x30\xff" + GTP_LENGTH + IP, (2152, 40_000))),
        (17, udp(b"\x32\xff" + GTP_LENGTH + bytes(4) + IP, (2152, 2152))),
        (17, udp(b"\x34\xff" + GTP_LENGTH + b"\0\0\0\x85" + b"\1\0\0\0" + IP, (2152, 2152))),
        (4, ipv4(gre(0, IPV4, ipv4(udp(b"\x08" + bytes(7) + FRAME, (1, 4789)), 17)), 47)),
    ],
)
def test_the_inner_segment_comes_out(protocol: int, body: bytes) -> None:
    assert decode(ethernet(ipv4(body, protocol))) == SEGMENT
    assert decode(ethernet(ipv6(body, protocol), IPV6)) == SEGMENT


@pytest.mark.parametrize(
    ("protocol", "body"),
    [
        (41, IP_6),
        (47, gre(0, IPV6, IP_6)),
        (17, udp(b"\x08" + bytes(7) + ethernet(IP_6, IPV6), (40_000, 4789))),
        (17, udp(b"\x30\xff" + GTP_LENGTH + IP_6, (2152, 2152))),
    ],
)
def test_the_inner_segment_may_be_ipv6(protocol: int, body: bytes) -> None:
    assert decode(ethernet(ipv4(body, protocol))) == SEGMENT_6


@pytest.mark.parametrize(
    ("payload", "ports"),
    [
        (b"no tunnel", (50_000, 443)),
        (b"", (50_000, 443)),
        (b"\0no network identifier", (50_000, 4789)),
        (b"\x08", (50_000, 4789)),
        (b"\xc0 version three", (50_000, 6081)),
        (b"\x30\x01 echo request", (2152, 2152)),
        (b"\x34\xff" + GTP_LENGTH + b"\0\0\0\x85" + bytes(40), (2152, 2152)),
        (b"\x08" + bytes(7) + ethernet(bytes(46), 0x0806), (50_000, 4789)),
    ],
)
def test_udp_without_a_tunnel_stays_a_datagram(payload: bytes, ports: tuple[int, int]) -> None:
    path = SOURCE + TARGET + struct.pack(">HH", *ports)
    assert decode(ethernet(ipv4(udp(payload, ports), 17))) == Datagram("udp", path, payload, 1, 1_000)


def test_a_udp_length_of_zero_means_to_the_end() -> None:
    body = udp(b"hello")[:4] + bytes(4) + b"hello"
    assert decode(ethernet(ipv4(body, 17))) == Datagram("udp", PATH, b"hello", 1, 1_000)


@pytest.mark.parametrize("body", [b"", b"\x40\0\x08\0" + IP, b"\0\0\x08\0", b"\x80\0\x08\0"])
def test_gre_that_is_cut_or_routed(body: bytes) -> None:
    assert refuses(ethernet(ipv4(body, 47)))


def test_a_tunnel_that_was_cut_by_the_snap_length() -> None:
    inner = ipv4(tcp(b"x" * 1000))
    frame = ethernet(ipv4(gre(0, IPV4, inner), 47))
    segment = decode(frame[:-600], wire=len(frame))
    assert segment is not None
    assert (segment.payload, getattr(segment, "cut", None)) == (b"x" * 400, 600)


def test_nesting_without_end() -> None:
    datagram = IP
    for _ in range(100):
        datagram = ipv4(datagram, 4)
    assert refuses(ethernet(datagram))
    for _ in range(100):
        datagram = ipv4(udp(b"\x30\xff" + GTP_LENGTH + datagram, (2152, 2152)), 17)
    assert isinstance(decode(ethernet(datagram)), Datagram)
