"""Messages are joined over records, and a gap costs only what it hits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls.handshakes import MAX_MESSAGE_BYTES, HandshakeJoiner, RawMessage, plausible_header
from tests.tls.shapes import message

ONE, TWO, THREE = message(11, b"certificates"), message(13, b"request"), message(14, b"")


def test_whole_messages() -> None:
    joiner = HandshakeJoiner()
    assert joiner.feed(ONE + TWO) == [RawMessage(11, b"certificates", 16, 1), RawMessage(13, b"request", 11, 1)]
    assert joiner.idle
    assert not joiner.busy


def test_a_message_over_several_records() -> None:
    joiner = HandshakeJoiner()
    assert joiner.feed(ONE[:2]) == []
    assert joiner.busy
    joiner.record_started(ONE, 2, 6)
    assert joiner.feed(ONE[2:8]) == []
    joiner.record_started(ONE, 8, 8)
    assert joiner.feed(ONE[8:] + THREE) == [RawMessage(11, b"certificates", 16, 3), RawMessage(14, b"", 4, 1)]


@given(st.lists(st.integers(1, 9), max_size=30))
def test_any_pieces_give_the_same_messages(sizes: list[int]) -> None:
    data = ONE + TWO + THREE + ONE
    joiner = HandshakeJoiner()
    found = []
    for size in sizes:
        found += joiner.feed(data[:size])
        data = data[size:]
    found += joiner.feed(data)
    assert [raw.message_type for raw in found] == [11, 13, 14, 11]
    assert [raw.body for raw in found] == [b"certificates", b"request", b"", b"certificates"]
    assert joiner.size == 0


def test_a_gap_inside_a_message_costs_that_message() -> None:
    joiner = HandshakeJoiner()
    joiner.feed(ONE[:6])
    assert joiner.gap(4) == []
    assert joiner.feed(ONE[10:] + TWO) == [RawMessage(11, None, 16, 1), RawMessage(13, b"request", 11, 1)]
    assert not joiner.lost


def test_a_gap_to_the_very_end_of_a_message() -> None:
    joiner = HandshakeJoiner()
    joiner.feed(ONE[:6])
    assert joiner.gap(10) == [RawMessage(11, None, 16, 1)]
    assert joiner.feed(TWO) == [RawMessage(13, b"request", 11, 1)]


def test_two_gaps_in_one_message() -> None:
    joiner = HandshakeJoiner()
    joiner.feed(ONE[:6])
    joiner.gap(2)
    joiner.feed(ONE[8:10])
    joiner.gap(2)
    assert joiner.feed(ONE[12:]) == [RawMessage(11, None, 16, 1)]


def test_a_gap_over_a_header_loses_the_place_until_a_record_begins_with_one() -> None:
    joiner = HandshakeJoiner()
    joiner.feed(ONE[:6])
    assert joiner.gap(11) == [RawMessage(11, None, 16, 1)]
    assert joiner.lost
    assert joiner.feed(TWO[1:] + THREE) == []
    joiner.record_started(b"\xff\xff\xff\xff", 0, 4)
    assert joiner.feed(b"\xff\xff\xff\xff") == []
    joiner.record_started(TWO, 0, len(TWO))
    assert joiner.feed(TWO) == [RawMessage(13, b"request", 11, 1)]


def test_a_gap_before_a_header_is_complete_loses_the_place() -> None:
    joiner = HandshakeJoiner()
    joiner.feed(ONE[:3])
    assert joiner.gap(1) == []
    assert joiner.lost


def test_what_follows_an_empty_record_is_not_its_message() -> None:
    joiner = HandshakeJoiner()
    joiner.lose()
    joiner.record_started(b"\x16\x03\x03\x00\x05", 0, 0)
    assert joiner.lost


def test_a_message_that_is_too_long_is_passed_over() -> None:
    joiner = HandshakeJoiner()
    length = MAX_MESSAGE_BYTES + 1
    assert joiner.feed(b"\x0b" + length.to_bytes(3, "big") + b"x" * 10) == []
    assert joiner.size == 0
    left = length - 10
    while left > 65_536:
        assert joiner.feed(bytes(65_536)) == []
        left -= 65_536
    assert joiner.feed(bytes(left) + THREE) == [RawMessage(11, None, length + 4, 1), RawMessage(14, b"", 4, 1)]


def test_the_longest_message_is_kept_and_joined_in_no_time() -> None:
    joiner = HandshakeJoiner()
    data = message(11, bytes(MAX_MESSAGE_BYTES))
    found = []
    for at in range(0, len(data), 64):
        found += joiner.feed(data[at : at + 64])
    assert [raw.length for raw in found] == [len(data)]


def test_what_is_in_progress() -> None:
    whole = message(11, bytes(5000))
    joiner = HandshakeJoiner()
    assert joiner.unfinished() is None
    joiner.feed(whole[:3])
    assert joiner.unfinished() is None  # its length is not known yet
    joiner.feed(whole[3:2000])
    assert joiner.unfinished() == (11, 5004)
    joiner.feed(whole[2000:])
    assert joiner.unfinished() is None
    joiner.feed(message(11, bytes(MAX_MESSAGE_BYTES + 1))[:100])
    assert joiner.unfinished() == (11, MAX_MESSAGE_BYTES + 5)
    joiner.lose()
    assert joiner.unfinished() is None


def test_plausible_header() -> None:
    assert plausible_header(ONE, 0)
    assert plausible_header(b"?" + ONE, 1)
    assert not plausible_header(ONE, len(ONE) - 3)
    assert not plausible_header(b"\x63\0\0\1", 0)
    assert not plausible_header(b"\x0b\x20\0\0", 0)
    assert not plausible_header(b"\x0b\x04\0\1", 0, 1 << 18)
