"""Records and messages of both directions, what is in the clear, what is skipped, and what a gap costs."""

from __future__ import annotations

import random

import pytest

from analyzer.tls import Budget
from analyzer.tls.direction import MAX_LOST_BYTES, REPORTED_RECORDS, SCAN_STEP
from analyzer.tls.events import EncryptedRecordReceived, HandshakeMessageReceived, Malformed
from analyzer.tls.messages import CertificateVerify, ClientHello
from analyzer.tls.session import MAX_MALFORMED
from tests.tls import shapes
from tests.tls.shapes import (
    ALERT,
    CCS,
    CHANGE_CIPHER_SPEC,
    CLIENT_HELLO,
    DATA,
    DONE,
    FINISHED,
    HANDSHAKE,
    HELLO_RETRY,
    KEY_EXCHANGE,
    SERVER_HELLO,
    SERVER_HELLO_13,
    alert,
    handshake,
    message,
    numbers,
    record,
    vector,
)
from tests.tls.talk import CLIENT, SERVER, Talk

CERTIFICATE = handshake(11, shapes.certificate(b"leaf" * 100))
REQUEST = handshake(13, shapes.certificate_request(shapes.names(b"root")))


def greeted(server_hello: bytes = SERVER_HELLO) -> Talk:
    talk = Talk()
    talk.client(CLIENT_HELLO)
    talk.server(server_hello)
    talk.events.clear()
    return talk


def test_a_whole_handshake() -> None:
    talk = Talk()
    talk.client(CLIENT_HELLO)
    talk.server(SERVER_HELLO, CERTIFICATE, REQUEST, DONE)
    talk.client(CERTIFICATE, KEY_EXCHANGE, CHANGE_CIPHER_SPEC, FINISHED)
    talk.server(CHANGE_CIPHER_SPEC, FINISHED)
    talk.client(record(DATA, b"x" * 50))
    talk.server(record(DATA, b"y" * 60), record(ALERT, b"z" * 26))
    assert talk.told == [
        "C client_hello",
        "S server_hello",
        "S certificate",
        "S certificate_request",
        "S server_hello_done",
        "C certificate",
        "C client_key_exchange",
        "C changed",
        "C record 22 40",
        "S changed",
        "S record 22 40",
        "C record 23 50",
        "S record 23 60",
        "S record 21 26",
    ]
    assert [event.packet for event in talk.events] == [1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6, 6]


def test_several_messages_in_a_record() -> None:
    talk = greeted()
    talk.server(record(HANDSHAKE, message(11, shapes.certificate(b"leaf")) + message(14, b"")))
    assert talk.told == ["S certificate", "S server_hello_done"]
    assert [event.records for event in talk.events if isinstance(event, HandshakeMessageReceived)] == [1, 1]


