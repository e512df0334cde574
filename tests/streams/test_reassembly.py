"""One direction: whatever order segments come in, the bytes come out in theirs."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.packets import TcpFlags
from analyzer.streams.reassembly import HELD_SEGMENTS, MAX_PENDING_BYTES, MAX_PENDING_PIECES
from tests.streams.wire import ACK, FIN, RST, SYN, Wire


def opened(initial: tuple[int, int] = (1_000, 5_000)) -> Wire:
    wire = Wire(initial=initial)
    wire.open()
    return wire


def test_in_order() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.send(3, b"def")
    assert wire.stream() == [b"abcdef"]


@pytest.mark.parametrize("initial", [2**32 - 1, 2**32 - 2, 2**32 - 5, 2**31 - 3, 0])
def test_sequence_numbers_wrap(initial: int) -> None:
    wire = opened((initial, initial))
    wire.send(6, b"ghi")
    wire.send(0, b"abc")
    wire.send(3, b"def")
    wire.send(0, b"abcdef")
    assert wire.stream() == [b"abcdefghi"]
    assert wire.connections[0].directions[0].conflicts == 0


def test_a_stream_longer_than_the_sequence_numbers() -> None:
    wire = Wire(needs=lambda end, data: 2**30 - len(data))
    wire.open()
    for lap in range(9):
        wire.send(lap * 2**30, b"lap %d" % lap)
    assert wire.stream() == [b"".join(b"lap %d" % lap for lap in range(9))]
    assert wire.connections[0].directions[0].position == 9 * 2**30


def test_retransmission_is_dropped() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.send(0, b"abc")
    wire.send(3, b"def")
    wire.send(0, b"abcdef")
    assert wire.flushed() == [b"abcdef"]
    assert wire.tracker.conflicts == 0


def test_retransmission_with_new_bytes_behind_the_old_ones() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.send(1, b"bcde")
    assert wire.stream() == [b"abcde"]


def test_reordering() -> None:
    wire = opened()
    for offset in (6, 3, 9, 0):
        wire.send(offset, b"abcdefghijkl"[offset : offset + 3])
    assert wire.stream() == [b"abcdefghijkl"]


def test_bytes_that_waited_are_complete_with_the_packet_that_filled_the_hole() -> None:
    wire = opened()
    wire.send(3, b"def")
    wire.send(0, b"abc")
    hole = wire.packet
    assert [packet for _, _, packet in wire.recorders[0].deliveries] == [hole, hole]


def test_the_first_byte_wins_against_delivered_bytes() -> None:
    wire = opened()
    wire.send(0, b"abcd")
    wire.send(2, b"XYef")
    assert wire.flushed() == [b"abcdef"]
    assert wire.tracker.conflicts == 1


def test_the_first_byte_wins_among_waiting_bytes() -> None:
    wire = opened()
    wire.send(2, b"cd")
    wire.send(1, b"bXYe")
    wire.send(0, b"a")
    assert wire.flushed() == [b"abcde"]
    assert wire.tracker.conflicts == 1


def test_the_first_byte_wins_when_the_filler_reaches_over_waiting_bytes() -> None:
    wire = opened()
    wire.send(2, b"cd")
    wire.send(6, b"gh")
    wire.send(0, b"abXXefYYij")
    assert wire.flushed() == [b"abcdefghij"]
    assert wire.tracker.conflicts == 1


def test_a_filler_that_begins_among_delivered_bytes() -> None:
    wire = opened()
    wire.send(0, b"ab")
    wire.send(4, b"ef")
    wire.send(1, b"bcdef")
    assert wire.flushed() == [b"abcdef"]
    assert wire.tracker.conflicts == 0


def test_waiting_bytes_that_agree_are_no_conflict() -> None:
    wire = opened()
    wire.send(4, b"efg")
    wire.send(2, b"cdefghi")
    wire.send(5, b"f")
    wire.send(0, b"abc")
    assert wire.flushed() == [b"abcdefghi"]
    assert wire.tracker.conflicts == 0


@pytest.mark.parametrize("garbage", [b"", b"\0", b"c"])
def test_keep_alive(garbage: bytes) -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.send(2, garbage)
    wire.send(3, b"def")
    assert wire.flushed() == [b"abcdef"]
    assert wire.tracker.conflicts == 0


def test_keep_alive_before_any_byte() -> None:
    wire = opened()
    wire.send(-1, b"\0")
    wire.send(0, b"abc")
    assert wire.flushed() == [b"abc"]


def test_a_lost_segment_becomes_a_gap_at_the_end() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.send(10, b"klm")
    assert wire.stream() == [b"abc"]
    assert wire.flushed() == [b"abc", 7, b"klm"]
    assert wire.connections[0].directions[0].gaps == 1


def test_several_lost_segments() -> None:
    wire = opened()
    wire.send(2, b"cd")
    wire.send(6, b"gh")
    wire.send(8, b"ij")
    assert wire.flushed() == [2, b"cd", 2, b"ghij"]


def test_bytes_lost_before_a_fin() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.send(8, flags=FIN | ACK)
    assert wire.flushed() == [b"abc", 5]


def test_bytes_lost_before_an_acknowledgment() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.send(0, end=1, acknowledged=10)
    assert wire.flushed() == [b"abc", 7]


def test_bytes_lost_before_a_reset() -> None:
    wire = opened()
    wire.send(0, b"abc", end=1)
    wire.send(10, flags=RST, end=1)
    assert wire.flushed(end=1) == [b"abc", 7]


def test_an_acknowledgment_that_no_window_explains_is_not_believed() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.send(0, end=1, acknowledged=5_000_000)
    assert wire.flushed() == [b"abc"]


def test_too_many_waiting_bytes_make_a_gap() -> None:
    wire = opened()
    block = bytes(1024)
    for number in range(MAX_PENDING_BYTES // 1024):
        wire.send(10 + 1024 * number, block)
    assert wire.stream() == []
    wire.send(10 + MAX_PENDING_BYTES, b"z")
    assert wire.stream() == [10, bytes(MAX_PENDING_BYTES) + b"z"]
    direction = wire.connections[0].directions[0]
    assert direction.pending == []
    assert direction.pending_bytes == 0


def test_too_many_waiting_pieces_make_a_gap() -> None:
    wire = opened()
    for number in range(MAX_PENDING_PIECES + 1):
        wire.send(1 + 2 * number, b"x")
    assert wire.stream() == [1, b"x"]
    assert len(wire.connections[0].directions[0].pending) == MAX_PENDING_PIECES


def test_what_a_snap_length_cut_is_a_gap_at_once() -> None:
    wire = opened()
    wire.send(0, b"abc", cut=7)
    wire.send(10, b"klm")
    assert wire.stream() == [b"abc", 7, b"klm"]


def test_a_segment_cut_to_nothing() -> None:
    wire = opened()
    wire.send(0, cut=7)
    wire.send(7, b"hi")
    assert wire.stream() == [7, b"hi"]


def test_cut_segments_out_of_order() -> None:
    wire = opened()
    wire.send(5, b"fg", cut=3)
    wire.send(10, b"kl")
    wire.send(0, b"ab", cut=3)
    assert wire.stream() == [b"ab", 3, b"fg", 3, b"kl"]


def test_a_cut_repetition_of_waiting_bytes_costs_nothing_behind_them() -> None:
    wire = opened()
    wire.send(2, b"cdef")
    wire.send(2, b"cd", cut=4)
    wire.send(8, b"ij")
    wire.send(0, b"ab")
    assert wire.flushed() == [b"abcdef", 2, b"ij"]


def test_a_cut_repetition_of_delivered_bytes_cuts_only_what_is_new() -> None:
    wire = opened()
    wire.send(0, b"abcdef")
    wire.send(7, b"hi")
    wire.send(0, b"ab", cut=6)
    wire.send(9, b"jkl")
    assert wire.stream() == [b"abcdef", 1, b"hijkl"]


def test_bytes_that_are_not_needed_are_skipped_and_cost_no_gap() -> None:
    wire = Wire(needs=lambda end, data: 100 if data == b"header" else 0)
    wire.open()
    wire.send(0, b"header")
    wire.send(106, b"next")
    assert wire.flushed() == [b"headernext"]


def test_part_of_a_segment_is_not_needed() -> None:
    wire = Wire(needs=lambda end, data: 10 if data == b"header" else 0)
    wire.open()
    wire.send(0, b"header")
    wire.send(6, b"0123456789next")
    assert wire.stream() == [b"headernext"]


def test_waiting_bytes_that_turn_out_not_to_be_needed() -> None:
    wire = Wire(needs=lambda end, data: 10 if data == b"header" else 0)
    wire.open()
    wire.send(8, b"23456789next")
    wire.send(0, b"header")
    assert wire.stream() == [b"headernext"]
    assert wire.connections[0].directions[0].pending_bytes == 0


def test_an_ignored_direction_delivers_and_keeps_nothing() -> None:
    wire = Wire(needs=lambda end, data: -1 if end == 0 else 0)
    wire.open()
    wire.send(6, b"later")
    wire.send(0, b"header")
    wire.send(11, b"more")
    wire.send(0, b"answer", end=1)
    assert wire.flushed() == [b"header"]
    assert wire.stream(end=1) == [b"answer"]
    assert wire.connections[0].settled


def test_data_in_the_syn() -> None:
    wire = Wire()
    wire.send(-1, b"abc", SYN)
    wire.send(-1, b"xyz", SYN | ACK, end=1)
    wire.send(3, b"def")
    wire.send(3, b"uvw", end=1)
    assert wire.flushed() == [b"abcdef"]
    assert wire.stream(end=1) == [b"xyzuvw"]


def test_data_in_the_syn_twice() -> None:
    wire = Wire()
    wire.send(-1, b"abc", SYN)
    wire.send(-1, b"abc", SYN)
    wire.send(0, b"abcdef")
    assert wire.flushed() == [b"abcdef"]
    assert len(wire.connections) == 1


def test_without_a_syn_the_lowest_sequence_number_is_the_start() -> None:
    wire = Wire(initial=(2**32 - 4, 7))
    wire.send(6, b"ghi")
    wire.send(3, b"def")
    wire.send(0, b"abc")
    assert wire.stream() == []
    assert wire.flushed() == [b"abcdefghi"]


def test_without_a_syn_segments_are_held_only_for_a_while() -> None:
    wire = Wire()
    for number in range(HELD_SEGMENTS):
        wire.send(2 * number, b"ab")
    assert wire.stream() == [b"ab" * HELD_SEGMENTS]
    wire.send(2 * HELD_SEGMENTS, b"cd")
    assert wire.stream() == [b"ab" * HELD_SEGMENTS + b"cd"]


def test_without_a_syn_big_segments_are_held_for_less_long() -> None:
    wire = Wire()
    for number in range(4):
        wire.send(16_384 * number, bytes(16_384))
    assert wire.stream() == [bytes(65_536)]


def test_without_a_syn_lost_bytes_are_a_gap() -> None:
    wire = Wire()
    wire.send(0, b"abc")
    wire.send(6, b"ghi")
    assert wire.flushed() == [b"abc", 3, b"ghi"]


def test_without_a_syn_bytes_lost_before_the_fin_are_a_gap() -> None:
    wire = Wire()
    wire.send(0, b"abc")
    wire.send(6, flags=FIN | ACK)
    assert wire.flushed() == [b"abc", 3]


def test_without_a_syn_the_fin_may_come_before_the_data() -> None:
    wire = Wire()
    wire.send(3, flags=FIN | ACK, end=1)
    wire.send(0, b"request")
    wire.send(3, flags=FIN | ACK, end=1)
    wire.send(0, b"abc", end=1)
    assert wire.flushed(end=1) == [b"abc"]
    assert wire.connections[0].directions[1].finished()


def test_what_both_ends_held_is_told_in_the_order_of_the_packets() -> None:
    wire = Wire()
    wire.send(0, b"hello")
    wire.send(0, b"hello yourself", end=1)
    wire.send(5, b"certificate")
    wire.send(14, b"alert", end=1)
    wire.tracker.flush()
    assert wire.recorders[0].deliveries == [
        (0, b"hello", 1),
        (1, b"hello yourself", 2),
        (0, b"certificate", 3),
        (1, b"alert", 4),
    ]


def test_what_waits_at_the_end_is_told_in_the_order_of_the_packets() -> None:
    wire = opened()
    wire.send(10, b"one")
    wire.send(10, b"two", end=1)
    wire.send(20, b"three")
    wire.send(20, b"four", end=1)
    wire.tracker.flush()
    assert [data for _, data, _ in wire.recorders[0].deliveries] == [b"one", b"two", b"three", b"four"]


TEXT = bytes(range(256)) * 2


@st.composite
def deliveries(draw: st.DrawFn) -> list[tuple[int, bytes]]:
    """The whole text in segments, some of them twice or cut anew, in an order of a bounded window."""
    cuts = sorted(draw(st.sets(st.integers(1, len(TEXT) - 1), max_size=20)))
    segments = [(a, TEXT[a:b]) for a, b in zip([0, *cuts], [*cuts, len(TEXT)], strict=True)]
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(TEXT) - 1))
        segments.append((start, TEXT[start : draw(st.integers(start + 1, len(TEXT)))]))
    return draw(st.permutations(segments))


@settings(max_examples=250, deadline=None)
@given(segments=deliveries(), initial=st.sampled_from((0, 1_000, 2**31 - 100, 2**32 - 1, 2**32 - 200)))
def test_any_order_gives_the_same_bytes(segments: list[tuple[int, bytes]], initial: int) -> None:
    wire = opened((initial, 0))
    for offset, data in segments:
        wire.send(offset, data)
    assert wire.stream() == [TEXT]
    direction = wire.connections[0].directions[0]
    assert (direction.pending, direction.pending_bytes, direction.conflicts, direction.gaps) == ([], 0, 0, 0)


@settings(max_examples=150, deadline=None)
@given(
    segments=deliveries().filter(lambda found: len(found) < HELD_SEGMENTS),
    initial=st.sampled_from((0, 2**32 - 200)),
    syn_at=st.none() | st.integers(0, 30),
    fin_at=st.none() | st.integers(0, 30),
)
def test_any_order_with_a_late_syn_or_none(
    segments: list[tuple[int, bytes]], initial: int, syn_at: int | None, fin_at: int | None
) -> None:
    wire = Wire(initial=(initial, 0))
    wire.send(0, b"the other end keeps it open", end=1)
    for number, (offset, data) in enumerate(segments):
        if number == syn_at:
            wire.send(-1, flags=SYN)
        if number == fin_at:
            wire.send(len(TEXT), flags=FIN | ACK)
        wire.send(offset, data)
    assert wire.flushed(end=1) == [TEXT]  # the other end was seen first
    assert len(wire.connections) == 1


@st.composite
def conversations(draw: st.DrawFn) -> list[tuple[int, int, bytes, int]]:
    """A whole connection, from SYN to FIN: ``(end, offset, data, flags)``, with repetitions, out of order."""
    segments: list[tuple[int, int, bytes, int]] = [(0, -1, b"", SYN), (1, -1, b"", SYN | ACK)]
    cuts = sorted(draw(st.sets(st.integers(1, len(TEXT) - 1), max_size=8)))
    for a, b in zip([0, *cuts], [*cuts, len(TEXT)], strict=True):
        segments += [(0, a, TEXT[a:b], ACK), (1, a, TEXT[a:b], ACK)]
    joined = draw(st.booleans())
    for end in (0, 1):
        if joined:
            segments.append((end, a, TEXT[a:], FIN | ACK))
        else:
            segments.append((end, len(TEXT), b"", FIN | ACK))
    segments += draw(st.lists(st.sampled_from(segments), max_size=4))
    window = draw(st.integers(0, len(segments)))
    places = [number + draw(st.integers(0, window)) for number in range(len(segments))]
    return [segments[number] for number in sorted(range(len(segments)), key=lambda number: (places[number], number))]


@settings(max_examples=300, deadline=None)
@given(segments=conversations(), initial=st.sampled_from(((0, 0), (2**32 - 1, 2**31 - 100), (2**32 - 300, 7))))
def test_a_whole_connection_in_any_order(segments: list[tuple[int, int, bytes, int]], initial: tuple[int, int]) -> None:
    wire = Wire(initial=initial)
    for end, offset, data, flags in segments:
        wire.send(offset, data, TcpFlags(flags), end=end, acknowledged=0)
    wire.tracker.flush()
    assert len(wire.connections) == 1
    client = 0 if wire.connections[0].path[-4:-2] == (50_000).to_bytes(2, "big") else 1
    assert (wire.stream(client), wire.stream(1 - client)) == ([TEXT], [TEXT])
    assert wire.connections[0].ending().how == "fin"
    assert wire.tracker.conflicts == 0


@settings(max_examples=150, deadline=None)
@given(
    segments=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20), st.integers(0, 8)), max_size=20),
    needs=st.lists(st.integers(-1, 12), min_size=1, max_size=4),
)
def test_bounds_hold_whatever_comes(segments: list[tuple[int, int, int]], needs: list[int]) -> None:
    wire = Wire(needs=lambda end, data: needs[data[0] % len(needs)])
    wire.open()
    for offset, length, cut in segments:
        wire.send(offset, TEXT[offset : offset + length], cut=cut)
        direction = wire.connections[0].directions[0]
        pending = direction.pending
        assert direction.pending_bytes == sum(len(piece.data) for piece in pending)
        assert all(a.start + len(a.data) <= b.start for a, b in pairwise(pending))
        assert all(piece.start > direction.position for piece in pending)
    wire.tracker.flush()
    delivered = b"".join(part for part in wire.stream() if isinstance(part, bytes))
    assert list(delivered) == sorted(set(delivered))
