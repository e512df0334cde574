"""What the application said behind TLS: the first status that the server sent, where it was decrypted.

Many servers finish TLS and refuse afterwards, in their own protocol: nginx with HTTP 400 for a missing or bad
certificate, PostgreSQL with an ErrorResponse. Only the first bytes are looked at, and only for a status.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

_HTTP_1 = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]{0,80}))?")
_CONNECT = re.compile(rb"CONNECT ([^\s]{1,280}) HTTP/1\.")
_HOST = re.compile(rb"[A-Z]{3,10} [^\r\n]* HTTP/1\.[01]\r\n(?:[^\r\n]+\r\n)*?(?i:host): ?([\w.-]{1,253})(?::\d+)?\r\n")
_HTTP_2_STATUS = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}
"""Indices of :status in HPACK's static table (RFC 7541 appendix A)."""
_HUFFMAN_DIGITS = {0x19 + digit - 3: str(digit) for digit in range(3, 10)}
"""HPACK's six-bit codes for the digits 3 to 9; those for 0 to 2 have five bits (RFC 7541 appendix B)."""
_HEADERS, _RST_STREAM = 1, 3
_ERROR_HTTP_1_1_REQUIRED = 0xD
_MOST_FRAMES = 16


class Application(msgspec.Struct, frozen=True, gc=False):
    """The first answer of the application."""

    protocol: str
    """``HTTP/1.1``, ``HTTP/2`` or ``PostgreSQL``."""
    status: str
    """As the protocol words it: ``400 Bad Request``, ``28000 connection requires a valid client certificate``."""
    packet: int
    refused: bool
    """It is a refusal that authentication may be the reason of."""
    about_certificate: bool = False
    """It says itself that a certificate is the reason."""


_REFUSALS = frozenset((401, 403, 407, 421))
_CERTIFICATE_REFUSALS = frozenset((495, 496))
"""nginx's own: a certificate that does not verify, and none where one is required."""
_IIS_SUBSTATUS = re.compile(rb"HTTP Error (403\.\d{1,2}) ")
"""IIS writes on its page why it forbids: 403.7 none sent, 403.13 revoked, 403.16 not trusted, 403.17 dates."""
_CERTIFICATE = re.compile(
    rb"(?i)\b(?:ssl|tls|client) cert(?:ificate)?s?\b|valid client certificate|post-handshake authentication"
)
HTTP_1_1_REQUIRED = "stream refused: HTTP_1_1_REQUIRED"
"""Status of an HTTP/2 stream that the server wants to be repeated in HTTP/1.1 (RFC 9113 section 7)."""


def connect_target(data: bytes) -> str | None:
    """``host:port``, if the client's first bytes ask a proxy for a tunnel (RFC 9110 section 9.3.6)."""
    asked = _CONNECT.match(data)
    return None if asked is None else asked[1].decode("latin-1")


def host_of(data: bytes) -> str | None:
    """The name that the client's first request is for, without a port, if it is HTTP/1 (RFC 9110 section 7.2)."""
    asked = _HOST.match(data)
    return None if asked is None else asked[1].decode("latin-1").lower()


def read_application(pieces: Sequence[tuple[bytes, int]]) -> Application | None:
    """The first status in what a server sent; ``pieces`` are decrypted data with their packets, in order.

    What follows may complete it: a reason that says that it is about the certificate.
    """
    if not pieces:
        return None
    data, all_data = b"", b"".join(piece for piece, _ in pieces)
    for piece, packet in pieces:
        data += piece
        if _status(data, packet) is not None:
            first = _status(all_data, packet)
            return _later_success(pieces, packet) or first if first is not None and first.refused else first
    return None


def _later_success(pieces: Sequence[tuple[bytes, int]], packet: int) -> Application | None:
    """A refusal may be a challenge that the client then met (RFC 9110 section 15.5.2): it was let in after all."""
    for piece, later in pieces:
        http = _HTTP_1.match(piece) if later > packet else None
        if http is not None and http[1][:1] in (b"2", b"3"):
            return _status(piece, later)
    return None


