"""Which segments make a connection, how it begins and ends, and what is given up when there are too many."""

from __future__ import annotations

import pytest

from analyzer.packets import reverse_path
from analyzer.streams import waiting
from analyzer.streams.connections import (
    LINGER_NS,
    LINGER_PACKETS,
    MAX_LINGERING,
    MAX_TOMBSTONES,
    TcpTracker,
)
from analyzer.streams.reassembly import MAX_PENDING_BYTES
from tests.streams.wire import ACK, FIN, RST, SECOND, SYN, Wire


def opened() -> Wire:
    wire = Wire()
    wire.open()
    return wire


def ending(wire: Wire, connection: int = 0) -> tuple[int | None, str, int | None]:
    told = wire.connections[connection].ending()
    return told.by, told.how, told.packet


# -- beginnings


def test_both_directions_are_one_connection() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.send(0, b"xyz", end=1)
    assert (wire.stream(0), wire.stream(1)) == ([b"abc"], [b"xyz"])
    assert len(wire.connections) == 1
    assert wire.connections[0].syn_seen


def test_the_answer_alone_tells_who_opened_and_both_starts() -> None:
    wire = Wire()
    wire.send(-1, flags=SYN | ACK, end=1)
    wire.send(3, b"def")
    wire.send(0, b"abc")
    assert wire.stream() == [b"abcdef"]
    assert wire.connections[0].path[-4:-2] == (50_000).to_bytes(2, "big")


def test_without_a_syn_the_first_segment_with_bytes_opens() -> None:
    wire = Wire()
    wire.send(0)
    wire.send(0, flags=FIN | ACK)
    wire.send(0, flags=RST)
    assert wire.connections == []
    wire.send(0, b"abc", end=1)
    assert len(wire.connections) == 1
    assert not wire.connections[0].syn_seen
    assert wire.connections[0].path[-4:-2] == (443).to_bytes(2, "big")


def test_one_direction_only() -> None:
    wire = Wire()
    wire.send(-1, flags=SYN)
    wire.send(0, b"abc")
    wire.send(3, flags=FIN | ACK)
    assert wire.flushed() == [b"abc"]
    assert wire.stream(end=1) == []
    assert ending(wire) == (0, "fin", 3)


def test_syn_retransmission_is_no_new_connection() -> None:
    wire = Wire()
    wire.send(-1, flags=SYN)
    wire.send(-1, flags=SYN)
    wire.send(-1, flags=SYN | ACK, end=1)
    wire.send(0, b"abc")
    wire.send(-1, flags=SYN | ACK, end=1)
    wire.send(-1, flags=SYN)
    wire.send(3, b"def")
    assert len(wire.connections) == 1
    assert wire.stream() == [b"abcdef"]


def test_syn_after_its_answer_and_its_data() -> None:
    wire = Wire()
    wire.send(-1, flags=SYN | ACK, end=1)
    wire.send(0, b"abc")
    wire.send(-1, flags=SYN)
    assert wire.stream() == [b"abc"]
    assert len(wire.connections) == 1
    assert wire.connections[0].directions[0].syn_seen


def test_syn_after_data_of_both_ends() -> None:
    wire = Wire()
    wire.send(3, b"def")
    wire.send(3, b"uvw", end=1)
    wire.send(-1, flags=SYN)
    assert wire.stream() == []
    wire.send(0, b"abc")
    wire.send(0, b"xyz", end=1)
    wire.send(-1, flags=SYN | ACK, end=1)
    assert (wire.stream(0), wire.stream(1)) == ([b"abcdef"], [b"xyzuvw"])
    assert len(wire.connections) == 1


def test_a_new_syn_on_the_same_ports_is_a_new_connection() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.initial = (900_000, 4_000_000_000)
    wire.open()
    wire.send(0, b"second")
    wire.send(0, b"answer", end=1)
    assert len(wire.connections) == 2
    assert wire.connections[0].settled
    assert wire.stream() == [b"abc"]
    assert (wire.stream(0, 1), wire.stream(1, 1)) == ([b"second"], [b"answer"])


