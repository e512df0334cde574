"""Finds every known message in a log of any size, in one pass.

Theory of operation
-------------------
A log is read in chunks of about 1 MiB that end at line ends. All patterns as one automaton skip over a chunk to the
next line with a message, and only such a line is looked at closer. What is kept is one small record for each message of
the catalogue, whatever the log's size. A line longer than :data:`MAX_LINE` is looked at around the message; one longer
than a chunk is read in pieces. Bytes that are no text do no harm: patterns know bytes.

Where no message is known, the first lines that name certificates or handshakes are kept, to be understood by their
words.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, BinaryIO

import msgspec
import re2

from analyzer.explain.entries import KnownMessage
from analyzer.explain.matching import Hit, Matcher, apart, options
from analyzer.explain.paste import cleaned

CHUNK = 1 << 20
MAX_LINE = 64 << 10
_MOST_UNKNOWN = 200
"""Lines kept to be understood by their words."""

_GZIP = b"\x1f\x8b"
_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

Tell = Callable[[int, int, int], None]
"""Is told how many bytes and lines were read, and how many messages found."""


class Seen(msgspec.Struct):
    """A message, and the lines it stands in, counted from 1."""

    message: KnownMessage
    first: int
    last: int
    count: int
    first_line: bytes
    last_line: bytes


class LogFound(msgspec.Struct):
    """What a log holds."""

    seen: dict[str, Seen]
    """By the entry's id."""
    unknown: list[tuple[int, bytes]]
    """Lines that may be about such a login, where nothing in the log is known."""
    lines: int = 0
    size: int = 0
    """In bytes."""
    stopped: str | None = None
    """Why it was not read to its end."""

    def add(self, hit: Hit, number: int, line: bytes) -> None:
        """One more line with this message."""
        seen = self.seen.get(hit.message.entry.id)
        if seen is None:
            self.seen[hit.message.entry.id] = Seen(hit.message, number, number, 1, line, line)
        elif seen.last != number:
            seen.last, seen.last_line, seen.count = number, line, seen.count + 1


def read_log(stream: BinaryIO, matcher: Matcher, tell: Tell | None = None) -> LogFound:
    """Everything that is known in a log; plain or gzip, in any encoding that keeps ASCII, or UTF-16 with its mark.

    Ctrl-C and damaged gzip data end it: what was found until then is the answer, and ``stopped`` says so.
    """
    found = LogFound({}, [])
    ending = b"\n"
    try:
        for chunk in _whole_lines(_decoded(_opened(stream), found)):
            _search(cleaned(chunk), matcher, found)
            ending = chunk[-1:]
            if tell is not None:
                tell(found.size, found.lines, sum(seen.count for seen in found.seen.values()))
    except KeyboardInterrupt:
        found.stopped = "interrupted"
    except (gzip.BadGzipFile, EOFError, zlib.error):
        found.stopped = "the gzip data is damaged or cut off"
    found.lines += ending != b"\n"
    return found


def _opened(stream: BinaryIO) -> BinaryIO:
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_Raw(stream), CHUNK)
    if buffered.peek(2)[:2] == _GZIP:
        return gzip.GzipFile(fileobj=buffered)  # type: ignore[return-value]
    return buffered


class _Raw(io.RawIOBase):
    """Any binary stream, for a buffer to be put before it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _decoded(stream: BinaryIO, found: LogFound) -> Iterator[bytes]:
    """Pieces as they come: a pipe's are not waited for until they are large. UTF-16 becomes UTF-8."""
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    piece = read(CHUNK)
    decoder = None
    if piece[:2] in _BOMS:
        decoder = codecs.getincrementaldecoder(_BOMS[piece[:2]])(errors="replace")
    while piece:
        found.size += len(piece)
        yield decoder.decode(piece).encode("utf-8", "replace") if decoder else piece
        piece = read(CHUNK)


def _whole_lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    kept: list[bytes] = []
    held = 0
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield b"".join((*kept, piece[:end]))
            kept, held = [], 0
        kept.append(piece[end:])
        held += len(piece) - end
        if held > CHUNK:
            yield b"".join(kept)
            kept, held = [], 0
    if held:
        yield b"".join(kept)


def _search(chunk: bytes, matcher: Matcher, found: LogFound) -> None:
    number, at = found.lines + 1, 0
    for start, line, following in _lines_with(matcher.any, chunk):
        number += chunk.count(b"\n", at, start)
        for hit in apart(matcher.find(line)):
            found.add(hit, number, line)
        at, number = following, number + 1
    if not found.seen and len(found.unknown) < _MOST_UNKNOWN:
        _keep_unknown(chunk, found)
    found.lines += chunk.count(b"\n")


def _keep_unknown(chunk: bytes, found: LogFound) -> None:
    number, at = found.lines + 1, 0
    for start, line, following in _lines_with(_about_logins(), chunk):
        number += chunk.count(b"\n", at, start)
        found.unknown.append((number, line))
        at, number = following, number + 1
        if len(found.unknown) >= _MOST_UNKNOWN:
            return


def _lines_with(pattern: Any, chunk: bytes) -> Iterator[tuple[int, bytes, int]]:
    """The lines in which the pattern occurs: where each begins, its text, and where the next begins."""
    at = 0
    while at < len(chunk):
        place = pattern.search(chunk, at)
        if place is None:
            return
        start = chunk.rfind(b"\n", at, place.start()) + 1 or at
        end = chunk.find(b"\n", place.start())
        end = len(chunk) if end < 0 else end
        if end - start > MAX_LINE:
            around = max(start, place.start() - MAX_LINE // 2)
            yield start, chunk[around : min(end, around + MAX_LINE)], end + 1
        else:
            yield start, chunk[start:end].rstrip(b"\r"), end + 1
        at = end + 1


@lru_cache(maxsize=1)
def _about_logins() -> Any:
    return re2.compile(
        rb"client.?cert|certificate|x\.?509|handshake|\b(?:tls|ssl)\w* alert|mutual.?tls|\bmtls\b", options()
    )
