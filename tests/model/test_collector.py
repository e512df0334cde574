"""What is collected of a handshake before it is judged."""

from __future__ import annotations

from analyzer.model.collector import MAX_ALERTS, Collector, session_name
from analyzer.model.observed import Phase
from analyzer.packets import Side
from analyzer.tls.codepoints import HandshakeType
from analyzer.tls.events import (
    AlertReceived,
    BytesMissing,
    CipherSpecChanged,
    EncryptedRecordReceived,
    Event,
    HandshakeMessageReceived,
    Malformed,
    MessageLost,
)
from analyzer.tls.messages import Certificate, HandshakeMessage, OtherMessage
from analyzer.tls.parsing import parse_client_hello, parse_server_hello
from tests.tls import shapes

CLIENT, SERVER = Side.CLIENT, Side.SERVER


def message(sender: Side, kind: HandshakeType, value: HandshakeMessage, packet: int = 1) -> HandshakeMessageReceived:
    return HandshakeMessageReceived(sender, int(kind), value, 9, 1, packet, None)


def collect(*events: Event) -> Collector:
    return Collector(Phase.INITIAL).collect(events)


def server_hello(version: int = 0x0303, packet: int = 2) -> HandshakeMessageReceived:
    value = parse_server_hello(shapes.server_hello(version=version))
    return message(SERVER, HandshakeType.server_hello, value, packet)


def test_the_first_of_each_message_counts() -> None:
    hello = parse_client_hello(shapes.client_hello())
    seen = collect(
        message(CLIENT, HandshakeType.client_hello, hello, 1),
        message(CLIENT, HandshakeType.client_hello, hello, 2),
        message(SERVER, HandshakeType.certificate, Certificate((b"one",)), 3),
        message(SERVER, HandshakeType.certificate, Certificate((b"two",)), 4),
    )
    assert seen.client_hello is not None
    assert seen.client_hello.packet == 1
    chain = seen.certificates[SERVER]
    assert chain is not None
    assert chain.packet == 3
    assert seen.certificates[CLIENT] is None


def test_finished_is_the_first_encrypted_handshake_record_after_change_cipher_spec() -> None:
    early = EncryptedRecordReceived(CLIENT, 22, 40, 1, None)
    late = EncryptedRecordReceived(CLIENT, 22, 40, 3, None)
    assert not collect(early).finished[CLIENT]
    seen = collect(early, CipherSpecChanged(CLIENT, 2, None), late, EncryptedRecordReceived(CLIENT, 22, 40, 4, None))
    assert seen.finished[CLIENT] == 3
    assert not seen.complete


def test_opaque_records_are_data_only_before_tls_1_3() -> None:
    record = EncryptedRecordReceived(CLIENT, 23, 40, 5, None)
    assert collect(server_hello(), record).data == [5, 0]
    unknown = collect(record)
    assert (unknown.data, unknown.encrypted) == ([0, 0], [5, 0])
    assert collect(server_hello(0x0304), record).encrypted == [5, 0]


def test_a_gap_after_finished_hides_nothing() -> None:
    gap = BytesMissing(CLIENT, 9, 7, None, True)
    finished = (CipherSpecChanged(CLIENT, 1, None), EncryptedRecordReceived(CLIENT, 22, 40, 1, None))
    assert collect(gap).lost_place == [7, 0]
    assert collect(*finished, gap).lost_place == [0, 0]
    assert collect(BytesMissing(CLIENT, 9, 7, None, False)).lost_place == [0, 0]


def test_a_lost_record_header_loses_the_place_and_a_damaged_message_does_not() -> None:
    assert collect(Malformed(SERVER, "record header", "no", 3, None)).lost_place == [0, 3]
    seen = collect(Malformed(SERVER, "certificate", "no", 3, None))
    assert seen.lost_place == [0, 0]
    assert seen.malformed_types == {(SERVER, "certificate"): "no"}


def test_lost_messages_are_known_by_their_type() -> None:
    seen = collect(MessageLost(SERVER, 11, 4, None), MessageLost(CLIENT, None, 5, None))
    assert seen.lost_types == {(SERVER, 11): 4}


def test_a_flight_is_whole_when_nothing_was_lost_before_its_end() -> None:
    done = message(SERVER, HandshakeType.server_hello_done, OtherMessage(14, 0))
    gap = BytesMissing(SERVER, 9, 7, None, True)
    assert collect(done, gap).whole_flight == [False, True]
    assert collect(gap, done).whole_flight == [False, False]
    keys = message(CLIENT, HandshakeType.client_key_exchange, OtherMessage(16, 9))
    assert collect(gap, keys).whole_flight == [True, False]


def test_alerts_are_bounded() -> None:
    assert len(collect(*[AlertReceived(SERVER, 1, 112, 1, None)] * 99).alerts) == MAX_ALERTS


def test_no_certificate_is_kept_for_the_conclusion() -> None:
    answer = AlertReceived(CLIENT, 1, 41, 3, None)
    kept = collect(answer, server_hello(0x0300)).no_certificate
    assert kept is not None
    assert kept.ssl3_no_certificate
    for other in (AlertReceived(SERVER, 1, 41, 3, None), AlertReceived(CLIENT, 2, 41, 3, None)):
        assert collect(server_hello(0x0300), other).no_certificate is None


def test_session_name() -> None:
    assert session_name(b"") == b""
    assert session_name(b"a") != session_name(b"b")
    assert len(session_name(bytes(2_000))) == 16