def test_ports_used_again_where_only_the_answer_was_captured() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.initial = (900_000, 4_000_000_000)
    wire.send(-1, flags=SYN | ACK, end=1)
    wire.send(0, b"second")
    assert wire.stream(0, 1) == [b"second"]


@pytest.mark.parametrize("old_end", [0, 1])
def test_ports_used_again_after_a_connection_whose_start_is_missing(old_end: int) -> None:
    wire = Wire()
    wire.send(0, b"abc", end=old_end)
    wire.initial = (900_000_000, 4_000_000_000)
    wire.send(-1, flags=(SYN, SYN | ACK)[old_end], end=old_end)
    wire.send(0, b"second", end=old_end)
    assert len(wire.connections) == 2
    assert wire.stream(0) == [b"abc"]
    assert wire.stream(old_end, 1) == [b"second"]


def test_ports_used_again_after_nothing_but_a_fin() -> None:
    wire = Wire()
    wire.send(0, b"abc", end=1)
    wire.send(0, flags=FIN | ACK)
    wire.initial = (900_000_000, 4_000_000_000)
    wire.open()
    assert len(wire.connections) == 2


def test_ports_used_again_after_the_old_connection_settled() -> None:
    wire = opened()
    wire.send(0, flags=FIN | ACK)
    wire.send(0, flags=FIN | ACK, end=1)
    assert wire.connections[0].settled
    wire.send(-1, flags=SYN)  # the old one, once more
    assert len(wire.connections) == 1
    wire.initial = (77, 88)
    wire.open()
    wire.send(0, b"second")
    assert wire.stream(0, 1) == [b"second"]


def test_other_ports_are_another_connection() -> None:
    wire = opened()
    wire.open(port=50_001)
    wire.send(0, b"abc", port=50_001)
    assert wire.stream(0, 0) == []
    assert wire.stream(0, 1) == [b"abc"]


# -- endings


def test_both_fins_end_it_at_once() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.send(3, flags=FIN | ACK)
    wire.send(0, b"xyz", end=1)
    assert not wire.connections[0].settled
    wire.send(3, flags=FIN | ACK, end=1)
    assert wire.recorders[0].settled_with == wire.connections
    assert wire.tracker.open_connections == 0
    assert ending(wire) == (0, "fin", 5)


def test_half_close() -> None:
    wire = opened()
    wire.send(0, flags=FIN | ACK)
    wire.send(0, b"still ", end=1)
    wire.send(6, b"here", end=1)
    assert wire.flushed(end=1) == [b"still here"]
    assert ending(wire) == (0, "fin", 4)


def test_fin_with_the_last_bytes() -> None:
    wire = opened()
    wire.send(0, b"abc", FIN | ACK)
    wire.send(0, b"xyz", FIN | ACK, end=1)
    assert wire.connections[0].settled
    assert (wire.stream(0), wire.stream(1)) == ([b"abc"], [b"xyz"])


def test_fin_twice() -> None:
    wire = opened()
    wire.send(0, flags=FIN | ACK)
    wire.send(0, flags=FIN | ACK)
    assert wire.flushed() == []
    assert ending(wire) == (0, "fin", 4)


def test_bytes_that_come_after_both_fins_are_waited_for() -> None:
    wire = opened()
    wire.send(3, flags=FIN | ACK)
    wire.send(0, flags=FIN | ACK, end=1)
    assert not wire.connections[0].settled
    wire.send(0, b"abc")
    assert wire.stream() == [b"abc"]
    wire.wait(LINGER_NS / SECOND + 1)
    wire.open(port=50_001)
    assert wire.connections[0].settled


def test_bytes_that_come_after_a_reset_are_waited_for() -> None:
    wire = opened()
    wire.send(3, flags=RST)
    wire.send(0, b"abc")
    wire.send(0, b"late", end=1)
    wire.wait(LINGER_NS / SECOND + 1)
    wire.tracker.advance(wire.now)
    assert wire.connections[0].settled
    assert (wire.stream(0), wire.stream(1)) == ([b"abc"], [b"late"])
    assert ending(wire) == (0, "rst", 4)


def test_without_times_packets_are_counted_instead() -> None:
    wire = Wire(timed=False)
    wire.open()
    wire.send(0, flags=RST)
    wire.packet += LINGER_PACKETS
    wire.open(port=50_001)
    wire.send(0, flags=RST, port=50_001)
    assert [c.settled for c in wire.connections] == [True, False]


