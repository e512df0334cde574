from __future__ import annotations

import gzip
import io
import random
import tracemalloc
from typing import Any

import pytest

from analyzer.explain import logs
from analyzer.explain.answer import explain_log
from analyzer.explain.logs import LogFound, read_log
from tests.explain.small import MATCHER

KNOWN = b"2026-03-02 09:14:22 [info] client sent no required SSL certificate, client: 192.0.2.7"
NOISE = b"2026-03-02 09:00:00 all is well, and nothing of it is about logins"


def read(data: bytes) -> LogFound:
    return read_log(io.BytesIO(data), MATCHER)


def test_every_message_is_counted_with_its_first_and_last_line() -> None:
    lines = [NOISE] * 100
    lines[9] = lines[49] = KNOWN
    lines[98] = KNOWN.replace(b"09:14:22", b"11:00:00")
    lines[20] = b"tlsv1 alert unknown ca"
    found = read(b"\n".join(lines) + b"\n")
    assert (found.lines, found.stopped) == (100, None)
    first, second = explain_log("app.log", found).readings
    assert (first.id, first.lines.first, first.lines.last, first.lines.count) == ("nginx-none", 10, 99, 3)
    assert (first.lines.first_time, first.lines.last_time) == ("2026-03-02 09:14:22", "2026-03-02 11:00:00")
    assert (second.id, second.lines.first, second.lines.count) == ("ossl-unknown-ca", 21, 1)


@pytest.mark.parametrize("size", [7, 64, 1000, 1 << 20])
def test_where_chunks_end_makes_no_difference(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    choice = random.Random(1)
    lines = [KNOWN if choice.random() < 0.1 else NOISE[: choice.randrange(60)] for _ in range(500)]
    data = b"\n".join(lines)
    whole = read(data)
    monkeypatch.setattr(logs, "CHUNK", size)
    monkeypatch.setattr(logs, "MAX_LINE", 4096)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    class Pipe(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            piece = pieces.pop(0) if pieces else b""
            buffer[: len(piece)] = piece
            return len(piece)

    parts = read_log(io.BufferedReader(Pipe(), 1 << 21), MATCHER)
    if size >= 100:  # a line that does not fit into a chunk is read in pieces
        assert parts.seen == whole.seen
    assert parts.lines == whole.lines == 500


def test_no_newline_at_the_end_and_windows_line_ends() -> None:
    assert read(b"a\r\n" + KNOWN).lines == 2
    seen = read(NOISE + b"\r\n" + KNOWN + b"\r\n").seen["nginx-none"]
    assert (seen.first, seen.first_line) == (2, KNOWN)
    assert read(b"").lines == 0


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_its_mark(encoding: str) -> None:
    text = "\ufeff" + "\r\n".join(["Ereignis", KNOWN.decode(), "Ende"]) + "\r\n"
    found = read(text.encode(encoding))
    assert found.seen["nginx-none"].first == 2
    assert found.lines == 3


def test_gzip() -> None:
    assert read(gzip.compress(NOISE + b"\n" + KNOWN)).seen["nginx-none"].first == 2


def test_damaged_gzip_says_so_after_what_was_found() -> None:
    packed = gzip.compress(KNOWN + b"\n" + random.Random(2).randbytes(300_000))
    found = read(packed[:-5000])
    assert found.stopped
    assert "gzip" in found.stopped


def test_binary_garbage_is_harmless() -> None:
    data = random.Random(3).randbytes(3_000_000)
    assert read(data + b"\n" + KNOWN + b"\n" + data).seen["nginx-none"].count == 1


def test_a_line_without_end_is_searched_in_pieces() -> None:
    data = b"x" * 5_000_000 + KNOWN + b"y" * 3_000_000 + b"\n" + KNOWN
    seen = read(data).seen["nginx-none"]
    assert (seen.first, seen.last, seen.count) == (1, 2, 2)
    assert len(seen.first_line) <= logs.MAX_LINE


def test_colours_and_escaped_quotes_in_a_log() -> None:
    data = b'\x1b[31mtlsv1 alert \x1b[1munknown ca\x1b[0m\n{"log":"tls: \\"unknown\\" <authority>\\n"}\n'
    assert set(read(data).seen) == {"ossl-unknown-ca", "go-unknown"}


def test_a_message_within_a_wrapper_is_counted_once() -> None:
    found = read(b"SSL_do_handshake() failed (SSL: tlsv1 alert unknown ca)\n")
    assert set(found.seen) == {"ossl-unknown-ca"}


def test_ctrl_c_reports_what_was_found() -> None:
    class Interrupted(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            data = super().read(100)
            if not data:
                raise KeyboardInterrupt
            return data

    found = read_log(Interrupted(KNOWN + b"\n" + NOISE + b"\n"), MATCHER)
    assert found.stopped == "interrupted"
    assert found.seen["nginx-none"].count == 1


def test_progress_tells_bytes_lines_and_messages() -> None:
    told: list[tuple[int, int, int]] = []
    data = (KNOWN + b"\n") * 30_000
    read_log(io.BytesIO(data), MATCHER, lambda *now: told.append(now))
    assert len(told) > 1
    assert told[-1] == (len(data), 30_000, 30_000)


class Endless(io.RawIOBase):
    """A log that is made while it is read."""

    def __init__(self, line: bytes, size: int) -> None:
        self._block = line * max(1, (1 << 16) // len(line))
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._block[: min(len(buffer), max(0, self._left))]
        buffer[: len(part)] = part
        self._left -= len(part)
        return len(part)


@pytest.mark.parametrize("line", [NOISE + b"\n", KNOWN + b"\n", b"no end "])
def test_memory_does_not_grow_with_the_log(line: bytes) -> None:
    peaks = []
    for size in (8_000_000, 40_000_000):
        tracemalloc.start()
        read_log(io.BufferedReader(Endless(line, size)), MATCHER)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000
    assert peaks[1] < 16_000_000


def test_unknown_lines_that_are_kept_are_bounded() -> None:
    found = read(b"something about a client certificate\n" * 10_000)
    assert len(found.unknown) == 200
    assert found.unknown[1][0] == 2
