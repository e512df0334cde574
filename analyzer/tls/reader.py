"""A cursor over bytes that can only be read in the RFCs' own terms.

A length prefix opens a reader of its own, and nothing can be read beyond its end: a lying length is a
:class:`DecodeError` at the place where it lies, never a read of somebody else's bytes (RFC 8446 section 3).
"""

from __future__ import annotations

from functools import lru_cache


class DecodeError(Exception):
    """The bytes are not what the RFC says they are; the text names the field."""


class Reader:
    """Reads fixed-size numbers and length-prefixed vectors from bytes."""

    __slots__ = ("_data", "_end", "_position")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._position = start
        self._end = len(data) if end is None else end

    @property
    def remaining(self) -> int:
        """Bytes that have not been read."""
        return self._end - self._position

    def take(self, count: int, field: str) -> bytes:
        """The next ``count`` bytes."""
        start = self._position
        stop = start + count
        if stop > self._end:
            raise DecodeError(f"{field}: {count} bytes announced, {self._end - start} left")
        self._position = stop
        return self._data[start:stop]

    def number(self, size: int, field: str) -> int:
        """An unsigned number of ``size`` bytes, big-endian."""
        start = self._position
        stop = start + size
        if stop > self._end:
            raise DecodeError(f"{field}: {size} bytes announced, {self._end - start} left")
        self._position = stop
        data = self._data
        if size == 1:
            return data[start]
        if size == 2:
            return (data[start] << 8) | data[start + 1]
        return int.from_bytes(data[start:stop], "big")

    def vector(self, prefix: int, field: str) -> bytes:
        """The bytes of a vector whose length takes ``prefix`` bytes."""
        length = self.number(prefix, field)
        start = self._position
        stop = start + length
        if stop > self._end:
            raise DecodeError(f"{field}: {length} bytes announced, {self._end - start} left")
        self._position = stop
        return self._data[start:stop]

    def numbers(self, prefix: int, size: int, field: str) -> tuple[int, ...]:
        """A vector of numbers; an incomplete last one is an error."""
        data = self.vector(prefix, field)
        if len(data) % size:
            raise DecodeError(f"{field}: {len(data)} bytes is not a whole number of {size}-byte values")
        return tuple(data) if size == 1 else _numbers16(data)

    def vectors(self, prefix: int, inner: int, field: str) -> tuple[bytes, ...]:
        """A vector of vectors."""
        block = Reader(self.vector(prefix, field))
        items = []
        while block.remaining:
            items.append(block.vector(inner, field))
        return tuple(items)

    def rest(self) -> bytes:
        """Everything up to the end."""
        return self.take(self.remaining, "rest")

    def finish(self, field: str) -> None:
        """Nothing may be left over."""
        if self.remaining:
            raise DecodeError(f"{field}: {self.remaining} bytes left over")


@lru_cache(maxsize=2048)
def _numbers16(data: bytes) -> tuple[int, ...]:
    """Lists of code points repeat from hello to hello: decoded once, and kept once."""
    return tuple((data[i] << 8) | data[i + 1] for i in range(0, len(data), 2))
