from __future__ import annotations

import gzip
import io
import random
import tracemalloc

import pytest

from analyzer.capture.sources import ByteSource, GzipSource, PlainSource


def drain(source: ByteSource, room: int = 1000) -> bytes:
    view = memoryview(bytearray(room))
    pieces = []
    while count := source.fill(view):
        pieces.append(bytes(view[:count]))
    assert source.fill(view) == 0
    return b"".join(pieces)


def unpack(packed: bytes, room: int = 1000) -> tuple[bytes, str]:
    source = GzipSource(PlainSource(io.BytesIO(packed)), b"")
    return drain(source, room), source.damage


def test_a_plain_source_hands_out_everything() -> None:
    source = PlainSource(io.BytesIO(b"abc" * 5000))
    assert drain(source) == b"abc" * 5000
    assert (source.position, source.damage) == (15_000, "")


class Failing(io.RawIOBase):
    def __init__(self, answer: Exception | None) -> None:
        self._answer = answer

    def readinto(self, _view: object) -> int | None:
        if self._answer is not None:
            raise self._answer
        return None


@pytest.mark.parametrize(
    ("answer", "damage"),
    [
        (OSError(5, "Input/output error"), "reading failed (Input/output error)"),
        (None, "reading failed (the input is in non-blocking mode)"),
    ],
)
def test_a_read_that_fails_is_damage(answer: Exception | None, damage: str) -> None:
    stream = Failing(answer)
    source = PlainSource(stream)
    assert drain(source) == b""
    assert source.damage == damage
    packed = GzipSource(PlainSource(stream), gzip.compress(bytes(2000))[:-9])
    drain(packed)
    assert packed.damage == damage


@pytest.mark.parametrize("room", [1, 100, 1 << 20])
def test_gzip_members_follow_each_other(room: int) -> None:
    noise = random.Random(1).randbytes(3000)
    packed = gzip.compress(b"one") + gzip.compress(noise) + gzip.compress(b"") + gzip.compress(b"two" * 900)
    assert unpack(packed, room) == (b"one" + noise + b"two" * 900, "")


def test_zero_padding_after_gzip_is_ignored() -> None:
    assert unpack(gzip.compress(b"one") + bytes(512)) == (b"one", "")


def test_garbage_after_gzip_is_damage() -> None:
    assert unpack(gzip.compress(b"one") + b"garbage") == (b"one", "the gzip stream is damaged")


def test_gzip_cut_anywhere_gives_a_beginning() -> None:
    text = random.Random(2).randbytes(40) + b"abcabcabc" * 20
    packed = gzip.compress(text)
    for size in range(1, len(packed)):
        piece, damage = unpack(packed[:size])
        assert text.startswith(piece)
        assert damage == "the gzip stream is cut short"
    assert unpack(packed) == (text, "")


def test_gzip_broken_in_the_middle_gives_all_before() -> None:
    text = bytes(random.Random(3).choices(b"abcdef", k=200_000))
    packed = bytearray(gzip.compress(text))
    half = len(packed) // 2
    packed[half:] = random.Random(4).randbytes(half)
    piece, damage = unpack(bytes(packed), 1 << 20)
    assert damage == "the gzip stream is damaged"
    common = next(index for index, pair in enumerate(zip(piece, text, strict=False)) if pair[0] != pair[1])
    assert common > 90_000


def test_a_wrong_checksum_is_damage_and_loses_nothing() -> None:
    packed = bytearray(gzip.compress(b"text" * 100))
    packed[-5] ^= 1
    assert unpack(bytes(packed)) == (b"text" * 100, "the gzip stream is damaged")


def test_a_bomb_is_unpacked_piece_by_piece() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024), compresslevel=1)
    source = GzipSource(PlainSource(io.BytesIO(bomb)), b"")
    view = memoryview(bytearray(1 << 16))
    tracemalloc.start()
    total = 0
    while count := source.fill(view):
        total += count
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 64 * 1024 * 1024
    assert peak < 2 * 1024 * 1024