def test_only_so_many_linger() -> None:
    wire = Wire()
    for number in range(MAX_LINGERING + 2):
        wire.open(port=1_000 + number)
        wire.send(0, flags=RST, port=1_000 + number)
    assert [c.settled for c in wire.connections] == [True] * 2 + [False] * MAX_LINGERING


def test_fin_then_reset_by_the_same_end_is_a_fin() -> None:
    wire = opened()
    wire.send(0, flags=FIN | ACK, end=1)
    closed = wire.now
    wire.now += SECOND
    wire.send(1, flags=RST, end=1)
    wire.tracker.flush()
    assert ending(wire) == (1, "fin", 4)
    assert wire.connections[0].closed_ns == [None, closed]


def test_fin_answered_by_a_reset() -> None:
    wire = opened()
    wire.send(0, flags=FIN | ACK, end=1)
    wire.send(0, flags=RST)
    assert ending(wire) == (1, "fin", 4)


def test_reset_before_the_other_ends_fin() -> None:
    wire = opened()
    wire.send(0, flags=RST | ACK)
    wire.send(0, flags=FIN | ACK, end=1)
    assert ending(wire) == (0, "rst", 4)


def test_reset_that_refuses_the_connection() -> None:
    wire = Wire()
    wire.send(-1, flags=SYN)
    wire.send(-1, flags=RST | ACK, end=1)
    wire.tracker.flush()
    assert ending(wire) == (1, "rst", 2)


def test_the_capture_ends_first() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.tracker.flush()
    assert ending(wire) == (None, "capture-end", None)


def test_silence_ends_it() -> None:
    wire = Wire(idle_s=60)
    wire.open()
    wire.send(0, b"abc")
    wire.wait(50)
    wire.send(3, b"def")
    wire.wait(59)
    wire.tracker.advance(wire.now)
    assert not wire.connections[0].settled
    wire.wait(2)
    wire.tracker.advance(wire.now)
    assert wire.connections[0].settled
    assert ending(wire) == (None, "idle", None)


def test_segments_after_the_end_open_nothing() -> None:
    wire = opened()
    wire.send(0, b"abc", FIN | ACK)
    wire.send(0, flags=FIN | ACK, end=1)
    wire.send(0, b"abc", FIN | ACK)
    wire.send(4, flags=RST)
    wire.send(0, b"xyz", end=1)
    assert len(wire.connections) == 1
    assert wire.flushed() == [b"abc"]
    assert len(wire.recorders[0].settled_with) == 1


def test_a_fin_on_an_ignored_direction_still_ends_it() -> None:
    wire = Wire(needs=lambda end, data: -1)
    wire.open()
    wire.send(0, b"abc")
    wire.send(0, b"xyz", end=1)
    wire.send(3, b"def", FIN | ACK)
    wire.send(3, b"uvw", FIN | ACK, end=1)
    wire.wait(LINGER_NS / SECOND + 1)
    wire.tracker.advance(wire.now)
    assert wire.tracker.open_connections == 0


def test_fins_of_a_connection_whose_start_is_missing_end_it() -> None:
    wire = Wire()
    wire.send(0, b"abc", FIN | ACK)
    wire.send(0, b"xyz", FIN | ACK, end=1)
    wire.wait(LINGER_NS / SECOND + 1)
    wire.tracker.advance(wire.now)
    assert wire.tracker.open_connections == 0
    assert (wire.stream(0), wire.stream(1)) == ([b"abc"], [b"xyz"])
    assert ending(wire) == (0, "fin", 1)


def test_flush_settles_in_the_order_of_the_beginnings() -> None:
    order: list[int] = []
    wire = Wire()
    for port in (1, 2, 3):
        wire.open(port=port)
    for number, recorder in enumerate(wire.recorders):
        recorder.settled = lambda connection, number=number: order.append(number)  # type: ignore[method-assign, misc]
    wire.send(0, b"abc", port=1)
    wire.tracker.flush()
    assert order == [0, 1, 2]
    wire.tracker.flush()
    assert order == [0, 1, 2]


