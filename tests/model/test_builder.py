"""Events become connections: several handshakes on one, bounded, and who ended it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from analyzer.carriers import TlsFound
from analyzer.carriers.carrier import TCP
from analyzer.model import ConnectionBuilder, Outcome, Phase, builder
from analyzer.model.builder import MAX_EVENTS, MAX_HANDSHAKES, MAX_PROBLEMS
from analyzer.model.checked import SeenEvent
from analyzer.model.collector import Collector
from analyzer.packets import Segment, Side
from analyzer.streams import TcpConnection
from analyzer.tls.codepoints import HandshakeType
from analyzer.tls.events import (
    AlertReceived,
    CipherSpecChanged,
    EncryptedRecordReceived,
    Event,
    HandshakeMessageReceived,
    Malformed,
)
from analyzer.tls.messages import Certificate, CertificateRequest, HandshakeMessage, HelloRequest, OtherMessage
from analyzer.tls.parsing import parse_client_hello, parse_server_hello
from tests.model.scene import CLIENT, NOT_ASKING, SERVER, Scene, completed, greeted
from tests.tls import shapes
from tests.tls.shapes import CLIENT_HELLO, KEY_EXCHANGE, handshake

PATH = bytes((192, 0, 2, 1, 192, 0, 2, 2)) + (50_000).to_bytes(2, "big") + (443).to_bytes(2, "big")


class Told:
    """A builder that is told events directly: renegotiation in the open exists only with unencrypted suites."""

    def __init__(self, path: bytes = PATH, client_end: int = 0) -> None:
        tcp = TcpConnection(path, Segment(path, 0, 0, 2, b"", 0, 1, 5))
        for direction in tcp.directions:
            direction.syn_seen = True
        self.done: list[ConnectionBuilder] = []
        self.builder = ConnectionBuilder(TlsFound(tcp, client_end, TCP, (True, True)), self.done.append)
        self.packet = 0

    def tell(self, *events: Event) -> Told:
        for event in events:
            self.builder.event(event)
        return self

    def message(self, sender: Side, message_type: HandshakeType, message: HandshakeMessage) -> Told:
        self.packet += 1
        return self.tell(HandshakeMessageReceived(sender, int(message_type), message, 50, 1, self.packet, None))

    def client_hello(self) -> Told:
        return self.message(CLIENT, HandshakeType.client_hello, parse_client_hello(shapes.client_hello()))

    def server_flight(self, *, asking: bool = False) -> Told:
        self.message(SERVER, HandshakeType.server_hello, parse_server_hello(shapes.server_hello()))
        self.message(SERVER, HandshakeType.certificate, Certificate((b"leaf",)))
        if asking:
            request = CertificateRequest((1,), (0x0403,), (), 0, 0, 8)
            self.message(SERVER, HandshakeType.certificate_request, request)
        return self.message(SERVER, HandshakeType.server_hello_done, OtherMessage(14, 0))

    def finished(self, sender: Side) -> Told:
        self.packet += 1
        return self.tell(
            CipherSpecChanged(sender, self.packet, None), EncryptedRecordReceived(sender, 22, 40, self.packet, None)
        )

    def whole(self, *, asking: bool = False) -> Told:
        self.client_hello().server_flight(asking=asking)
        return self.finished(CLIENT).finished(SERVER)


def test_one_handshake() -> None:
    connection = completed().connection
    assert [one.phase for one in connection.handshakes] == [Phase.INITIAL]
    assert (connection.first_packet, connection.last_packet) == (1, 6)
    assert (connection.client.address, connection.client.port) == ("10.0.0.1", 50_000)
    assert (connection.server.address, connection.server.port) == ("10.0.0.2", 443)
    assert connection.start_captured
    assert connection.started_ns == 10**18 + 1


def test_renegotiation_in_the_open() -> None:
    told = Told().whole().whole(asking=True)
    connection = told.builder.build(1)
    assert [one.phase for one in connection.handshakes] == [Phase.INITIAL, Phase.RENEGOTIATION]
    assert [one.index for one in connection.handshakes] == [0, 1]
    first, second = connection.handshakes
    assert (first.outcome, second.outcome) == (Outcome.COMPLETED, Outcome.COMPLETED)
    assert str(first.certificate_request) == "not sent"
    assert not isinstance(second.certificate_request, type(first.certificate_request))


def test_a_hello_request_begins_the_next_handshake() -> None:
    told = Told().whole().message(SERVER, HandshakeType.hello_request, HelloRequest()).client_hello()
    connection = told.builder.build(1)
    assert [one.history for one in connection.handshakes] == ["CsxnIi", "hC"]


def test_a_hello_request_that_nobody_heeds() -> None:
    told = Told().message(SERVER, HandshakeType.hello_request, HelloRequest()).whole()
    assert len(told.builder.build(1).handshakes) == 1


def test_a_hello_after_application_data_begins_the_next_handshake() -> None:
    told = Told().client_hello().server_flight().tell(EncryptedRecordReceived(CLIENT, 23, 9, 9, None)).client_hello()
    connection = told.builder.build(1)
    assert len(connection.handshakes) == 2
    assert connection.handshakes[0].outcome is Outcome.UNDETERMINED


def test_a_hello_retry_is_no_second_handshake() -> None:
    retry = parse_server_hello(shapes.HELLO_RETRY[9:])
    told = Told().client_hello().message(SERVER, HandshakeType.server_hello, retry).client_hello().server_flight()
    assert len(told.builder.build(1).handshakes) == 1


def test_the_end_of_the_connection_is_not_the_end_of_an_earlier_handshake() -> None:
    scene = completed().fin(CLIENT, SERVER)
    assert scene.handshake.steps[-1].what == "FIN"
    told = Told().whole().client_hello()
    first, second = told.builder.build(1).handshakes
    assert [step.what for step in first.steps][-1] == "Finished"
    assert [step.what for step in second.steps] == ["ClientHello"]


def test_handshakes_are_bounded() -> None:
    told = Told()
    for _ in range(MAX_HANDSHAKES + 5):
        told.whole()
    assert len(told.builder.build(1).handshakes) == MAX_HANDSHAKES


def test_events_are_bounded() -> None:
    told = Told().client_hello()
    for number in range(2 * MAX_EVENTS):
        told.tell(CipherSpecChanged(CLIENT, number, None))
    assert len(told.builder.build(1).handshakes[0].steps) == MAX_EVENTS


def test_alerts_are_bounded() -> None:
    told = Told().client_hello()
    for number in range(100):
        told.tell(AlertReceived(SERVER, 1, 112, number, None))
    assert len(told.builder.build(1).handshakes[0].alerts) == 16


def test_problems_are_bounded() -> None:
    told = Told().client_hello()
    for number in range(100):
        told.tell(Malformed(SERVER, "certificate", "no", number, None))
    assert told.builder.build(1).malformed == tuple((number, "certificate: no") for number in range(MAX_PROBLEMS))


def test_many_hellos_cost_little(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = 0

    class Counting(Collector):
        def collect(self, events: Sequence[SeenEvent]) -> Collector:
            nonlocal judged
            judged += 1
            return super().collect(events)

    monkeypatch.setattr(builder, "Collector", Counting)
    told = Told().whole()
    for _ in range(10_000):
        told.message(SERVER, HandshakeType.hello_request, HelloRequest())
    assert judged <= MAX_EVENTS
    assert len(told.builder.build(1).handshakes) == 2


def test_what_is_missing_and_malformed_is_told() -> None:
    scene = greeted(NOT_ASKING).lose(CLIENT, 700).client(b"what is this? " * 3, KEY_EXCHANGE, KEY_EXCHANGE)
    scene.server(b"and what is this?")
    connection = scene.connection
    assert connection.missing == ((5, CLIENT, 700),)
    assert connection.malformed == ((6, "record header: these bytes are not a TLS record"),)


def test_name_protocol_and_fingerprint() -> None:
    hello = handshake(1, shapes.client_hello(shapes.server_name(b"a.example") + shapes.alpn(b"h2", b"http/1.1")))
    answer = handshake(2, shapes.server_hello(shapes.alpn(b"http/1.1")))
    connection = Scene().client(hello).server(answer).connection
    assert (connection.sni, connection.alpn) == ("a.example", "http/1.1")
    assert connection.ja4 is not None
    assert connection.ja4.startswith("t12d0202h2_")
    alone = Scene(hidden=CLIENT).server(answer).connection
    assert (alone.sni, alone.ja4) == (None, None)


def test_the_client_may_be_the_end_seen_second() -> None:
    scene = Scene(syn=False).server(NOT_ASKING).client(CLIENT_HELLO).fin(CLIENT, SERVER)
    connection = scene.connection
    assert (connection.client.port, connection.server.port) == (50_000, 443)
    assert connection.ending.by is CLIENT
    assert not connection.start_captured


def test_addresses_of_ipv6() -> None:
    path = b"\x20\x01\x0d\xb8" + bytes(11) + b"\1" + b"\x20\x01\x0d\xb8" + bytes(11) + b"\2" + PATH[-4:]
    connection = Told(path, client_end=1).client_hello().builder.build(1)
    assert (connection.client.address, connection.client.port) == ("2001:db8::2", 443)
    assert (connection.server.address, connection.server.port) == ("2001:db8::1", 50_000)


@pytest.mark.parametrize(
    ("scene", "by", "how", "client_closed", "server_closed", "last_steps"),
    [
        (greeted().fin(CLIENT, SERVER), CLIENT, "fin", 5, 6, ["C FIN", "S FIN"]),
        (greeted().fin(SERVER).rst(CLIENT), SERVER, "fin", 6, 5, ["S FIN", "C RST"]),
        (greeted().rst(SERVER), SERVER, "rst", None, 5, ["S RST"]),
        (greeted().rst(SERVER).fin(CLIENT), SERVER, "rst", 6, 5, ["S RST", "C FIN"]),
        (greeted().fin(CLIENT).rst(CLIENT), CLIENT, "fin", 5, None, ["C FIN"]),
        (greeted(), None, "capture-end", None, None, ["S ServerHelloDone"]),
    ],
)
def test_ending(
    scene: Scene,
    by: Side | None,
    how: str,
    client_closed: int | None,
    server_closed: int | None,
    last_steps: list[str],
) -> None:
    connection = scene.connection
    ending = connection.ending
    assert (ending.by, ending.how) == (by, how)
    assert (ending.client_closed, ending.server_closed) == (client_closed, server_closed)
    steps = connection.handshakes[-1].steps[-len(last_steps) :]
    assert [f"{'CS'[step.sender]} {step.what}" for step in steps] == last_steps


def test_settled_hands_the_builder_over() -> None:
    told = Told().client_hello()
    told.builder.settled()
    assert told.done == [told.builder]


def test_nothing_at_all() -> None:
    connection = Told().builder.build(7)
    assert connection.id == 7
    assert connection.handshakes[0].outcome is Outcome.UNDETERMINED
    assert (connection.handshakes[0].first_packet, connection.handshakes[0].last_packet) == (0, 0)
