"""The record layer's shape (RFC 8446 section 5.1): what a header looks like, and where records are in a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator

HEADER = 5
MAX_FRAGMENT = (1 << 14) + 2048
"""TLSCiphertext.length may exceed the plaintext's 2^14 by 2048 before TLS 1.3 (RFC 5246 section 6.2.3)."""

HELLO_BYTES = 11
"""Bytes that a hello needs to be recognised: record header, message header, version."""
MAX_FOREIGN = 64
"""Bytes kept of what is no TLS: a protocol is known by fewer."""
_CLIENT_HELLO = re.compile(rb"\x16\x03[\x00-\x04]..\x01[\x00\x01]..\x03[\x00-\x04]", re.DOTALL)
_SERVER_HELLO = re.compile(rb"\x16\x03[\x00-\x04]..\x02\x00..[\x03\x7f][\x00-\x1c]", re.DOTALL)
_VERSION_LIKE = re.compile(rb"\x03[\x00-\x04]")
"""Begins with one literal byte, which is found ten times as fast as one of a set: after a loss much is searched."""


def fits_header(data: bytes, at: int) -> bool:
    """Do the five bytes here make a record header? (type 20 to 24, version 3.x, believable length)"""
    return (
        20 <= data[at] <= 24
        and data[at + 1] == 3
        and data[at + 2] <= 4
        and (data[at + 3] << 8) | data[at + 4] <= MAX_FRAGMENT
    )


def _candidates(data: bytes, start: int) -> Iterator[tuple[int, int]]:
    for match in _VERSION_LIKE.finditer(data, start + 1):
        at = match.start() - 1
        if at + HEADER > len(data):
            return
        if not 20 <= data[at] <= 24:
            continue
        length = (data[at + 3] << 8) | data[at + 4]
        if 0 < length <= MAX_FRAGMENT:
            yield at, at + HEADER + length


def find_records(data: bytes, start: int = 0, *, final: bool = False) -> int | None:
    """The first place where two record headers in a row fit, with the same version.

    With ``final`` (no more bytes will come) one record that ends exactly with the data is enough.
    """
    size = len(data)
    for at, after in _candidates(data, start):
        if after + HEADER <= size:
            if fits_header(data, after) and data[after + 2] == data[at + 2]:
                return at
        elif final and after == size:
            return at
    return None


def find_client_hello(data: bytes, start: int = 0) -> int | None:
    """The first ClientHello record at or after ``start``, also behind clear text."""
    return _find_hello(_CLIENT_HELLO, data, start)


def find_server_hello(data: bytes, start: int = 0) -> int | None:
    """The first ServerHello record at or after ``start``."""
    return _find_hello(_SERVER_HELLO, data, start)


def _find_hello(pattern: re.Pattern[bytes], data: bytes, start: int) -> int | None:
    for match in pattern.finditer(data, start):
        at = match.start()
        record = (data[at + 3] << 8) | data[at + 4]
        message = (data[at + 7] << 8) | data[at + 8]
        if 38 <= record <= 1 << 14 and message >= 38 and (message + 4 <= record or record == 1 << 14):
            return at
    return None
