"""Undoes what terminals, log collectors and web pages do to a message: colours, escapes, entities, broken lines."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_TERMINAL = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]{0,512}(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
_ESCAPED = re.compile(rb"\\([\"'/])|\\u00(2[267]|3[ce])|\\x(2[27])", re.IGNORECASE)
_ENTITY = re.compile(rb"&(?:quot|apos|amp|lt|gt|nbsp|#\d{1,4}|#x[0-9a-f]{1,4});", re.IGNORECASE)
_FINE_PRINT = {
    "‘".encode(): b"'",
    "’".encode(): b"'",
    "“".encode(): b'"',
    "”".encode(): b'"',
    "–".encode(): b"-",
    "—".encode(): b"-",
    "\u00a0".encode(): b" ",
}
_QUOTED = re.compile(r"^[>|\s]+")
_WRAPPED_LINES = 4
"""A message is looked for over so many lines at most."""
MAX_PASTED_LINES = 400
"""Beyond this a message that is broken over lines is not looked for."""


def cleaned(text: bytes) -> bytes:
    """The text as it was written, line for line: costs next to nothing where there is nothing to undo."""
    if b"\x1b" in text:
        text = _TERMINAL.sub(b"", text)
    if b"\\" in text:
        text = _ESCAPED.sub(_unescape, text)
    if b"&" in text:
        text = _ENTITY.sub(_character, text)
    if b"\xe2\x80" in text or b"\xc2\xa0" in text:
        for fine, plain in _FINE_PRINT.items():
            text = text.replace(fine, plain)
    return text


def _unescape(found: re.Match[bytes]) -> bytes:
    return found[1] or bytes([int(found[2] or found[3], 16)])


def _character(found: re.Match[bytes]) -> bytes:
    meant = html.unescape(found[0].decode())
    return b" " if meant in "\n\r\u00a0" else meant.encode()


def unfolded(text: str) -> str:
    r"""Line breaks that are written as ``\n`` made real ones."""
    return text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\t", " ")


def joined_lines(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Neighbouring lines as one, with and without a blank between them: first and last index, and the text."""
    if len(lines) > MAX_PASTED_LINES:
        return
    bare = [_QUOTED.sub("", line).rstrip() for line in lines]
    for size in range(2, min(_WRAPPED_LINES, len(lines)) + 1):
        for first in range(len(lines) - size + 1):
            for glue in (" ", ""):
                yield first, first + size - 1, glue.join(bare[first : first + size])
