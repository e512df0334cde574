from __future__ import annotations

import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.capture import FrameDecoder, fragments
from analyzer.packets import Datagram, Packet, Segment

from .wire import IPV6, PATH, PATH_6, ethernet, ipv4, ipv6, tcp, udp

PAYLOAD = bytes(range(256)) * 3
WHOLE = tcp(PAYLOAD)


def piece(first: int, stop: int, whole: bytes = WHOLE, *, identity: int = 1, protocol: int = 6) -> bytes:
    """Bytes ``first * 8`` to ``stop * 8`` of a datagram, as an IPv4 fragment."""
    more = 0x2000 if stop * 8 < len(whole) else 0
    body = whole[first * 8 : stop * 8]
    return ethernet(ipv4(body, protocol, fragment=more | first, identity=identity))


def piece_6(first: int, stop: int, identity: int = 1) -> bytes:
    more = stop * 8 < len(WHOLE)
    header = struct.pack(">BBHI", 6, 0, first << 3 | more, identity)
    return ethernet(ipv6(header + WHOLE[first * 8 : stop * 8], 44), IPV6)


def feed(decoder: FrameDecoder, frames: Iterable[bytes], step_ns: int = 1) -> list[Segment | Datagram]:
    found = [
        decoder.decode(Packet(number, number * step_ns, 1, frame, len(frame))) for number, frame in enumerate(frames, 1)
    ]
    return [one for one in found if one is not None]


@given(st.permutations([(0, 30), (30, 31), (31, 70), (70, 99)]))
def test_any_order(order: list[tuple[int, int]]) -> None:
    for make, path in ((piece, PATH), (piece_6, PATH_6)):
        decoder = FrameDecoder()
        assert feed(decoder, (make(*place) for place in order)) == [Segment(path, 7, 9, 0x18, PAYLOAD, 0, 4, 4)]
        assert (decoder.fragments_dropped, decoder.fragments_waiting, decoder.undecodable) == (0, 0, 0)


@given(st.lists(st.tuples(st.integers(3, 98), st.integers(1, 40)), max_size=12))
def test_the_first_byte_wins_where_pieces_overlap(extra: list[tuple[int, int]]) -> None:
    """Fed with random pieces, each of bytes of its own, the result is what a map of first bytes says."""
    decoder = FrameDecoder()
    expected: dict[int, int] = {}
    frames = []
    for value, (first, width) in enumerate(extra, 1):
        stop = min(first + width, 98)
        if first >= stop:
            continue
        body = bytes([value]) * (8 * (stop - first))
        frames.append(ethernet(ipv4(body, fragment=0x2000 | first)))
        for index in range(first * 8, stop * 8):
            expected.setdefault(index, value)
    frames += [piece(0, 50), piece(50, 99)]
    for index, byte in enumerate(WHOLE):
        expected.setdefault(index, byte)
    (segment,) = feed(decoder, frames)
    assert segment.payload == bytes(expected[index] for index in range(20, len(WHOLE)))


def test_trains_that_run_side_by_side() -> None:
    decoder = FrameDecoder()
    datagram = udp(b"u" * 100)
    frames = [piece(0, 50, identity=1), piece(0, 50, identity=2), piece(0, 5, datagram, protocol=17)]
    frames += [piece(50, 99, identity=2), piece(5, 14, datagram, protocol=17), piece(50, 99, identity=1)]
    assert [(type(one), one.packet) for one in feed(decoder, frames)] == [
        (Segment, 4),
        (Datagram, 5),
        (Segment, 6),
    ]


def test_extension_headers_may_stand_in_the_fragmented_part() -> None:
    whole = struct.pack(">BB6x", 6, 0) + WHOLE
    frames = [
        ethernet(ipv6(struct.pack(">BBHI", 60, 0, 1, 5) + whole[:400], 44), IPV6),
        ethernet(ipv6(struct.pack(">BBHI", 60, 0, 400, 5) + whole[400:], 44), IPV6),
    ]
    assert feed(FrameDecoder(), frames) == [Segment(PATH_6, 7, 9, 0x18, PAYLOAD, 0, 2, 2)]


def test_a_fragmented_tunnel() -> None:
    whole = ipv4(WHOLE)
    frames = [piece(0, 10, whole, protocol=4), piece(10, 200, whole, protocol=4)]
    assert feed(FrameDecoder(), frames) == [Segment(PATH, 7, 9, 0x18, PAYLOAD, 0, 2, 2)]