# -- bounds


def test_the_longest_idle_goes_first() -> None:
    wire = Wire(max_open=3)
    for port in (1, 2, 3):
        wire.open(port=port)
    wire.open(port=4)
    assert [c.settled for c in wire.connections] == [True, False, False, False]
    wire.send(0, b"busy", port=2)
    wire.open(port=5)
    assert [c.settled for c in wire.connections] == [True, False, True, False, False]
    assert wire.tracker.evicted == 2
    assert wire.tracker.open_connections == 3
    assert ending(wire) == (None, "idle", None)


def test_many_connections_are_bounded() -> None:
    wire = Wire(max_open=50)
    for port in range(3_000):
        wire.send(-1, flags=SYN, port=port)
        assert wire.tracker.open_connections <= 50
    assert wire.tracker.evicted == 2_950
    assert sum(len(recorder.settled_with) for recorder in wire.recorders) == 2_950
    tracker = wire.tracker
    assert len(tracker._directions) <= 2 * (50 + MAX_TOMBSTONES)
    assert len(tracker._open) <= 2 * 50 + 1_024 + 1
    tracker.flush()
    assert tracker.open_connections == 0


def test_a_tombstone_does_not_bury_its_successor() -> None:
    wire = opened()
    wire.initial = (77, 88)
    wire.open()
    for port in range(MAX_TOMBSTONES + 1):
        wire.send(-1, flags=SYN, port=port)
        wire.send(-1, flags=RST | ACK, end=1, port=port)
    wire.wait(10)
    wire.tracker.advance(wire.now)
    wire.send(0, b"second")
    assert wire.stream(0, 1) == [b"second"]


def test_waiting_bytes_are_bounded_over_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MAX_WAITING_BYTES", 100_000)
    wire = Wire()
    wire.tracker = TcpTracker(wire._opened)
    wire.tracker._waiting._room = 100_000
    for port in range(200):
        wire.open(port=port)
        wire.send(10, bytes(1_000), port=port)
        assert sum(c.directions[0].pending_bytes for c in wire.connections) <= 101_000
    assert wire.stream(0, 0) == [10, bytes(1_000)]
    assert wire.stream(0, 199) == []
    wire.tracker.flush()
    assert [recorder.streams[0] for recorder in wire.recorders] == [[10, bytes(1_000)]] * 200
    assert wire.tracker._waiting._directions == {}


def test_held_starts_are_bounded_over_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire()
    monkeypatch.setattr(waiting, "MAX_WAITING_BYTES", 50_000)
    wire.tracker._waiting._room = 50_000
    for port in range(200):
        wire.send(0, bytes(1_000), port=port)
    assert sum(len(c.directions[0].held) for c in wire.connections) <= 50
    wire.tracker.flush()
    assert [recorder.streams[0] for recorder in wire.recorders] == [[bytes(1_000)]] * 200


def test_one_direction_never_holds_more_than_its_bound() -> None:
    wire = opened()
    for number in range(300):
        wire.send(10 + 1_500 * number, bytes(1_400))
        assert wire.connections[0].directions[0].pending_bytes <= MAX_PENDING_BYTES


def test_times_may_jump_and_go_backwards() -> None:
    wire = opened()
    wire.send(0, b"abc")
    wire.now -= 500 * SECOND
    wire.send(3, b"def")
    wire.now += 600 * SECOND
    wire.send(6, b"ghi")
    assert wire.stream() == [b"abcdefghi"]


def test_the_latest_connection_on_a_path_is_found_from_either_end() -> None:
    wire = Wire()
    path = bytes((10, 0, 0, 1, 10, 0, 0, 2)) + (50_000).to_bytes(2, "big") + (443).to_bytes(2, "big")
    assert wire.tracker.connection_of(path) is None
    wire.open()
    assert wire.tracker.connection_of(path) is wire.connections[0]
    assert wire.tracker.connection_of(reverse_path(path)) is wire.connections[0]
    wire.tracker.flush()
    assert wire.tracker.connection_of(path) is wire.connections[0]
    wire.initial = (9_000, 15_000)
    wire.open()
    assert wire.tracker.connection_of(path) is wire.connections[1]
