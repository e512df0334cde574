"""What the first bytes of TLS look like, on any port.

Ports are never asked. Each test answers True, False, or None for "too few bytes to tell".
"""

from __future__ import annotations

from analyzer.tls.records import fits_header

MAX_SSLV2_HELLO = 2048
"""Clients that still sent them offered a few dozen cipher suites, of three bytes each."""
_SERVER_MESSAGES = frozenset((0, 2, 4, 12, 13, 14, 22))
_CLIENT_MESSAGES = frozenset((1, 15, 16))


def starts_with_hello(data: bytes, message_type: int) -> bool | None:
    """Does the stream begin with a record whose first message is this hello?"""
    if data[:1] != b"\x16":
        return False if data else None
    if len(data) < 6:
        return None
    return fits_header(data, 0) and data[5] == message_type and data[3:5] != b"\0\0"


def starts_with_sslv2_hello(data: bytes) -> bool | None:
    """An SSLv2-style ClientHello that offers SSL 3.0 or TLS (RFC 5246 appendix E.2), or SSL 2.0 itself."""
    if len(data) < 11:
        return False if data and data[0] < 0x80 else None
    length = ((data[0] & 0x7F) << 8) | data[1]
    if data[0] >= 0x80 and data[2] == 1 and len(data) < 2 + length <= MAX_SSLV2_HELLO:
        return None
    suites, session, challenge = (int.from_bytes(data[i : i + 2], "big") for i in (5, 7, 9))
    return (
        data[0] >= 0x80
        and data[2] == 1
        and data[3:5] in (b"\x00\x02", b"\x03\x00", b"\x03\x01", b"\x03\x02", b"\x03\x03")
        and suites % 3 == 0
        and 16 <= challenge <= 32
        and length == 9 + suites + session + challenge
    )


def sender_of(data: bytes, at: int) -> str | None:
    """Who sends a record like this one in the middle of a stream: ``client``, ``server``, or not told."""
    if len(data) < at + 6 or data[at] != 22:
        return None
    if data[at + 5] in _CLIENT_MESSAGES:
        return "client"
    return "server" if data[at + 5] in _SERVER_MESSAGES else None
