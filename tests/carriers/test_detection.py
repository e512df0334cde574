"""The first bytes of TLS, and what only looks like them."""

from __future__ import annotations

import random

import pytest

from analyzer.carriers.detection import sender_of, starts_with_hello, starts_with_sslv2_hello
from tests.tls import shapes
from tests.tls.shapes import CLIENT_HELLO, DONE, KEY_EXCHANGE, SERVER_HELLO, handshake, record


def test_hellos() -> None:
    assert starts_with_hello(CLIENT_HELLO, 1) is True
    assert starts_with_hello(CLIENT_HELLO, 2) is False
    assert starts_with_hello(SERVER_HELLO, 2) is True
    assert starts_with_hello(b"GET / HTTP/1.1", 1) is False
    assert starts_with_hello(b"", 1) is None
    assert [starts_with_hello(CLIENT_HELLO[:size], 1) for size in range(1, 7)] == [None] * 5 + [True]


@pytest.mark.parametrize("data", [b"\x16\x03\x01\0\0\x01", b"\x16\x02\x01\0\x50\x01", b"\x16\x03\x01\x50\0\x01"])
def test_what_only_looks_like_a_hello(data: bytes) -> None:
    assert starts_with_hello(data, 1) is False


@pytest.mark.parametrize("version", [0x0002, 0x0300, 0x0301, 0x0302, 0x0303])
def test_sslv2_hello(version: int) -> None:
    hello = shapes.sslv2_hello(version)
    assert starts_with_sslv2_hello(hello) is True
    assert starts_with_sslv2_hello(hello + b"more") is True
    assert [starts_with_sslv2_hello(hello[:size]) for size in range(len(hello))] == [None] * len(hello)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"S",
        shapes.sslv2_hello(0x0304),
        shapes.sslv2_hello(challenge=b"short"),
        shapes.sslv2_hello()[:2] + b"\x04" + shapes.sslv2_hello()[3:],
        b"\x80\x2e\x01\x03\x01" + bytes(60),
        CLIENT_HELLO,
    ],
)
def test_what_is_no_sslv2_hello(data: bytes) -> None:
    assert starts_with_sslv2_hello(data) is False


def test_random_bytes_are_no_hello() -> None:
    generator = random.Random(5)
    for _ in range(20_000):
        data = generator.randbytes(64)
        assert starts_with_hello(data, 1) is False
        assert starts_with_sslv2_hello(data) is not True


def test_sender_of() -> None:
    assert sender_of(CLIENT_HELLO, 0) == "client"
    assert sender_of(b"junk" + KEY_EXCHANGE, 4) == "client"
    assert sender_of(DONE, 0) == "server"
    assert sender_of(handshake(13, b""), 0) == "server"
    assert sender_of(handshake(11, b"\0\0\0"), 0) is None
    assert sender_of(record(23, b"data"), 0) is None
    assert sender_of(b"\x16\x03\x03\0\5", 0) is None
