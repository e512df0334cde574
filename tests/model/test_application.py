"""The first status behind TLS, in the three protocols that tell one, and in bytes that tell none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.model.application import HTTP_1_1_REQUIRED, Application, connect_target, host_of, read_application

NGINX = (
    b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n"
    b"<html><head><title>400 No required SSL certificate was sent</title></head></html>"
)


def read(*pieces: bytes) -> Application | None:
    """Each piece comes in a packet of its own."""
    return read_application([(piece, packet) for packet, piece in enumerate(pieces, 1)])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nbody", Application("HTTP/1.1", "200 OK", 1, False)),
        (b"HTTP/1.0 403 Forbidden\r\n\r\n", Application("HTTP/1.1", "403 Forbidden", 1, True)),
        (b"HTTP/1.1 401 \r\n\r\n", Application("HTTP/1.1", "401", 1, True)),
        (b"HTTP/1.1 404 Not Found\r\n\r\nno client certificate", Application("HTTP/1.1", "404 Not Found", 1, False)),
        (b"HTTP/1.1 400 Bad Request\r\n\r\nbad header", Application("HTTP/1.1", "400 Bad Request", 1, False)),
        (NGINX, Application("HTTP/1.1", "400 Bad Request", 1, True, True)),
        (b"HTTP/1.1 496 x\r\n\r\n", Application("HTTP/1.1", "496 x", 1, True, True)),
        (b"HTTP/1.1 403 \xe9\x1b[31m\r\n", Application("HTTP/1.1", "403 é\x1b[31m", 1, True)),
    ],
)
def test_http_1(data: bytes, expected: Application) -> None:
    assert read(data) == expected


@pytest.mark.parametrize(
    ("data", "target"),
    [
        (b"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n", "shop.example:443"),
        (b"CONNECT [2001:db8::1]:443 HTTP/1.0\r\n", "[2001:db8::1]:443"),
        (b"CONNECT " + b"a" * 290, None),
        (b"GET / HTTP/1.1\r\n", None),
        (b"", None),
    ],
)
def test_whither_a_tunnel_is_asked_for(data: bytes, target: str | None) -> None:
    assert connect_target(data) == target


@pytest.mark.parametrize(
    ("data", "host"),
    [
        (b"GET / HTTP/1.1\r\nHost: shop.example\r\n", "shop.example"),
        (b"POST /a?b HTTP/1.1\r\nAccept: */*\r\nhost:Shop.Example:8443\r\n\r\n", "shop.example"),
        (b"GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n", "192.0.2.1"),
        (b"GET / HTTP/1.1\r\nHost: shop.exam", None),
        (b"GET / HTTP/1.1\r\n\r\nHost: shop.example\r\n", None),
        (b"GET / HTTP/1.1\r\nX-Host: shop.example\r\n", None),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
        (b"\x10\x0c\0\x04MQTT", None),
    ],
)
def test_for_which_host_the_first_request_is(data: bytes, host: str | None) -> None:
    assert host_of(data) == host


def test_interim_answers_are_passed_over() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    go_on = b"HTTP/1.1 100 Continue\r\n\r\n"
    found = read(early, go_on + b"HTTP/1.1 403 Forbid", b"den\r\n\r\n")
    assert found == Application("HTTP/1.1", "403 Forbidden", 2, True)
    assert read(early) is None
    assert read(early[:-2]) is None


@pytest.mark.parametrize("at", range(1, len(NGINX)))
def test_an_answer_in_two_records(at: int) -> None:
    """It is that of the packet in which its status is whole, and means what all of it says."""
    found = read(NGINX[:at], NGINX[at:])
    assert found == Application("HTTP/1.1", "400 Bad Request", 1 if at >= 12 else 2, True, True)


def frame(kind: int, body: bytes, flags: int = 0) -> bytes:
    return len(body).to_bytes(3, "big") + bytes((kind, flags)) + bytes(4) + body


SETTINGS, PING, WINDOW_UPDATE = frame(4, bytes(18)), frame(6, bytes(8)), frame(8, bytes(4))


@pytest.mark.parametrize(
    ("block", "status"),
    [
        pytest.param(b"\x88", "200", id="indexed 200"),
        pytest.param(b"\x8c", "400", id="indexed 400"),
        pytest.param(b"\x8e", "500", id="indexed 500"),
        pytest.param(b"\x48\x03403", "403", id="literal, to be indexed"),
        pytest.param(b"\x08\x03403", "403", id="literal"),
        pytest.param(b"\x18\x03421", "421", id="literal, never to be indexed"),
        pytest.param(b"\x48\x82\x64\x02", "302", id="Huffman, RFC 7541 appendix C.6.1"),
        pytest.param(b"\x48\x83\x64\x0e\xff", "307", id="Huffman, RFC 7541 appendix C.6.2"),
        pytest.param(b"\x3f\xe1\x1f\x88", None, id="a table size of more than one byte"),
        pytest.param(b"\x20\x88", "200", id="behind a table size"),
        pytest.param(b"\xbe", None, id="of the dynamic table"),
        pytest.param(b"\x82", None, id="not a status"),
        pytest.param(b"\x58\x03403", None, id="cache-control"),
        pytest.param(b"\x48\x0240", None, id="two digits"),
        pytest.param(b"\x48\x03abc", None, id="no digits"),
        pytest.param(b"\x48\x82\xff\xff", None, id="no digits in Huffman"),
        pytest.param(b"\x48", None, id="cut"),
        pytest.param(b"", None, id="empty"),
    ],
)
def test_http_2(block: bytes, status: str | None) -> None:
    for headers in (frame(1, block), frame(1, b"\x02" + block + b"\0\0", 8), frame(1, bytes(5) + block, 0x20)):
        found = read(SETTINGS + WINDOW_UPDATE, PING + headers)
        assert (found.status if found else None) == status
        if found:
            assert (found.protocol, found.packet) == ("HTTP/2", 2)
            assert found.refused == (status in ("403", "421"))


def test_http_2_that_says_why() -> None:
    found = read(SETTINGS + frame(1, b"\x8c") + frame(0, b"No required SSL certificate was sent"))
    assert found == Application("HTTP/2", "400", 1, True, True)


def test_http_2_that_wants_http_1() -> None:
    found = read(SETTINGS, frame(3, (0xD).to_bytes(4, "big")))
    assert found == Application("HTTP/2", HTTP_1_1_REQUIRED, 2, True)
    assert read(SETTINGS, frame(3, (0x8).to_bytes(4, "big"))) is None


def test_http_2_of_too_many_frames() -> None:
    assert read(SETTINGS * 20 + frame(1, b"\x88")) is None


def error(**fields: str) -> bytes:
    body = b"".join(name.encode() + text.encode() + b"\0" for name, text in fields.items()) + b"\0"
    return b"E" + (len(body) + 4).to_bytes(4, "big") + body


@pytest.mark.parametrize("filling", [0, 150, 200, 220, 980, 20_000])
def test_postgresql(filling: int) -> None:
    """Whatever its length: 256 bytes and more also look like the beginning of an HTTP/2 frame."""
    answer = error(S="FATAL", C="28000", M="connection requires a valid client certificate", F="x" * filling)
    expected = "28000 connection requires a valid client certificate"
    assert read(answer) == Application("PostgreSQL", expected, 1, True, True)


@pytest.mark.parametrize(
    ("data", "status", "refused"),
    [
        (error(S="FATAL", C="28P01", M="password authentication failed"), "28P01 password authentication failed", True),
        (error(S="FATAL", C="3D000", M="database does not exist"), "3D000 database does not exist", False),
        (error(C="57P03"), "57P03", False),
        (b"R\0\0\0\x08\0\0\0\0", "authentication goes on", False),
        (b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", "authentication goes on", False),
    ],
)
def test_postgresql_of_other_kinds(data: bytes, status: str, refused: bool) -> None:
    assert read(data) == Application("PostgreSQL", status, 1, refused)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"E",
        b"E\0\0\0\x04",
        error(M="no code"),
        b"R\xff\xff\xff\xff",
        b"SSH-2.0-x",
        b"\x16\x03\x03\0\0",
        b"HTTP/1.1 4",
    ],
)
def test_what_is_no_status(data: bytes) -> None:
    assert read(data) is None


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_hostile_bytes(pieces: list[bytes]) -> None:
    found = read(*pieces)
    assert found is None or 1 <= found.packet <= len(pieces)


@given(
    start=st.sampled_from([b"HTTP/1.1 ", b"HTTP/1.1 100 x\r\n", SETTINGS, frame(1, b"")[:9], b"E\0\0\0", b"R\0\0\0"]),
    rest=st.binary(max_size=100),
)
def test_hostile_bytes_behind_a_good_start(start: bytes, rest: bytes) -> None:
    found = read(start + rest)
    assert found is None or len(found.status) <= 130


def test_a_challenge_that_was_met_is_no_refusal() -> None:
    """NTLM, Negotiate and Basic begin with a 401 on the same connection (RFC 9110 section 15.5.2)."""
    challenge, met = b"HTTP/1.1 401 Unauthorized\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"
    said = read_application([(challenge, 10), (met, 14)])
    assert said is not None
    assert (said.status, said.packet, said.refused) == ("200 OK", 14, False)
    again = read_application([(challenge, 10), (challenge, 14)])
    assert again is not None
    assert (again.packet, again.refused) == (10, True)
