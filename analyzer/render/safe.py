"""Text from the network, made harmless for terminals and still readable: nothing is dropped, nothing is cut.

A name in a certificate may hold anything: escape sequences that clear the screen, line breaks that forge a
second line of the report, marks that turn the reading direction round, characters that cannot be seen at all.
Each of these is shown as its escape, ``\x1b``, ``\n``, ``\u202e``; every other character stays as it was sent.
A backslash is not doubled: distinguished names are full of them (RFC 4514 section 2.4), and whoever needs the
exact characters finds them in the JSON report.
"""

from __future__ import annotations

import re
import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
"""Controls, format marks (bidi, zero width, tags), lone surrogates, private, unassigned, separators."""

_PLAIN_SPACES = frozenset({" ", "\u3000"})
"""The ordinary space, and the one that Chinese and Japanese text is set with."""

_UNSEEN_LETTERS = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0})
"""Fillers and joiners that count as letters or marks and show nothing."""

_SUSPECT = re.compile(r"[^\x20-\x7e]")
_SUSPECT_IN_JSON = re.compile(r"[^\n\x20-\x7e]")


def is_harmless(character: str) -> bool:
    """It shows what it is, where it stands, and moves nothing else."""
    code = ord(character)
    if code < 0x7F:
        return code >= 0x20
    if unicodedata.category(character) in _ESCAPED_CATEGORIES:
        return character in _PLAIN_SPACES
    variation_selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    return not variation_selector and code not in _UNSEEN_LETTERS


def escape(character: str) -> str:
    r"""``\n``, ``\x1b``, ``\u202e`` or ``\U000e0041``."""
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def safe_text(text: str) -> str:
    """The text with every character that could do harm, or hide, replaced by its escape."""
    if text.isascii() and text.isprintable():
        return text
    return _SUSPECT.sub(lambda found: found[0] if is_harmless(found[0]) else escape(found[0]), text)


def safe_json(text: str) -> str:
    r"""JSON text in which the same characters are ``\u`` escapes: the value stays, the terminal is safe.

    Outside its strings a JSON text holds ASCII only, and no control character but the line breaks that
    indentation puts there, so the escapes land inside strings alone.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    return _SUSPECT_IN_JSON.sub(lambda found: found[0] if is_harmless(found[0]) else _json_escape(found[0]), text)


def _json_escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
