"""The blocks of a PEM file (RFC 7468).

How it works: one pass over the markers of the file. A block is a BEGIN and the marker after it, if that is the END of
the same label; whatever else stands in the file is passed over. Each byte is looked at once: a file of a million
BEGINs and no END costs no more than any other of its size.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

_MARKER = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 ]+)-----")


class PemBlock(NamedTuple):
    """One block of a PEM file."""

    label: bytes
    """What it says that it holds, such as ``CERTIFICATE``."""
    body: bytes
    """What stands between the markers, still in base64."""
    whole: bytes
    """The block with its markers."""


def pem_blocks(data: bytes) -> Iterator[PemBlock]:
    """The blocks in the order of the file, whatever text stands between them (RFC 7468 section 2)."""
    begin: re.Match[bytes] | None = None
    for marker in _MARKER.finditer(data):
        if marker[1] == b"BEGIN":
            begin = marker
            continue
        if begin is not None and begin[2] == marker[2]:
            yield PemBlock(marker[2], data[begin.end() : marker.start()], data[begin.start() : marker.end()])
        begin = None


def decode_base64(body: bytes) -> bytes | None:
    """The bytes of a PEM block, whose header lines (RFC 1421) end with an empty line."""
    lines = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    try:
        return binascii.a2b_base64(b"".join(line for line in lines if b":" not in line))
    except binascii.Error:
        return None
