"""A window of 1 MiB over the bytes of a capture.

The readers walk over ``buffer`` with ``struct.unpack_from`` and never ask for single reads. When
what is left of the window is too short for the next packet, ``refill`` moves that rest to the
front and reads behind it. This is the only way bytes come in: for files, gzip and standard input
alike. It measured as fast as ``mmap``, whose pages count as memory and which dies when the file
shrinks; a fresh ``bytes`` object per block measured a third slower than reading into one buffer.

A packet longer than the window makes it grow, by doubling and only as bytes really arrive, so a
length field that lies costs nothing; afterwards it shrinks again.
"""

from __future__ import annotations

from analyzer.capture.sources import ByteSource

BLOCK = 1024 * 1024


class Blocks:
    """The window: ``buffer[:end]`` is valid and starts at byte ``start`` of the capture."""

    __slots__ = ("_source", "buffer", "end", "start", "view")

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.buffer = bytearray(BLOCK)
        self.view = memoryview(self.buffer)
        self.start = 0
        self.end = 0

    @property
    def damage(self) -> str:
        """Why the source ended early; empty where it did not."""
        return self._source.damage

    @property
    def position(self) -> int:
        """Bytes taken from the stored file so far."""
        return self._source.position

    def refill(self, offset: int, need: int) -> bool:
        """Drop what lies before ``offset`` and hold at least ``need`` bytes.

        False where the input ends before that; what there is, is then at the front.
        """
        rest = self.end - offset
        if len(self.buffer) > BLOCK and max(rest, need) <= BLOCK:
            self._resize(BLOCK, offset)
        else:
            self.buffer[:rest] = self.buffer[offset : self.end]
        self.start += offset
        self.end = rest
        while self.end < need:
            if self.end == len(self.buffer):
                self._resize(2 * len(self.buffer), 0)
            count = self._source.fill(self.view[self.end :])
            if not count:
                return False
            self.end += count
        return True

    def _resize(self, size: int, offset: int) -> None:
        """Move the valid bytes from ``offset`` on to the front of a buffer of another size."""
        buffer = bytearray(size)
        buffer[: self.end - offset] = self.buffer[offset : self.end]
        self.buffer = buffer
        self.view = memoryview(buffer)
