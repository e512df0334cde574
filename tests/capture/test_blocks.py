from __future__ import annotations

import io

from analyzer.capture.blocks import BLOCK, Blocks
from analyzer.capture.sources import PlainSource


class Dripping(io.RawIOBase):
    """Gives a few bytes at a time, as a pipe does."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readinto(self, view: memoryview) -> int:  # type: ignore[override]
        return self._data.readinto(view[:7])


def test_refill_waits_for_what_is_needed_and_not_for_more() -> None:
    blocks = Blocks(PlainSource(Dripping(b"0123456789" * 3)))
    assert blocks.refill(0, 10)
    assert blocks.end == 14
    assert blocks.refill(12, 15)
    assert (blocks.start, bytes(blocks.view[:4])) == (12, b"2345")
    assert not blocks.refill(10, 20)
    assert bytes(blocks.view[: blocks.end]) == b"23456789"
    assert (blocks.position, blocks.damage) == (30, "")


def test_the_window_grows_for_a_long_packet_and_shrinks_again() -> None:
    data = bytes(range(256)) * (5 * BLOCK // 256)
    blocks = Blocks(PlainSource(io.BytesIO(data)))
    assert blocks.refill(0, 3 * BLOCK)
    assert len(blocks.buffer) == 4 * BLOCK
    assert blocks.buffer[: blocks.end] == data[: blocks.end]
    offset = blocks.end - 100
    assert blocks.refill(offset, 200)
    assert len(blocks.buffer) == BLOCK
    assert blocks.start == offset
    assert blocks.buffer[: blocks.end] == data[offset : offset + blocks.end]


def test_a_length_that_lies_takes_no_memory() -> None:
    blocks = Blocks(PlainSource(io.BytesIO(b"little")))
    assert not blocks.refill(0, 1 << 40)
    assert len(blocks.buffer) == BLOCK