def _status(data: bytes, packet: int) -> Application | None:
    """What the bytes so far tell; ``packet`` brought the last of them."""
    while (http := _HTTP_1.match(data)) is not None and http[1].startswith(b"1"):  # an interim answer
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return None
        data = data[end + 4 :]
    if http is not None:
        status = int(http[1])
        detailed = _IIS_SUBSTATUS.search(data) if status == 403 else None
        shown = (http[1] if detailed is None else detailed[1]).decode()
        text = f"{shown} {(http[2] or b'').decode('latin-1')}".strip()
        return _http("HTTP/1.1", status, text, data, packet)
    if data[:1] == b"\0" and data[3:4] in (b"\x01", b"\x04"):
        return _http_2(data, packet)
    return _postgresql(data, packet)


def _http(protocol: str, status: int, text: str, data: bytes, packet: int) -> Application:
    about = status in _CERTIFICATE_REFUSALS or (status in (400, *_REFUSALS) and _CERTIFICATE.search(data) is not None)
    return Application(protocol, text, packet, about or status in _REFUSALS, about)


def _http_2(data: bytes, packet: int) -> Application | None:
    """The first HEADERS or RST_STREAM frame (RFC 9113 section 4.1, 6.2 and 6.4)."""
    at = 0
    for _ in range(_MOST_FRAMES):
        if at + 9 > len(data):
            return None
        length, kind, flags = int.from_bytes(data[at : at + 3], "big"), data[at + 3], data[at + 4]
        body = data[at + 9 : at + 9 + length]
        at += 9 + length
        if kind == _HEADERS:
            status = _first_status(body[(1 if flags & 8 else 0) + (5 if flags & 0x20 else 0) :])
            return _http("HTTP/2", status, str(status), data, packet) if status is not None else None
        if kind == _RST_STREAM and int.from_bytes(body[:4], "big") == _ERROR_HTTP_1_1_REQUIRED:
            return Application("HTTP/2", HTTP_1_1_REQUIRED, packet, True)
    return None


def _first_status(block: bytes) -> int | None:
    """:status comes first (RFC 9113 section 8.3), indexed or as a literal with an indexed name."""
    while block and block[0] & 0xE0 == 0x20:  # dynamic table size update
        block = block[1:]
    if not block:
        return None
    if block[0] & 0x80:
        return _HTTP_2_STATUS.get(block[0] & 0x7F)
    index = block[0] & 0x3F if block[0] & 0x40 else block[0] & 0x0F
    if index not in _HTTP_2_STATUS or len(block) < 2:
        return None
    size, value = block[1] & 0x7F, block[2 : 2 + (block[1] & 0x7F)]
    if not block[1] & 0x80:
        return int(value) if size == 3 and value.isdigit() else None
    return _huffman_number(value)


def _huffman_number(value: bytes) -> int | None:
    bits = "".join(f"{byte:08b}" for byte in value)
    digits = ""
    while len(digits) < 3 and len(bits) >= 5:
        five = int(bits[:5], 2)
        if five <= 2:
            digits, bits = digits + str(five), bits[5:]
        else:
            digit = _HUFFMAN_DIGITS.get(int(bits[:6], 2)) if len(bits) >= 6 else None
            if digit is None:
                return None
            digits, bits = digits + digit, bits[6:]
    return int(digits) if len(digits) == 3 else None


def _postgresql(data: bytes, packet: int) -> Application | None:
    """The server's first message: an ErrorResponse, or an authentication request (PostgreSQL protocol 3)."""
    length = int.from_bytes(data[1:5], "big")
    if data[:1] == b"E" and 4 <= length <= 30_000:
        fields = {field[:1]: field[1:] for field in data[5 : 1 + length].split(b"\0") if field}
        if b"C" not in fields:
            return None
        code = fields[b"C"].decode("latin-1")
        text = f"{code} {fields.get(b'M', b'').decode('utf-8', 'replace')}".strip()[:120]
        return Application("PostgreSQL", text, packet, code.startswith("28"), _CERTIFICATE.search(data) is not None)
    if data[:1] == b"R" and 8 <= length <= 2000:
        return Application("PostgreSQL", "authentication goes on", packet, False)
    return None