def test_a_piece_that_was_cut_leaves_a_hole() -> None:
    decoder = FrameDecoder()
    frame = piece(0, 50)
    assert decoder.decode(Packet(1, 1, 1, frame[:-3], len(frame))) is None
    assert decoder.decode(Packet(2, 1, 1, piece(50, 99), len(piece(50, 99)))) is None
    assert (decoder.snapped, decoder.fragments_waiting) == (1, 2)
    assert decoder.decode(Packet(3, 1, 1, frame, len(frame))) is not None


def test_impossible_pieces_are_dropped() -> None:
    decoder = FrameDecoder()
    odd = ethernet(ipv4(b"12345", fragment=0x2000))
    beyond = ethernet(ipv4(bytes(100), fragment=0x1FFF))
    assert feed(decoder, [odd, beyond]) == []
    assert (decoder.fragments_dropped, decoder.fragments_waiting) == (2, 0)


def test_an_identification_that_comes_round_again() -> None:
    decoder = FrameDecoder()
    frames = [piece(0, 50), piece(50, 99)]
    assert feed(decoder, frames, 31_000_000_000) == []
    assert (decoder.fragments_dropped, decoder.fragments_waiting) == (1, 1)


def test_without_times_nothing_is_too_late() -> None:
    decoder = FrameDecoder()
    for frame in (piece(0, 50), piece(50, 99)):
        segment = decoder.decode(Packet(1, None, 1, frame, len(frame)))
    assert isinstance(segment, Segment)


def test_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MOST_DATAGRAMS", 3)
    decoder = FrameDecoder()
    feed(decoder, [piece(0, 50, identity=identity) for identity in range(5)])
    assert (decoder.fragments_dropped, decoder.fragments_waiting) == (2, 3)
    assert feed(decoder, [piece(50, 99, identity=1)]) == []
    assert len(feed(decoder, [piece(50, 99, identity=4)])) == 1


def test_bytes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MOST_BYTES", 200_000)
    decoder = FrameDecoder()
    far = [ethernet(ipv4(bytes(8), fragment=0x2000 | 8000, identity=identity)) for identity in range(50)]
    feed(decoder, far)
    assert decoder.fragments_waiting == 2
    assert decoder.fragments_dropped == 48


def packets(*frames: bytes) -> list[Packet]:
    return [Packet(number, number, 1, frame, len(frame)) for number, frame in enumerate(frames, 1)]


def test_the_packets_of_a_datagram_are_kept_if_wanted() -> None:
    decoder = FrameDecoder(keep_pieces=True)
    seen = packets(piece(0, 30), piece(40, 99), ethernet(ipv4(WHOLE)), piece(30, 40), ethernet(ipv4(WHOLE)))
    pieces = []
    for packet in seen:
        decoder.decode(packet)
        pieces.append(decoder.take_pieces())
    assert pieces == [[], [], [], seen[:2], []]
    plain = FrameDecoder()
    for packet in seen:
        plain.decode(packet)
        assert plain.take_pieces() == []


def test_the_packets_of_pieces_in_pieces_are_kept() -> None:
    """A fragmented datagram in a tunnel whose datagrams are fragmented too."""
    inner = [ipv4(WHOLE[:400], fragment=0x2000, identity=7), ipv4(WHOLE[400:], fragment=50, identity=7)]
    frames = []
    for identity, body in enumerate(inner, 10):
        frames.append(ethernet(ipv4(body[:200], 4, fragment=0x2000, identity=identity)))
        frames.append(ethernet(ipv4(body[200:], 4, fragment=25, identity=identity)))
    decoder = FrameDecoder(keep_pieces=True)
    seen = packets(*frames)
    decoded = [decoder.decode(packet) for packet in seen]
    assert [type(one) for one in decoded] == [type(None)] * 3 + [Segment]
    assert decoder.take_pieces() == seen[:3]


def test_kept_packets_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MOST_BYTES", 200_000)
    decoder = FrameDecoder(keep_pieces=True)
    for packet in packets(*[piece(0, 1, identity=1)] * 2_000):
        decoder.decode(packet)
    assert decoder.fragments_waiting < 1_000
    assert decoder.fragments_dropped + decoder.fragments_waiting == 2_000
