"""The reader reads exactly what the lengths say, and never beyond."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls.reader import DecodeError, Reader


def test_numbers_of_every_size() -> None:
    reader = Reader(bytes.fromhex("01 0203 040506 0708090a"))
    assert [reader.number(size, "n") for size in (1, 2, 3, 4)] == [0x01, 0x0203, 0x040506, 0x0708090A]
    assert reader.remaining == 0
    reader.finish("all")


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda r: r.number(1, "x"), "x: 1 bytes announced, 0 left"),
        (lambda r: r.number(2, "x"), "x: 2 bytes announced, 0 left"),
        (lambda r: r.number(4, "x"), "x: 4 bytes announced, 0 left"),
        (lambda r: r.take(1, "x"), "x: 1 bytes announced, 0 left"),
        (lambda r: r.vector(1, "x"), "x: 1 bytes announced, 0 left"),
    ],
)
def test_nothing_is_read_beyond_the_end(read: Callable[[Reader], object], text: str) -> None:
    with pytest.raises(DecodeError, match=text):
        read(Reader(b""))


def test_a_lying_length_names_its_field() -> None:
    with pytest.raises(DecodeError, match="session_id: 5 bytes announced, 2 left"):
        Reader(b"\x05ab").vector(1, "session_id")


def test_a_part_of_the_data_is_a_fence() -> None:
    reader = Reader(b"abcdef", 1, 3)
    assert reader.take(2, "x") == b"bc"
    with pytest.raises(DecodeError):
        reader.number(1, "x")


def test_vectors_and_what_is_left() -> None:
    reader = Reader(b"\x00\x05\x02ab\x01c!")
    assert reader.vectors(2, 1, "list") == (b"ab", b"c")
    assert reader.remaining == 1
    with pytest.raises(DecodeError, match="all: 1 bytes left over"):
        reader.finish("all")
    assert reader.rest() == b"!"


def test_an_inner_length_cannot_reach_outside_its_block() -> None:
    with pytest.raises(DecodeError):
        Reader(b"\x00\x03\x05abcdef").vectors(2, 1, "list")


def test_number_lists() -> None:
    assert Reader(b"\x04\x01\x02\x03\x04").numbers(1, 2, "list") == (0x0102, 0x0304)
    assert Reader(b"\x00\x02\x07\x08").numbers(2, 1, "list") == (7, 8)
    assert Reader(b"\0").numbers(1, 2, "list") == ()
    with pytest.raises(DecodeError, match="list: 3 bytes is not a whole number of 2-byte values"):
        Reader(b"\x03abc").numbers(1, 2, "list")


@given(data=st.binary(max_size=40), sizes=st.lists(st.integers(1, 3), max_size=10))
def test_reading_consumes_exactly_or_raises(data: bytes, sizes: list[int]) -> None:
    reader, at = Reader(data), 0
    for size in sizes:
        try:
            block = reader.vector(size, "block")
        except DecodeError:
            return
        length = int.from_bytes(data[at : at + size], "big")
        assert block == data[at + size : at + size + length]
        at += size + length
        assert reader.remaining == len(data) - at
