"""The decoder as a whole, with Scapy as the second opinion."""

from __future__ import annotations

import struct
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import CookedLinux, CookedLinuxV2, Dot1AD, Dot1Q, Ether, Loopback
from scapy.packet import Raw

from analyzer.capture import FrameDecoder
from analyzer.packets import Datagram, Packet, Segment

from .wire import (
    MACS,
    PATH,
    SEGMENT,
    decode,
    ethernet,
    ipv4,
    packet,
    refuses,
    tcp,
)

LINK_TYPES = (0, 1, 9, 12, 14, 50, 51, 101, 104, 107, 108, 113, 149, 228, 229, 239, 258, 276)


def test_the_plain_case_keeps_number_and_time() -> None:
    frame = ethernet(ipv4(tcp()))
    assert decode(frame) == SEGMENT
    segment = FrameDecoder().decode(Packet(42, None, 1, frame, len(frame)))
    assert segment == Segment(PATH, 7, 9, 0x18, b"hello", 0, 42, None)


def test_tcp_options_are_no_payload() -> None:
    assert decode(ethernet(ipv4(tcp(options=b"\1" * 12)))) == SEGMENT
    assert decode(ethernet(ipv4(tcp(options=b"\1" * 40)))) == SEGMENT


def test_the_snap_length() -> None:
    frame = ethernet(ipv4(tcp(b"x" * 1000, options=b"\1" * 12)))
    head = len(frame) - 1000
    for kept in range(head - 12, len(frame) + 1):
        decoder = FrameDecoder()
        segment = decoder.decode(packet(frame[:kept], wire=len(frame)))
        assert isinstance(segment, Segment)
        assert segment.payload == b"x" * max(0, kept - head)
        assert segment.cut == 1000 - len(segment.payload)
        assert decoder.snapped == (kept < len(frame))
        assert decoder.undecodable == 0


def test_the_cut_is_known_from_ip_alone() -> None:
    frame = ethernet(ipv4(tcp(b"x" * 100)))
    assert decode(frame[:-30]) == Segment(PATH, 7, 9, 0x18, b"x" * 70, 30, 1, 1_000)


def test_padding_that_was_cut_is_no_payload() -> None:
    frame = ethernet(ipv4(tcp()))
    assert decode(frame, wire=len(frame) + 20) == SEGMENT


def test_a_frame_cut_in_its_headers_is_undecodable() -> None:
    frame = ethernet(ipv4(tcp()))
    for kept in range(48):
        assert refuses(frame[:kept])


def test_eapol() -> None:
    frame = ethernet(b"\1\0\0\5\1\1\0\5\1" + bytes(37), 0x888E)
    assert decode(frame) == Datagram("eapol", b"", frame[14:], 1, 1_000)


def test_unknown_link_types_are_counted() -> None:
    decoder = FrameDecoder()
    for link_type in (300, 227, 300):
        assert decoder.decode(packet(b"frame", link_type)) is None
    assert decoder.unknown_link_types == {300: 2, 227: 1}
    assert decoder.undecodable == 0


def scapy_layers(draw: st.DrawFn) -> tuple[int, Any]:
    """A link layer of any kind."""
    link_type, layer = draw(
        st.sampled_from([(1, ETHER), (113, CookedLinux()), (276, CookedLinuxV2()), (0, Loopback()), (101, None)])
    )
    if link_type == 1:
        for _ in range(draw(st.integers(0, 3))):
            layer = layer / draw(st.sampled_from([Dot1Q(vlan=5), Dot1AD(vlan=6)]))
    return link_type, layer


# With addresses given, Scapy has no reason to ask the network for them.
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")


@st.composite
def scapy_frames(draw: st.DrawFn) -> tuple[int, bytes, Segment]:
    link_type, layer = scapy_layers(draw)
    ports = draw(st.tuples(st.integers(0, 65_535), st.integers(0, 65_535)))
    sequence, acknowledgment = draw(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)))
    flags = draw(st.integers(0, 255))
    payload = draw(st.binary(max_size=60))
    options = draw(st.sampled_from([[], [("MSS", 1460), ("WScale", 7)], [("Timestamp", (1, 2))]]))
    segment = TCP(sport=ports[0], dport=ports[1], seq=sequence, ack=acknowledgment, flags=flags, options=options)
    if draw(st.booleans()):
        network = IP(src="192.0.2.1", dst="192.0.2.2", options=draw(st.sampled_from([[], b"\1\1\1\0"])))
        addresses = bytes([192, 0, 2, 1, 192, 0, 2, 2])
    else:
        network = IPv6(src="2001:db8::1", dst="2001:db8::2")
        address = bytes.fromhex("20010db8") + bytes(11)
        addresses = address + b"\1" + address + b"\2"
    whole = network / segment / Raw(payload)
    data = bytes(whole if layer is None else layer / whole)
    path = addresses + struct.pack(">HH", *ports)
    return link_type, data, Segment(path, sequence, acknowledgment, flags, payload, 0, 1, 1_000)


@settings(deadline=None, max_examples=150)
@given(scapy_frames(), st.integers(0, 30))
def test_frames_built_by_scapy(frame: tuple[int, bytes, Segment], padding: int) -> None:
    link_type, data, expected = frame
    assert decode(data + bytes(padding), link_type) == expected


@given(st.sampled_from(LINK_TYPES), st.binary(max_size=120), st.integers(0, 2**32 - 1))
def test_no_bytes_raise(link_type: int, data: bytes, wire: int) -> None:
    decoder = FrameDecoder()
    decoder.decode(packet(data, link_type, wire))
    assert decoder.snapped == (wire > len(data))


KINDS = (0x0800, 0x86DD, 0x8100, 0x8847, 0x8864, 0x888E, 46)
PROTOCOLS = (0, 4, 6, 17, 41, 43, 44, 47, 51, 60, 137)


@settings(max_examples=300)
@given(st.sampled_from(KINDS), st.sampled_from(PROTOCOLS), st.binary(max_size=120), st.integers(0, 130))
def test_no_bytes_behind_good_headers_raise(kind: int, protocol: int, data: bytes, total: int) -> None:
    decoder = FrameDecoder()
    decoder.decode(packet(ethernet(data, kind)))
    decoder.decode(packet(ethernet(ipv4(data, protocol, total=total))))
    decoder.decode(packet(MACS + b"\x86\xdd\x60" + bytes([0, 0, 0, 0, total, protocol]) + bytes(33) + data))
    decoder.decode(packet(ethernet(ipv4(struct.pack(">HHHH", 1, 2152, 0, 0) + data, 17))))
    decoder.decode(packet(ethernet(ipv4(struct.pack(">HHHH", 1, 4789, 0, 0) + data, 17))))
