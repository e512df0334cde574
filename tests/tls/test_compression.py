"""CompressedCertificate: what it unpacks to, and what a stranger may try with it."""

from __future__ import annotations

import contextlib
import sys
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls.compression import BROTLI, MAX_CERTIFICATE_BYTES, ZLIB, ZSTD, decompress
from analyzer.tls.reader import DecodeError

CHAIN = b"certificate " * 300


def _zstd(data: bytes) -> bytes:
    return bytes(zstandard.ZstdCompressor().compress(data))


PACKERS: dict[int, Callable[[bytes], bytes]] = {
    ZLIB: lambda data: zlib.compress(data),
    BROTLI: lambda data: bytes(brotli.compress(data)),
    ZSTD: _zstd,
}
every_algorithm = pytest.mark.parametrize("algorithm", PACKERS)


@every_algorithm
@pytest.mark.parametrize("chain", [b"", b"x", CHAIN, b"x" * MAX_CERTIFICATE_BYTES])
def test_there_and_back(algorithm: int, chain: bytes) -> None:
    assert decompress(algorithm, len(chain), PACKERS[algorithm](chain)) == chain


@every_algorithm
@pytest.mark.parametrize("stated", [0, len(CHAIN) - 1, len(CHAIN) + 1, 1 << 20])
def test_another_length_than_stated(algorithm: int, stated: int) -> None:
    with pytest.raises(DecodeError, match="another length"):
        decompress(algorithm, stated, PACKERS[algorithm](CHAIN))


@every_algorithm
def test_a_stated_length_that_no_chain_takes_is_refused_unread(algorithm: int) -> None:
    with pytest.raises(DecodeError, match="which no chain takes"):
        decompress(algorithm, MAX_CERTIFICATE_BYTES + 1, b"not even compressed")


@every_algorithm
def test_a_bomb_is_not_unpacked(algorithm: int) -> None:
    """64 MiB behind a stated length of 1,000 bytes: memory stays far below that."""
    bomb = PACKERS[algorithm](bytes(64 << 20))
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError):
            decompress(algorithm, 1_000, bomb)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@every_algorithm
def test_damaged_data(algorithm: int) -> None:
    packed = PACKERS[algorithm](CHAIN)
    for damaged in (b"", packed[: len(packed) // 2], b"\xff" * 50, packed[10:]):
        with pytest.raises(DecodeError):
            decompress(algorithm, len(CHAIN), damaged)


@every_algorithm
@given(data=st.binary(max_size=200), stated=st.integers(0, 5_000))
def test_anything_at_all(algorithm: int, data: bytes, stated: int) -> None:
    with contextlib.suppress(DecodeError):
        assert len(decompress(algorithm, stated, data)) == stated


def test_an_unknown_algorithm() -> None:
    with pytest.raises(DecodeError, match="unknown algorithm 9"):
        decompress(9, 10, b"")


@pytest.mark.parametrize(("algorithm", "library"), [(BROTLI, "brotli"), (ZSTD, "zstandard")])
def test_a_library_that_is_not_installed_is_named(
    algorithm: int, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(DecodeError, match="install certwhy"):
        decompress(algorithm, len(CHAIN), PACKERS[ZLIB](CHAIN))
