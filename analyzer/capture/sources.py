"""Where the bytes of a capture come from: a file or a pipe, packed with gzip or not.

A source fills a buffer with at least one byte, or says that there is no more. It never raises:
when reading fails or the gzip stream is broken, it ends early and ``damage`` holds a clause that
says why. What could be unpacked before the broken spot has been handed out by then.

Gzip is unpacked as a stream, never more at once than the caller has room for, so a file that
unpacks to a thousand times its size costs time and no memory. zlib throws away the output of the
call in which it meets an error; so each call starts from a state that was copied first (a copy of
its 32 KiB window), and after an error the same input is replayed from there byte by byte.
"""

from __future__ import annotations

import io
import zlib
from typing import Protocol

GZIP_MAGIC = b"\x1f\x8b"

_PACKED_BLOCK = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class ByteSource(Protocol):
    """Anything that a capture can be read from."""

    damage: str
    """Why the bytes ended early; empty as long as nothing is wrong."""

    @property
    def position(self) -> int:
        """Bytes taken from the stored file so far."""

    def fill(self, view: memoryview) -> int:
        """Put up to ``len(view)`` bytes into ``view`` and say how many; 0 is the end."""


class PlainSource:
    """A file, or standard input, as it is."""

    def __init__(self, stream: io.RawIOBase | io.BufferedIOBase) -> None:
        # A pipe hands out what is there: waiting for a full block would delay a capture that is still running.
        self._read = stream.readinto1 if isinstance(stream, io.BufferedIOBase) else stream.readinto
        self.position = 0
        self.damage = ""

    def fill(self, view: memoryview) -> int:
        """Read once."""
        try:
            count = self._read(view)
        except OSError as error:
            self.damage = f"reading failed ({error.strerror or 'input/output error'})"
            return 0
        if count is None:
            self.damage = "reading failed (the input is in non-blocking mode)"
            return 0
        self.position += count
        return count


class GzipSource:
    """What a gzip stream of one or more members (RFC 1952 section 2.2) unpacks to."""

    def __init__(self, packed: PlainSource, head: bytes) -> None:
        self._source = packed
        self._block = memoryview(bytearray(_PACKED_BLOCK))
        self._packed = head
        self._member = zlib.decompressobj(_GZIP)
        self._inside = True
        self._ended = False
        self.damage = ""

    @property
    def position(self) -> int:
        """Bytes of the packed file read so far."""
        return self._source.position

    def fill(self, view: memoryview) -> int:
        """Unpack until there is something to hand out."""
        while not self._ended:
            piece = self._unpack(len(view))
            if piece:
                view[: len(piece)] = piece
                return len(piece)
        return 0

    def _unpack(self, most: int) -> bytes:
        if not self._packed:
            count = self._source.fill(self._block)
            if not count:
                return self._finish(most)
            self._packed = bytes(self._block[:count])
        if not self._inside:
            # Zero bytes after a member are padding to a block of a tape.
            self._packed = self._packed.lstrip(b"\0")
            if not self._packed:
                return b""
            self._member = zlib.decompressobj(_GZIP)
            self._inside = True
        before = self._member.copy()
        try:
            piece = self._member.decompress(self._packed, most)
        except zlib.error:
            self._ended = True
            self.damage = "the gzip stream is damaged"
            return _salvage(before, self._packed, most)
        self._packed = self._member.unconsumed_tail
        if self._member.eof:
            self._packed = self._member.unused_data
            self._inside = False
        return piece

    def _finish(self, most: int) -> bytes:
        """The packed file has ended; zlib may still hold back what did not fit last time."""
        piece = b""
        if self._inside:
            try:
                piece = self._member.decompress(b"", most)
            except zlib.error:
                piece = b""
        if not piece:
            self._ended = True
            if self._source.damage:
                self.damage = self._source.damage
            elif self._inside:
                self.damage = "the gzip stream is cut short"
        return piece


def _salvage(member: zlib._Decompress, packed: bytes, most: int) -> bytes:
    """Everything that unpacks before the error, at most ``most`` bytes."""
    pieces: list[bytes] = []
    for index in range(len(packed)):
        try:
            piece = member.decompress(packed[index : index + 1], most)
        except zlib.error:
            break
        most -= len(piece)
        pieces.append(piece)
        if most <= 0:
            break
    return b"".join(pieces)
