"""TLS is found by content: at the start, behind clear text, in the middle; and only where it is."""

from __future__ import annotations

import random

import pytest

from analyzer.carriers.flow import MAX_PIECES, MAX_PREAMBLE
from analyzer.tls import Budget
from tests.carriers.stream import CLIENT_END, SERVER_END, Stream
from tests.carriers.test_table import MYSQL_GREETING, MYSQL_REQUEST, SSL_REQUEST, V2_IPV4
from tests.tls import shapes
from tests.tls.shapes import (
    CHANGE_CIPHER_SPEC,
    CLIENT_HELLO,
    DATA,
    DONE,
    FINISHED,
    HANDSHAKE,
    KEY_EXCHANGE,
    SERVER_HELLO,
    alert,
    handshake,
    record,
)

FLIGHT = SERVER_HELLO + DONE
ANSWER = KEY_EXCHANGE + CHANGE_CIPHER_SPEC + FINISHED
WHOLE = [
    "C client_hello",
    "S server_hello",
    "S server_hello_done",
    "C client_key_exchange",
    "C changed",
    "C record 22 40",
]


def shake(stream: Stream) -> list[str]:
    """From the ClientHello to the client's Finished."""
    stream.client(CLIENT_HELLO)
    stream.server(FLIGHT)
    stream.client(ANSWER)
    return stream.end()


def test_at_the_start() -> None:
    stream = Stream()
    assert shake(stream) == WHOLE
    assert stream.carrier == "tcp"
    found = stream.found[0]
    assert (found.client_end, found.from_the_start) == (0, (True, True))
    assert stream.over == 1


def test_the_client_may_be_the_end_that_was_called() -> None:
    stream = Stream()
    stream.server(CLIENT_HELLO)
    stream.client(FLIGHT)
    assert stream.found[0].client_end == 1
    assert stream.told == WHOLE[:3]


@pytest.mark.parametrize("size", range(1, 60, 7))
def test_a_hello_in_small_pieces(size: int) -> None:
    stream = Stream()
    for at in range(0, len(CLIENT_HELLO), size):
        stream.client(CLIENT_HELLO[at : at + size])
    stream.server(FLIGHT)
    assert stream.told == WHOLE[:3]