@pytest.mark.parametrize("size", [1, 3, 4, 5, 100])
def test_a_message_over_several_records(size: int) -> None:
    talk = greeted()
    whole = message(11, shapes.certificate(b"leaf" * 30)) + message(14, b"")
    for at in range(0, len(whole), size):
        talk.server(record(HANDSHAKE, whole[at : at + size]))
    assert talk.told == ["S certificate", "S server_hello_done"]
    event = talk.events[0]
    assert isinstance(event, HandshakeMessageReceived)
    assert event.records == -(-(len(whole) - 4) // size)
    assert event.packet == 2 + event.records


def test_a_record_that_ends_one_message_and_begins_the_next() -> None:
    talk = greeted()
    whole = message(11, shapes.certificate(b"leaf" * 30)) + message(13, shapes.certificate_request())
    talk.server(record(HANDSHAKE, whole[:-5]), record(HANDSHAKE, whole[-5:]))
    assert talk.told == ["S certificate", "S certificate_request"]
    assert [event.records for event in talk.events if isinstance(event, HandshakeMessageReceived)] == [1, 2]


def test_empty_fragments() -> None:
    talk = greeted()
    empty = record(HANDSHAKE, b"")
    half = message(11, shapes.certificate(b"leaf" * 30))
    talk.server(empty, record(HANDSHAKE, half[:50]), empty, record(HANDSHAKE, half[50:]), empty, DONE)
    assert talk.told == ["S certificate", "S server_hello_done"]


def test_alerts_between() -> None:
    talk = greeted()
    half = message(11, shapes.certificate(b"leaf" * 30))
    talk.server(alert(1, 112), record(HANDSHAKE, half[:50]), alert(1, 90), record(HANDSHAKE, half[50:]))
    talk.client(alert(2, 42))
    assert talk.told == ["S alert 1 112", "S alert 1 90", "S certificate", "C alert 2 42"]


def test_two_alerts_in_a_record() -> None:
    talk = greeted()
    talk.client(record(ALERT, bytes((1, 0, 2, 80))))
    assert talk.told == ["C alert 1 0", "C alert 2 80"]


@pytest.mark.parametrize("body", [b"", b"\x02", bytes((7, 40)), bytes(3), bytes(26)])
def test_what_is_no_alert_in_the_clear(body: bytes) -> None:
    talk = greeted()
    talk.client(record(ALERT, body))
    assert talk.told == [f"C record 21 {len(body)}"]


def test_after_change_cipher_spec_alerts_are_encrypted() -> None:
    talk = greeted()
    talk.client(CHANGE_CIPHER_SPEC, alert(2, 40))
    assert talk.told == ["C changed", "C record 21 2"]
    talk.server(alert(2, 40))
    assert talk.told[-1] == "S alert 2 40"


def test_encrypted_handshake_records_are_not_read() -> None:
    talk = greeted()
    talk.client(CHANGE_CIPHER_SPEC, handshake(11, shapes.certificate(b"leaf")), FINISHED)
    assert talk.told == ["C changed", "C record 22 14", "C record 22 40"]


def test_a_heartbeat_is_no_damage() -> None:
    talk = greeted()
    talk.client(record(24, b"\x01\0\x05hello" + bytes(16)))
    assert talk.told == ["C record 24 24"]


def test_an_encrypted_body_is_skipped_exactly() -> None:
    talk = greeted()
    body = bytes(1000)
    assert talk.client(record(DATA, body)[:105]) == 900
    assert talk.client(record(DATA, body)) == 0
    assert talk.client(record(DATA, body), record(DATA, body)[:5]) == 1000
    assert talk.client(record(DATA, body)[:3]) == 0
    assert talk.client(record(DATA, body)[3:10]) == 995


def test_records_are_only_complete_with_their_header() -> None:
    talk = greeted()
    talk.client(CHANGE_CIPHER_SPEC)
    for byte in FINISHED[:8]:
        assert talk.client(bytes((byte,))) == 0
    assert talk.client(FINISHED[8:9]) == 36
    event = talk.events[-1]
    assert isinstance(event, EncryptedRecordReceived)
    assert (event.length, event.packet) == (40, talk.packet)


def test_application_data_is_told_once_before_tls_1_3() -> None:
    talk = greeted()
    for _ in range(5):
        talk.client(record(DATA, b"x" * 30))
    assert talk.told == ["C record 23 30"]


def test_opaque_records_of_tls_1_3_are_told_for_a_while() -> None:
    talk = greeted(SERVER_HELLO_13)
    for _ in range(REPORTED_RECORDS + 10):
        talk.server(record(DATA, b"x" * 30))
    talk.client(record(DATA, b"x" * 30))
    assert talk.told == ["S record 23 30"] * REPORTED_RECORDS + ["C record 23 30"]


def test_change_cipher_spec_means_nothing_in_tls_1_3() -> None:
    talk = greeted(SERVER_HELLO_13)
    talk.server(CHANGE_CIPHER_SPEC, record(DATA, b"x" * 30))
    talk.client(CHANGE_CIPHER_SPEC, alert(2, 48))
    assert talk.told == ["S changed", "S record 23 30", "C changed", "C alert 2 48"]


def test_hello_retry_with_both_hellos_after_change_cipher_spec() -> None:
    talk = Talk()
    talk.client(CLIENT_HELLO)
    talk.server(HELLO_RETRY, CHANGE_CIPHER_SPEC)
    talk.client(CHANGE_CIPHER_SPEC, CLIENT_HELLO)
    talk.server(SERVER_HELLO_13, record(DATA, b"x" * 30))
    assert talk.told == [
        "C client_hello",
        "S server_hello",
        "S changed",
        "C changed",
        "C client_hello",
        "S server_hello",
        "S record 23 30",
    ]
    assert talk.session.version == 0x0304


def test_a_second_hello_after_change_cipher_spec_where_the_server_was_not_captured() -> None:
    talk = Talk()
    talk.client(CLIENT_HELLO, CHANGE_CIPHER_SPEC)
    talk.client(CLIENT_HELLO[:20])
    talk.client(CLIENT_HELLO[20:], CHANGE_CIPHER_SPEC, record(DATA, b"x" * 30))
    assert talk.told == ["C client_hello", "C changed", "C client_hello", "C changed", "C record 23 30"]


def test_sslv2_style_hello() -> None:
    talk = Talk()
    hello = shapes.sslv2_hello()
    assert talk.session.begin_with_sslv2_hello(hello + b"more", 1, None) == len(hello)
    assert talk.told == ["C client_hello"]
    event = talk.events[0]
    assert isinstance(event, HandshakeMessageReceived)
    assert isinstance(event.message, ClientHello)
    assert event.message.sslv2_style
    talk.server(SERVER_HELLO)
    talk.client(KEY_EXCHANGE)
    assert talk.told[1:] == ["S server_hello", "C client_key_exchange"]


@pytest.mark.parametrize(("version", "layout_has_scheme"), [(0x0301, False), (0x0302, False), (0x0303, True)])
def test_the_negotiated_version_picks_the_layout(version: int, layout_has_scheme: bool) -> None:
    talk = greeted(handshake(2, shapes.server_hello(version=version), version))
    scheme = numbers(0x0804) if layout_has_scheme else b""
    talk.client(handshake(15, scheme + vector(2, b"signature"), version))
    event = talk.events[0]
    assert isinstance(event, HandshakeMessageReceived)
    assert event.message == CertificateVerify(0x0804 if layout_has_scheme else None, b"signature")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_without_a_server_hello_the_records_tell_the_layout(size: int) -> None:
    talk = Talk()
    data = CLIENT_HELLO + handshake(15, vector(2, b"signature"), 0x0301)
    for at in range(0, len(data), size):
        talk.client(data[at : at + size])
    assert talk.told == ["C client_hello", "C certificate_verify"]


# -- damage


def test_a_damaged_message_costs_only_itself() -> None:
    talk = greeted()
    talk.server(handshake(11, b"\0\0\x50short"), DONE)
    talk.client(KEY_EXCHANGE)
    assert talk.told == ["S malformed certificate", "S server_hello_done", "C client_key_exchange"]
    event = talk.events[0]
    assert isinstance(event, Malformed)
    assert event.error == "certificate_list: 80 bytes announced, 5 left"


def test_bytes_that_are_no_record_lose_one_direction_only() -> None:
    talk = greeted()
    talk.server(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    talk.client(KEY_EXCHANGE)
    assert talk.told == ["S malformed record header", "C client_key_exchange"]


def test_the_place_is_found_again() -> None:
    talk = greeted()
    talk.server(b"!!!!!!!!")
    talk.server(b"!!!!", DONE, CHANGE_CIPHER_SPEC, FINISHED)
    assert talk.told[1:] == ["S server_hello_done", "S changed", "S record 22 40"]


def test_malformed_is_told_only_so_often() -> None:
    talk = greeted()
    for _ in range(MAX_MALFORMED * 3):
        talk.server(handshake(11, b"!"))
    assert talk.told == ["S malformed certificate"] * MAX_MALFORMED


# -- gaps


def test_a_certificate_that_is_not_sent_to_its_end() -> None:
    talk = greeted()
    talk.server(CERTIFICATE, REQUEST, DONE)
    before = len(talk.told)
    talk.client(CERTIFICATE[:50])
    talk.server(alert(2, 80))
    assert talk.told[before:] == ["S alert 2 80"]
    talk.session.end()
    assert talk.told[before + 1 :] == [f"C unfinished certificate {len(CERTIFICATE) - 5}"]
    assert talk.events[-1].packet == talk.events[-2].packet - 1  # the client's last, before the alert


def test_other_messages_that_stop_half_way_are_not_told() -> None:
    talk = greeted()
    talk.server(CERTIFICATE[:50])
    told = list(talk.told)
    talk.session.end()
    assert talk.told == told


def test_a_gap_inside_a_message() -> None:
    talk = greeted()
    talk.server(CERTIFICATE[:50])
    talk.gap(SERVER, 100)
    talk.server(CERTIFICATE[150:], REQUEST, DONE)
    assert talk.told == ["S gap 100", "S lost certificate", "S certificate_request", "S server_hello_done"]


def test_a_gap_over_a_message_header_within_a_record() -> None:
    talk = greeted()
    first = message(11, shapes.certificate(b"leaf" * 10))
    body = first + message(13, shapes.certificate_request())
    whole = record(HANDSHAKE, body)
    hole = 5 + len(first) + 2
    talk.server(whole[:20])
    talk.gap(SERVER, hole - 20)
    talk.server(whole[hole:], DONE)
    assert talk.told == [f"S gap {hole - 20} place lost", "S lost certificate", "S server_hello_done"]


def test_a_gap_over_record_headers() -> None:
    talk = greeted()
    flight = CERTIFICATE + REQUEST + DONE
    talk.server(flight[:50])
    talk.gap(SERVER, len(CERTIFICATE) + 10 - 50)
    talk.server(flight[len(CERTIFICATE) + 10 :], CHANGE_CIPHER_SPEC)
    assert talk.told == [
        f"S gap {len(CERTIFICATE) - 40} place lost",
        "S lost certificate",
        "S server_hello_done",
        "S changed",
    ]


def test_a_gap_between_records() -> None:
    talk = greeted()
    talk.gap(SERVER, len(CERTIFICATE))
    talk.server(REQUEST, DONE)
    assert talk.told == [f"S gap {len(CERTIFICATE)} place lost", "S certificate_request", "S server_hello_done"]


def test_a_second_gap_while_the_place_is_lost_does_not_delay_the_search() -> None:
    talk = greeted()
    talk.gap(SERVER, 10)
    talk.server(bytes(20_000))
    talk.gap(SERVER, 10)
    talk.server(REQUEST, DONE)
    assert talk.since(2) == ["S certificate_request", "S server_hello_done"]


def test_a_gap_over_change_cipher_spec_does_not_make_ciphertext_clear() -> None:
    talk = greeted()
    talk.gap(CLIENT, 6)
    talk.client(FINISHED, record(DATA, b"x" * 50))
    assert talk.told == ["C gap 6 place lost", "C record 22 40", "C record 23 50"]


def test_a_lone_alert_after_a_gap() -> None:
    talk = greeted()
    talk.gap(SERVER, 100)
    talk.server(b"rest of something", alert(2, 42))
    assert talk.told == ["S gap 100 place lost", "S alert 2 42"]


def test_one_record_after_a_gap_is_found_at_the_end_and_keeps_its_packet() -> None:
    talk = greeted()
    talk.gap(SERVER, 100)
    talk.server(b"rest", DONE)
    packet = talk.packet
    talk.client(KEY_EXCHANGE)
    assert talk.told == ["S gap 100 place lost", "C client_key_exchange"]
    talk.session.end()
    assert talk.told[2:] == ["S server_hello_done"]
    assert talk.events[-1].packet == packet


def test_begin_in_the_middle() -> None:
    talk = Talk()
    talk.session.begin_in_the_middle(SERVER)
    talk.server(CERTIFICATE[30:], REQUEST, DONE)
    assert talk.told == ["S certificate_request", "S server_hello_done"]


def test_begin_in_the_middle_of_application_data() -> None:
    talk = Talk()
    talk.session.begin_in_the_middle(SERVER)
    noise = random.Random(3).randbytes(3_000)
    assert talk.server(noise) == 0
    assert talk.server(record(DATA, b"x" * 900), record(DATA, b"x" * 900)[:200]) == 705
    assert talk.told == ["S record 23 900", "S record 23 900"]


def test_a_fragment_too_short_for_a_message_header_is_not_judged_by_what_follows_it() -> None:
    talk = Talk()
    talk.session.begin_in_the_middle(SERVER)
    talk.server(record(HANDSHAKE, b"\x0b\0"), DONE)
    assert talk.told == ["S record 22 2", "S server_hello_done"]


def test_begin_in_the_middle_with_a_hello() -> None:
    talk = Talk()
    talk.session.begin_in_the_middle(SERVER)
    talk.server(SERVER_HELLO)
    assert talk.told == ["S server_hello"]


def test_begin_after_a_preamble() -> None:
    talk = Talk()
    talk.client(CLIENT_HELLO)
    talk.session.begin_after_preamble(SERVER)
    talk.server(b"220 go ahead\r\n")
    talk.server(SERVER_HELLO[:30])
    talk.server(SERVER_HELLO[30:], DONE)
    assert talk.told == ["C client_hello", "S server_hello", "S server_hello_done"]


def test_a_long_search_sees_hellos_and_alerts_at_once() -> None:
    talk = Talk()
    talk.session.begin_after_preamble(SERVER)
    talk.server(b"250-capability\r\n" * 200)
    talk.server(SERVER_HELLO[:50])
    talk.server(SERVER_HELLO[50:])
    assert talk.told == ["S server_hello"]
    talk.gap(SERVER, 10)
    talk.server(bytes(3_000))
    talk.server(alert(2, 40)[:4])
    talk.server(alert(2, 40)[4:])
    assert talk.told[2:] == ["S alert 2 40"]


def test_a_long_search_is_bounded() -> None:
    talk = Talk()
    talk.session.begin_in_the_middle(SERVER)
    for _ in range(300):
        talk.server(bytes(1_000))
        assert len(talk.session._directions[SERVER].buffer) <= MAX_LOST_BYTES + SCAN_STEP
    talk.server(REQUEST, DONE, bytes(2_000))
    assert talk.told[:2] == ["S certificate_request", "S server_hello_done"]


# -- bounds


def test_over_the_budget_a_session_is_given_up() -> None:
    budget = Budget(limit=1_000)
    talk = Talk(budget)
    talk.client(CLIENT_HELLO)
    other = Talk(budget)
    assert other.server(record(HANDSHAKE, message(11, bytes(5_000)))[:500]) == 0
    assert talk.client(record(HANDSHAKE, message(11, bytes(5_000)))[:800]) in (0, -1)
    assert talk.client(b"more") == -1
    assert budget.given_up == 1
    assert talk.told == ["C client_hello", "C malformed connection"]
    talk.gap(CLIENT, 5)
    assert len(talk.told) == 2
    other.session.end()
    talk.session.end()
    assert budget.held == 0


def test_the_budget_is_given_back() -> None:
    budget = Budget()
    talk = Talk(budget)
    whole = record(HANDSHAKE, message(11, shapes.certificate(bytes(3_000))))
    talk.client(whole[:1_000])
    assert budget.held > 900
    talk.client(whole[1_000:])
    assert budget.held == 0
    talk.server(whole[:1_000])
    talk.session.end()
    assert budget.held == 0


# -- properties

CONVERSATION = (
    (CLIENT, CLIENT_HELLO),
    (SERVER, HELLO_RETRY + CHANGE_CIPHER_SPEC),
    (CLIENT, CHANGE_CIPHER_SPEC + CLIENT_HELLO),
    (SERVER, SERVER_HELLO + CERTIFICATE + REQUEST + record(HANDSHAKE, b"") + alert(1, 112) + DONE),
    (CLIENT, CERTIFICATE + KEY_EXCHANGE + record(CCS, b"\x01") + FINISHED + record(DATA, b"x" * 90)),
    (SERVER, CHANGE_CIPHER_SPEC + FINISHED + record(DATA, b"y" * 90) + record(ALERT, b"z" * 26)),
)


@pytest.mark.parametrize("seed", range(300))
def test_random_damage_never_raises(seed: int) -> None:
    generator = random.Random(seed)
    talk = Talk(Budget(1 << 20))
    if generator.random() < 0.3:
        talk.session.begin_in_the_middle(generator.choice((CLIENT, SERVER)))
    for side, data in CONVERSATION:
        changed = bytearray(data)
        for _ in range(generator.randrange(4)):
            at = generator.randrange(len(changed))
            changed[at : at + generator.randrange(3)] = generator.randbytes(generator.randrange(3))
        while changed:
            size = generator.randrange(1, 200)
            if generator.random() < 0.1:
                talk.gap(side, min(size, len(changed)))
            else:
                skip = talk.feed(side, bytes(changed[:size]))
                assert 0 <= skip <= 2**14 + 2048
                del changed[size : size + skip]
            del changed[:size]
    talk.session.end()
    assert all(talk.told)
