"""Passing over ordinary packets that nobody needs, one by one but many in a call: only where this is compiled.

Theory of operation
-------------------
:mod:`analyzer.capture.plain` says what an ordinary frame is, and which of them nobody needs. This is the same again,
for the records of a pcap file in little-endian byte order, written so that a compiler (mypyc) makes machine code of
it: byte by byte and without a value for each field. There it takes a twentieth of the time; as Python it would take
longer, so that :data:`next_needed` is None there. It ends with the first packet that somebody may need, or before one
that is not quite ordinary; what that one is, the reader finds out. All bytes are looked up with their bounds checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from analyzer.lanes import Lane
from analyzer.packets import Segment

if TYPE_CHECKING:
    from mypy_extensions import i64

NextNeeded = Callable[[bytes, int, dict[bytes, Lane], int, int, int], tuple[int, int, Segment | None]]
"""``(window, offset, lanes, next_advance_ns, unit_ns, packet)`` -> the offset behind the records that were read, the
number of the last of them, and the segment in it, if somebody may need it. Without one, the next record is not
ordinary, or not all there. ``packet`` is the number before ``offset``, ``unit_ns`` the unit of the fraction of the
time."""


def next_needed_segment(
    window: bytes, offset: i64, lanes: dict[bytes, Lane], next_advance_ns: i64, unit_ns: i64, packet: i64
) -> tuple[i64, i64, Segment | None]:
    """Pass over records of a pcap file up to one that somebody may need (:data:`NextNeeded`)."""
    end: i64 = len(window)
    while offset + 70 <= end:
        captured = _word(window, offset + 8)
        if captured > 0x20000 or captured != _word(window, offset + 12):
            break
        frame = offset + 16
        after = frame + captured
        if after > end or captured < 54:
            break
        ordinary = (
            window[frame + 12] == 8
            and window[frame + 13] == 0
            and window[frame + 14] == 0x45
            and not window[frame + 20] & 0x3F
            and window[frame + 21] == 0
            and window[frame + 23] == 6
        )
        payload = frame + 34 + (window[frame + 46] >> 4) * 4
        stop = frame + 14 + (window[frame + 16] << 8 | window[frame + 17])
        if not ordinary or payload < frame + 54 or payload > stop or stop > after:
            break
        moment = _word(window, offset) * 1_000_000_000 + _word(window, offset + 4) * unit_ns
        sequence = _big_word(window, frame + 38)
        acknowledgment = _big_word(window, frame + 42)
        flags: i64 = window[frame + 47]
        path = window[frame + 26 : frame + 38]
        packet += 1
        offset = after
        lane = None if flags & 0b111 else lanes.get(path)
        if payload == stop and not flags & 0b111:
            if lane is not None:
                lane.last_sequence = sequence
                lane.last_acknowledgment = acknowledgment
                lane.owner.last_ns = moment
        elif lane is not None and moment < next_advance_ns and _passes(lane, sequence + stop - payload):
            owner = lane.owner
            owner.last_packet = packet
            owner.last_ns = moment
            if not lane.ignored:
                lane.last_acknowledgment = acknowledgment
        else:
            data = window[payload:stop]
            return offset, packet, Segment(path, sequence, acknowledgment, flags, data, 0, packet, moment)
    return offset, packet, None


def _passes(lane: Lane, segment_end: i64) -> bool:
    passes_to: i64 = lane.passes_to
    passes: i64 = lane.passes
    return (passes_to - segment_end) & 0xFFFFFFFF < passes


def _word(window: bytes, at: i64) -> i64:
    zero: i64 = window[at]
    one: i64 = window[at + 1]
    two: i64 = window[at + 2]
    three: i64 = window[at + 3]
    return zero | one << 8 | two << 16 | three << 24


def _big_word(window: bytes, at: i64) -> i64:
    zero: i64 = window[at]
    one: i64 = window[at + 1]
    two: i64 = window[at + 2]
    three: i64 = window[at + 3]
    return zero << 24 | one << 16 | two << 8 | three


next_needed: NextNeeded | None = None if __file__.endswith(".py") else next_needed_segment