PREAMBLES = [
    pytest.param([(1, b"220 mx\r\n"), (0, b"STARTTLS\r\n"), (1, b"220 go\r\n")], "starttls-smtp", id="smtp"),
    pytest.param([(0, b"CONNECT a:1 HTTP/1.1\r\n\r\n"), (1, b"HTTP/1.1 200 OK\r\n\r\n")], "http-connect", id="connect"),
    pytest.param([(0, SSL_REQUEST), (1, b"S")], "postgresql", id="postgresql"),
    pytest.param([(1, MYSQL_GREETING), (0, MYSQL_REQUEST)], "mysql", id="mysql"),
    pytest.param([(0, b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n")], "proxy-protocol", id="proxy-v1"),
    pytest.param([(0, V2_IPV4)], "proxy-protocol", id="proxy-v2"),
    pytest.param([(0, b"\0what?\r\n" * 200), (1, b"nobody knows")], "unknown-preamble", id="unknown"),
]


@pytest.mark.parametrize(("preamble", "carrier"), PREAMBLES)
def test_behind_clear_text(preamble: list[tuple[int, bytes]], carrier: str) -> None:
    stream = Stream()
    for end, data in preamble:
        stream.send(end, data)
    assert shake(stream) == WHOLE
    assert stream.carrier == carrier
    assert stream.found[0].from_the_start == (True, True)


@pytest.mark.parametrize(("preamble", "carrier"), PREAMBLES)
def test_the_client_s_clear_text_and_its_hello_cut_anywhere(preamble: list[tuple[int, bytes]], carrier: str) -> None:
    if preamble[-1][0] == SERVER_END:
        preamble = [*preamble, (CLIENT_END, b"")]
    *before, (end, last) = preamble
    data = last + CLIENT_HELLO
    for cut in range(1, len(data), max(1, len(data) // 40)):
        stream = Stream()
        for one, text in before:
            stream.send(one, text)
        stream.send(end, data[:cut])
        stream.send(end, data[cut:])
        stream.server(FLIGHT)
        stream.client(ANSWER)
        assert stream.end() == WHOLE
        assert stream.carrier == carrier


def test_a_server_that_speaks_first_and_then_with_its_flight() -> None:
    stream = Stream()
    stream.server(b"220 mx\r\n")
    stream.client(b"STARTTLS\r\n")
    stream.client(CLIENT_HELLO)
    stream.server(b"220 go\r\n" + FLIGHT)
    assert stream.told == WHOLE[:3]


def test_a_server_that_refuses_after_its_clear_text() -> None:
    stream = Stream()
    stream.server(b"220 mx\r\n")
    stream.client(b"STARTTLS\r\n")
    stream.server(b"220 go\r\n")
    stream.client(CLIENT_HELLO)
    stream.server(alert(2, 70))
    assert stream.told == ["C client_hello", "S alert 2 70"]


def test_the_server_hello_may_be_delivered_first() -> None:
    stream = Stream()
    stream.server(FLIGHT)
    stream.client(CLIENT_HELLO)
    stream.client(ANSWER)
    assert sorted(stream.end()) == sorted(WHOLE)
    assert stream.found[0].client_end == CLIENT_END


def test_the_servers_side_alone() -> None:
    stream = Stream(syn=(False, True))
    stream.server(FLIGHT)
    assert stream.end() == WHOLE[1:3]
    assert stream.found[0].client_end == CLIENT_END
    assert stream.found[0].from_the_start == (False, True)


def test_the_clients_side_alone() -> None:
    stream = Stream(syn=(True, False))
    stream.client(CLIENT_HELLO, ANSWER)
    assert stream.end() == [WHOLE[0], *WHOLE[3:]]
    assert stream.found[0].from_the_start == (True, False)


def test_sslv2_style_hello() -> None:
    stream = Stream()
    hello = shapes.sslv2_hello()
    stream.client(hello[:10])
    stream.client(hello[10:])
    stream.server(FLIGHT)
    stream.client(ANSWER)
    assert stream.end() == WHOLE


def test_sslv2_style_hello_with_what_follows_it() -> None:
    stream = Stream()
    stream.client(shapes.sslv2_hello(), KEY_EXCHANGE)
    assert stream.told == [WHOLE[0], WHOLE[3]]


# -- the middle


@pytest.mark.parametrize("end", [CLIENT_END, SERVER_END])
def test_in_the_middle_two_headers_are_enough(end: int) -> None:
    stream = Stream(syn=(False, False))
    stream.send(end, b"the rest of a record", record(DATA, b"x" * 50), record(DATA, b"y" * 60))
    stream.send(1 - end, b"z" * 30, record(DATA, b"x" * 70), record(DATA, b"y" * 80))
    assert stream.found[0].client_end == CLIENT_END
    assert stream.found[0].from_the_start == (False, False)
    assert stream.carrier == "tcp"
    who, other = "CS"[end], "SC"[end]
    assert stream.end() == [
        f"{who} record 23 50",
        f"{who} record 23 60",
        f"{other} record 23 70",
        f"{other} record 23 80",
    ]


def test_in_the_middle_a_message_tells_who_is_the_client() -> None:
    stream = Stream(syn=(False, False))
    stream.client(b"rest", DONE, handshake(13, shapes.certificate_request()))
    assert stream.found[0].client_end == SERVER_END
    stream.server(KEY_EXCHANGE, CHANGE_CIPHER_SPEC)
    assert stream.end() == ["S server_hello_done", "S certificate_request", "C client_key_exchange", "C changed"]


def test_in_the_middle_one_last_record_is_enough() -> None:
    stream = Stream(syn=(False, False))
    stream.server(b"rest", record(DATA, b"x" * 50))
    assert stream.told == []
    assert stream.end() == ["S record 23 50"]


def test_a_gap_at_the_start_is_the_middle() -> None:
    stream = Stream()
    stream.gap(CLIENT_END, 300)
    stream.server(FLIGHT)
    stream.client(ANSWER)
    assert stream.end() == [*WHOLE[1:]]
    assert stream.found[0].from_the_start == (False, True)


def test_a_hello_without_its_syn_is_a_start_all_the_same() -> None:
    stream = Stream(syn=(False, False))
    assert shake(stream) == WHOLE
    assert stream.found[0].from_the_start == (True, False)
    assert stream.carrier == "tcp"


def test_what_was_not_needed_before_tls_was_found_is_passed_over_once() -> None:
    """The server's last piece ends inside a body: what is left of it comes in several deliveries."""
    stream = Stream()
    data = record(DATA, b"x" * 20) + record(DATA, b"y" * 400) + DONE
    assert stream.server(data[:70]) == 0
    stream.client(CLIENT_HELLO)
    at = 70
    while at < len(data):
        at += 30 + stream.server(data[at : at + 30])
    assert stream.told == ["S record 23 20", "S record 23 400", "C client_hello", "S server_hello_done"]


def test_a_gap_in_what_was_not_needed_costs_nothing() -> None:
    stream = Stream()
    data = record(DATA, b"x" * 20) + record(DATA, b"y" * 400) + DONE
    stream.server(data[:70])
    stream.client(CLIENT_HELLO)
    stream.gap(SERVER_END, 100)
    stream.server(data[170:])
    assert stream.told[2:] == ["C client_hello", "S server_hello_done"]


def test_bodies_are_skipped() -> None:
    stream = Stream()
    stream.client(CLIENT_HELLO)
    stream.server(FLIGHT)
    assert stream.client(ANSWER, record(DATA, bytes(5_000))[:105]) == 4_900
    assert stream.client(record(DATA, bytes(100))) == 0


def test_a_replay_that_ends_inside_a_body_tells_how_much_is_not_needed() -> None:
    stream = Stream(syn=(False, False))
    assert stream.client(record(DATA, bytes(100)), record(DATA, bytes(3_000))[:505]) == 2_500


# -- what is not TLS


@pytest.mark.parametrize(
    ("client", "server"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n<html>"),
        (b"\x16\x03 only three bytes", b"\x15"),
        (b"\x80", b"\x80\x2e\x01"),
        (b"", b"220 mx\r\n"),
    ],
)
def test_other_protocols_are_not_tls(client: bytes, server: bytes) -> None:
    for syn in ((True, True), (False, False)):
        stream = Stream(syn=syn)
        stream.client(client)
        stream.server(server)
        assert stream.end() == []
        assert stream.found == []
        assert stream.over == 0


@pytest.mark.parametrize("syn", [True, False])
def test_random_bytes_are_not_tls(syn: bool) -> None:
    generator = random.Random(11)
    for _ in range(20):
        stream = Stream(syn=(syn, syn))
        for _ in range(60):
            if stream.send(generator.randrange(2), generator.randbytes(1_000)) < 0:
                break
        stream.end()
        assert stream.found == []


# -- bounds


def test_clear_text_of_64_kib_is_searched() -> None:
    stream = Stream()
    stream.client(b"x" * (MAX_PREAMBLE - 2_000))
    assert stream.client(b"y" * 1_000) == 0
    assert shake(stream) == WHOLE


def test_more_clear_text_is_given_up() -> None:
    budget = Budget()
    stream = Stream(budget=budget)
    stream.server(b"hello")
    assert stream.client(b"x" * MAX_PREAMBLE) == 0
    assert budget.held == MAX_PREAMBLE + 5
    assert stream.client(b"x") == -1
    assert budget.held == 0
    assert stream.server(SERVER_HELLO) == -1
    assert stream.end() == []


def test_a_hello_in_the_piece_that_goes_over_the_bound_is_found() -> None:
    stream = Stream()
    stream.client(b"x" * MAX_PREAMBLE)
    stream.client(CLIENT_HELLO)
    assert stream.told == WHOLE[:1]


def test_too_many_pieces_are_given_up() -> None:
    stream = Stream()
    answers = {stream.client(b"x") for _ in range(MAX_PIECES)}
    assert answers == {0}
    assert stream.client(b"x") == -1


def test_the_budget_over_all_connections() -> None:
    budget = Budget(limit=10_000)
    streams = [Stream(budget=budget) for _ in range(3)]
    assert [stream.client(b"x" * 4_000) for stream in streams] == [0, 0, -1]
    assert budget.given_up == 1
    assert budget.held == 8_000
    for stream in streams:
        stream.end()
    assert budget.held == 0


def test_finding_tls_gives_the_budget_back() -> None:
    budget = Budget()
    stream = Stream(budget=budget)
    stream.client(b"STARTTLS\r\n")
    stream.server(b"220 go\r\n")
    assert budget.held > 0
    stream.client(CLIENT_HELLO)
    stream.server(FLIGHT)
    stream.end()
    assert budget.held == 0


def test_a_session_that_is_given_up_wants_no_more() -> None:
    stream = Stream(budget=Budget(limit=2_000))
    stream.client(CLIENT_HELLO)
    big = record(HANDSHAKE, shapes.message(11, bytes(9_000)))
    stream.server(big[:5_000])
    assert stream.server(big[5_000:]) == -1
    assert stream.client(ANSWER) == -1


def test_that_there_is_no_tls_is_told_when_it_is_clear() -> None:
    stream = Stream()
    stream.client(b"x" * MAX_PREAMBLE)
    assert stream.no_tls == 0
    stream.client(b"x")
    assert stream.no_tls == 1
    stream = Stream()
    stream.client(b"hello")
    assert stream.no_tls == 0
    stream.end()
    assert stream.no_tls == 1
    stream = Stream()
    shake(stream)
    assert stream.no_tls == 0
