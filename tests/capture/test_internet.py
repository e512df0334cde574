from __future__ import annotations

import struct

import pytest

from analyzer.packets import Segment

from .wire import (
    IPV6,
    PATH,
    PATH_6,
    SEGMENT,
    SEGMENT_6,
    decode,
    ethernet,
    ipv4,
    ipv6,
    refuses,
    tcp,
)

HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION = 0, 43, 44, 51, 60


@pytest.mark.parametrize("size", [4, 8, 40])
def test_ipv4_options(size: int) -> None:
    assert decode(ethernet(ipv4(tcp(), options=b"\1" * size))) == SEGMENT


def test_padding_is_no_payload() -> None:
    empty = Segment(PATH, 7, 9, 0x18, b"", 0, 1, 1_000)
    assert decode(ethernet(ipv4(tcp(b"")) + bytes(6))) == empty
    assert decode(ethernet(ipv4(tcp(b""), options=bytes(4)) + bytes(6))) == empty
    padded = ethernet(ipv6(tcp()) + bytes(9), IPV6)
    assert decode(padded) == SEGMENT_6


def test_a_length_of_zero_means_to_the_end() -> None:
    payload = b"x" * 3000
    assert decode(ethernet(ipv4(tcp(payload), total=0))) == Segment(PATH, 7, 9, 0x18, payload, 0, 1, 1_000)
    assert decode(ethernet(ipv6(tcp(payload), length=0), IPV6)) == Segment(PATH_6, 7, 9, 0x18, payload, 0, 1, 1_000)
    cut = decode(ethernet(ipv4(tcp(payload), total=0)), wire=14 + 40 + 5000)
    assert cut == Segment(PATH, 7, 9, 0x18, payload, 2000, 1, 1_000)


@pytest.mark.parametrize(
    "chain",
    [
        [(HOP, bytes(6))],
        [(HOP, bytes(14)), (ROUTING, bytes(22)), (DESTINATION, bytes(6))],
        [(DESTINATION, bytes(6)), (AUTHENTICATION, bytes(22))],
        [(HOP, bytes(6)), (FRAGMENT, bytes(6)), (DESTINATION, bytes(6))],
    ],
)
def test_extension_headers(chain: list[tuple[int, bytes]]) -> None:
    body, following = tcp(), 6
    for kind, content in reversed(chain):
        size = len(content) + 2
        length = {AUTHENTICATION: size // 4 - 2, FRAGMENT: 0}.get(kind, size // 8 - 1)
        body, following = bytes([following, length]) + content + body, kind
    assert decode(ethernet(ipv6(body, following), IPV6)) == SEGMENT_6


def test_the_authentication_header_in_ipv4() -> None:
    assert decode(ethernet(ipv4(bytes([6, 4]) + bytes(22) + tcp(), AUTHENTICATION))) == SEGMENT


def test_protocols_that_carry_nothing_of_ours_are_passed_over() -> None:
    assert decode(ethernet(ipv4(bytes(8), 1))) is None
    assert decode(ethernet(ipv6(bytes(8), 58), IPV6)) is None
    assert decode(ethernet(ipv6(b"", 59), IPV6)) is None


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x45",
        b"\x44" + ipv4(tcp())[1:],
        b"\x55" + ipv4(tcp())[1:],
        b"\x4f" + ipv4(tcp(), total=30)[1:],
        ipv4(tcp(), total=19),
        ipv4(tcp(), total=39),
        ipv4(tcp()[:12]),
        ipv4(tcp()[:12] + b"\x40" + tcp()[13:]),
        ipv4(tcp()[:12] + b"\xf0" + tcp()[13:]),
    ],
)
def test_ipv4_and_tcp_headers_that_are_cut_or_lie(datagram: bytes) -> None:
    assert refuses(ethernet(datagram))


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x50" + ipv6(tcp())[1:],
        ipv6(tcp())[:39],
        ipv6(b"\6\1" + bytes(6), HOP),
        ipv6(b"\6", HOP),
        ipv6(b"\6\0" + bytes(2), FRAGMENT),
        ipv6(tcp(), length=19),
    ],
)
def test_ipv6_headers_that_are_cut_or_lie(datagram: bytes) -> None:
    assert refuses(ethernet(datagram, IPV6))


@pytest.mark.parametrize("kind", [HOP, ROUTING, DESTINATION])
def test_a_chain_without_end(kind: int) -> None:
    assert refuses(ethernet(ipv6(struct.pack(">BB6x", kind, 0) * 5000, kind), IPV6))
