import json

from analyzer.packets import Side
from analyzer.render.events import json_line, text_line
from analyzer.render.safe import is_harmless
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
from analyzer.tls.extensions import Extensions
from analyzer.tls.messages import Certificate, CertificateRequest, CertificateVerify, ClientHello, HandshakeMessage
from tests.support.reports import START, name

HELLO = ClientHello(0x0303, bytes(32), b"\1", (0xC02F,), Extensions(server_name="a\x1b[2J", types=(0, 0x4A4A)))


def message(number: int, value: HandshakeMessage, sender: Side = Side.CLIENT) -> HandshakeMessageReceived:
    return HandshakeMessageReceived(sender, number, value, 120, 1, 4, START + 5_000_000)


EVENTS: tuple[tuple[Event, str], ...] = (
    (message(1, HELLO), "ClientHello"),
    (message(11, Certificate(())), "empty"),
    (message(11, Certificate((b"no certificate",))), "unreadable, 1 certificate"),
    (message(13, CertificateRequest((1, 64), (0x0804,), (name("Root").der, b"x"), 9, 9, 30)), "2 CA names"),
    (message(15, CertificateVerify(0x0804, b"sig")), "rsa_pss_rsae_sha256"),
    (message(15, CertificateVerify(None, b"sig")), "CertificateVerify"),
    (AlertReceived(Side.SERVER, 2, 48, 9, START), "fatal unknown_ca"),
    (CipherSpecChanged(Side.CLIENT, 8, START), "ChangeCipherSpec"),
    (EncryptedRecordReceived(Side.CLIENT, 23, 99, 8, None), "application_data, 99 bytes"),
    (Malformed(Side.CLIENT, "record header", "nonsense\n", 8, None), "record header: nonsense\\n"),
    (MessageLost(Side.SERVER, 13, 8, START), "certificate_request"),
    (BytesMissing(Side.SERVER, 1460, 8, START, place_lost=False), "1,460 bytes"),
)


def test_every_event_can_be_read_and_is_harmless() -> None:
    for event, shown in EVENTS:
        line = text_line(7, event, START)
        assert shown in line
        assert line.split()[0] == "7"
        assert all(map(is_harmless, line))


def test_every_event_is_one_line_of_json() -> None:
    for event, _ in EVENTS:
        line = json_line(7, event)
        assert all(map(is_harmless, line))
        made = json.loads(line)
        assert made["connection"] == 7
        assert made["packet"] == event.packet
        assert made["sender"] in ("client", "server")


def test_fields_of_messages_have_their_registered_names() -> None:
    hello = json.loads(json_line(1, EVENTS[0][0]))
    assert hello["message"] == "client_hello"
    assert hello["time"] == "2026-03-02T09:14:22.005000000Z"
    assert hello["cipher_suites"] == ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
    assert hello["extensions"] == {"types": ["server_name", "19018"], "server_name": "a\x1b[2J"}
    wanted = json.loads(json_line(1, EVENTS[3][0]))
    assert wanted["authorities"] == ["CN=Root", "#78"]
    assert wanted["certificate_types"] == ["rsa_sign", "ecdsa_sign"]
    assert json.loads(json_line(1, EVENTS[2][0]))["certificates"][0]["error"]
