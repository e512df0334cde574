"""TLS byte by byte: correct by default, so that a test spells out only its one deviation."""

from __future__ import annotations

from collections.abc import Iterable

HANDSHAKE, ALERT, CCS, DATA = 22, 21, 20, 23
RANDOM = bytes(range(32))
SUITES = (0x1301, 0xC02F)


def vector(prefix: int, data: bytes) -> bytes:
    """``data`` behind its length."""
    return len(data).to_bytes(prefix, "big") + data


def numbers(*values: int, size: int = 2) -> bytes:
    return b"".join(value.to_bytes(size, "big") for value in values)


def record(kind: int, body: bytes, version: int = 0x0303) -> bytes:
    return bytes((kind,)) + version.to_bytes(2, "big") + vector(2, body)


def message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + vector(3, body)


def handshake(kind: int, body: bytes, version: int = 0x0303) -> bytes:
    """A message in a record of its own."""
    return record(HANDSHAKE, message(kind, body), version)


def alert(level: int, description: int) -> bytes:
    return record(ALERT, bytes((level, description)))


def extension(kind: int, body: bytes = b"") -> bytes:
    return numbers(kind) + vector(2, body)


def server_name(name: bytes) -> bytes:
    return extension(0, vector(2, b"\0" + vector(2, name)))


def alpn(*names: bytes) -> bytes:
    return extension(16, vector(2, b"".join(vector(1, name) for name in names)))


def offered_versions(*versions: int) -> bytes:
    return extension(43, vector(1, numbers(*versions)))


def selected_version(version: int) -> bytes:
    return extension(43, numbers(version))


def client_hello(
    extensions: bytes | None = b"",
    *,
    version: int = 0x0303,
    session_id: bytes = b"",
    suites: Iterable[int] = SUITES,
) -> bytes:
    """The body of a ClientHello; ``extensions=None`` leaves the block out altogether."""
    body = numbers(version) + RANDOM + vector(1, session_id) + vector(2, numbers(*suites)) + vector(1, b"\0")
    return body if extensions is None else body + vector(2, extensions)


def server_hello(
    extensions: bytes | None = b"",
    *,
    version: int = 0x0303,
    session_id: bytes = b"",
    suite: int = 0xC02F,
    random: bytes = RANDOM,
) -> bytes:
    body = numbers(version) + random + vector(1, session_id) + numbers(suite) + b"\0"
    return body if extensions is None else body + vector(2, extensions)


def certificate(*ders: bytes) -> bytes:
    """The body of a Certificate before TLS 1.3."""
    return vector(3, b"".join(vector(3, der) for der in ders))


def names(*ders: bytes) -> bytes:
    return b"".join(vector(2, der) for der in ders)


def certificate_request(
    listed: bytes = b"", *, types: bytes = b"\x01\x40", schemes: Iterable[int] | None = (0x0403, 0x0804)
) -> bytes:
    """The body of a CertificateRequest before TLS 1.3; ``schemes=None`` for TLS 1.1 and older."""
    algorithms = b"" if schemes is None else vector(2, numbers(*schemes))
    return vector(1, types) + algorithms + numbers(len(listed) % 65536) + listed


def sslv2_hello(version: int = 0x0301, suites: Iterable[int] = (0x2F, 0x0700C0), challenge: bytes = RANDOM) -> bytes:
    """An SSLv2-style ClientHello with its two-byte header."""
    listed = numbers(*suites, size=3)
    body = b"\x01" + numbers(version, len(listed), 0, len(challenge)) + listed + challenge
    return numbers(0x8000 | len(body)) + body


CLIENT_HELLO = handshake(1, client_hello(), 0x0301)
SERVER_HELLO = handshake(2, server_hello())
SERVER_HELLO_13 = handshake(2, server_hello(selected_version(0x0304), suite=0x1301))
HELLO_RETRY = handshake(
    2,
    server_hello(
        selected_version(0x0304),
        suite=0x1301,
        random=bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"),
    ),
)
DONE = handshake(14, b"")
KEY_EXCHANGE = handshake(16, vector(1, b"k" * 32))
CHANGE_CIPHER_SPEC = record(CCS, b"\x01")
FINISHED = record(HANDSHAKE, b"\xfe" * 40)
"""Encrypted."""
