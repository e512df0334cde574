"""Ordinary frames out of the reader's window: which are taken, which are passed over, and what is noted of those."""

from __future__ import annotations

import struct

import pytest

from analyzer.capture.plain import PASSED, plain_frames
from analyzer.lanes import Lane, LaneOwner
from analyzer.packets import Segment
from tests.capture.wire import ethernet, ipv4

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def _lane(passes_to: int, passes: int, *, ignored: bool = False) -> Lane:
    owner = LaneOwner()
    owner.last_packet, owner.last_ns = 0, None
    lane = Lane(owner)
    lane.passes_to, lane.passes, lane.ignored = passes_to, passes, ignored
    return lane


class _Lanes:
    next_advance_ns = 1_000

    def __init__(self, lane: Lane | None) -> None:
        self.lanes: dict[bytes, Lane] = {PATH: lane} if lane is not None else {}


def _frame(sequence: int, payload: bytes = b"x" * 100, flags: int = ACK) -> bytes:
    tcp = struct.pack(">HHIIBBHHH", 50_000, 443, sequence, 7_000, 5 << 4, flags, 1024, 0, 0)
    return ethernet(ipv4(tcp + payload))


PATH = _frame(0)[26:38]


def _take(lane: Lane | None, frame: bytes, *, at: int | None = 5) -> Segment | None:
    before = b"before it stands another packet"
    window = bytearray(before + frame + b"and behind it too")
    take = plain_frames(_Lanes(lane))
    return take(window, memoryview(window), len(before), len(before) + len(frame), 9, at)


def test_a_segment_is_taken_with_all_that_it_holds() -> None:
    expected = Segment(PATH, 600, 7_000, ACK | PSH, b"hello", 0, 9, 5)
    assert _take(None, _frame(600, b"hello", ACK | PSH)) == expected


def test_padding_is_no_payload() -> None:
    segment = _take(None, _frame(600, b"hello") + bytes(6))
    assert segment is not None
    assert segment.payload == b"hello"


@pytest.mark.parametrize("sequence", [(1_000 - 100) % 2**32, (1_000 - 5_000) % 2**32])
def test_what_ends_where_nothing_is_needed_is_passed_over(sequence: int) -> None:
    lane = _lane(1_000, 1 << 30)
    assert _take(lane, _frame(sequence)) is PASSED
    assert (lane.owner.last_packet, lane.owner.last_ns, lane.last_acknowledgment) == (9, 5, 7_000)


@pytest.mark.parametrize("sequence", [901, 1_000, 1_000 + 2**31])
def test_what_goes_beyond_is_taken(sequence: int) -> None:
    lane = _lane(1_000, 1 << 30)
    assert type(_take(lane, _frame(sequence))) is Segment
    assert lane.owner.last_packet == 0


def test_nothing_is_passed_over_where_everything_is_needed() -> None:
    assert type(_take(_lane(1_000, 0), _frame(500))) is Segment


def test_a_direction_that_is_ignored_is_passed_over_wherever_it_is() -> None:
    lane = _lane(0, 1 << 32, ignored=True)
    assert _take(lane, _frame(123_456_789)) is PASSED
    assert (lane.owner.last_packet, lane.last_acknowledgment) == (9, None)


@pytest.mark.parametrize("flags", [FIN | ACK, SYN, RST])
@pytest.mark.parametrize("payload", [b"x" * 100, b""])
def test_the_end_of_a_connection_is_never_passed_over(flags: int, payload: bytes) -> None:
    assert type(_take(_lane(0, 1 << 32), _frame(500, payload, flags))) is Segment


def test_an_acknowledgment_tells_how_far_both_sides_are() -> None:
    lane = _lane(1_000, 0)
    assert _take(lane, _frame(800, b"")) is PASSED
    assert (lane.last_sequence, lane.last_acknowledgment, lane.owner.last_ns) == (800, 7_000, 5)
    assert lane.owner.last_packet == 0
    assert _take(None, _frame(800, b"")) is PASSED


def test_now_and_then_a_segment_is_taken_for_its_time() -> None:
    assert type(_take(_lane(0, 1 << 32), _frame(500), at=1_000)) is Segment
    assert _take(_lane(0, 1 << 32), _frame(500), at=None) is PASSED


def _changed(frame: bytes, at: int, value: int) -> bytes:
    return frame[:at] + bytes([value]) + frame[at + 1 :]


@pytest.mark.parametrize(
    "frame",
    [
        _changed(_frame(1), 13, 0x06),  # ARP
        _changed(_frame(1), 14, 0x46),  # IP options
        _changed(_frame(1), 14, 0x65),
        _changed(_frame(1), 20, 0x20),  # more fragments
        _changed(_frame(1), 21, 0x01),  # a later fragment
        _changed(_frame(1), 23, 17),  # UDP
        _changed(_frame(1), 16, 0x7F),  # longer than the frame
        _changed(_frame(1), 17, 39),  # shorter than its headers
        _changed(_frame(1), 46, 0x40),  # a TCP header of 16 bytes
        _frame(1)[:53],
        b"",
    ],
)
def test_frames_of_other_kinds_are_left_to_others(frame: bytes) -> None:
    assert _take(_lane(0, 1 << 32), frame) is None
