"""What a CertificateVerify signs is handed on when it is known, and never where a part of it may be missing."""

from __future__ import annotations

import pytest

from analyzer.packets import Side
from analyzer.tls import Budget, KeyRing
from analyzer.tls.codepoints import TLS_1_2, TLS_1_3
from analyzer.tls.events import Event, FinishedChecked, ProofReceived
from analyzer.tls.key_schedule import transcript_hash, verify_data
from analyzer.tls.parsing import parse_client_hello, parse_message, parse_server_hello
from analyzer.tls.proofs import Proofs
from analyzer.tls.protection import Protection
from tests.tls.sealing import MASTER
from tests.tls.shapes import RANDOM, certificate, client_hello, message, numbers, selected_version, server_hello, vector

CLIENT, SERVER = Side.CLIENT, Side.SERVER
HELLO, ANSWER, CERTIFICATE, REQUEST, DONE, VERIFY, EXCHANGE, FINISHED = 1, 2, 11, 13, 14, 15, 16, 20
SIGNATURE = numbers(0x0403) + vector(2, b"signature")
SERVERS = [(ANSWER, server_hello()), (CERTIFICATE, certificate(b"server")), (DONE, b"")]
CLIENTS = [(CERTIFICATE, certificate(b"client")), (EXCHANGE, b"exchange"), (VERIFY, SIGNATURE)]


class Hall:
    """Proofs of one connection."""

    def __init__(self, version: int, *, keys: KeyRing | None = None) -> None:
        self.events: list[Event] = []
        self.budget = Budget()
        self.protection = Protection(keys) if keys else None
        self.proofs = Proofs(self.events.append, self.budget, self.protection)
        self.proofs.version = version
        self.version = version

    def say(self, side: Side, *sent: tuple[int, bytes]) -> None:
        for kind, body in sent:
            self.proofs.take(side, kind, body)
            self.proofs.understand(side, parse_message(kind, body, self.version), body, (7, None))

    @property
    def signed(self) -> list[bytes]:
        return [event.signed for event in self.events if isinstance(event, ProofReceived)]

    def over(self) -> None:
        self.proofs.lose()
        assert self.budget.held == 0


def joined(*sent: tuple[int, bytes]) -> bytes:
    return b"".join(message(*one) for one in sent)


@pytest.mark.parametrize("client_first", [False, True])
def test_in_the_clear(client_first: bool) -> None:
    """The server's flight may be delivered late: the answer waits for it."""
    hall = Hall(TLS_1_2)
    hall.say(CLIENT, (HELLO, client_hello()))
    if client_first:
        hall.say(CLIENT, *CLIENTS)
        hall.proofs.close()
        assert hall.signed == []
        hall.say(SERVER, *SERVERS)
    else:
        hall.say(SERVER, *SERVERS)
        hall.say(CLIENT, *CLIENTS)
    assert hall.signed == [joined((HELLO, client_hello()), *SERVERS, *CLIENTS[:2])]
    hall.over()


def test_nothing_is_signed_by_what_is_not_whole() -> None:
    hall = Hall(TLS_1_2)
    hall.say(CLIENT, (HELLO, client_hello()))
    hall.proofs.lose()
    hall.say(SERVER, *SERVERS)
    hall.say(CLIENT, *CLIENTS)
    assert hall.signed == []
    hall.over()


def test_a_renegotiation_begins_anew() -> None:
    hall = Hall(TLS_1_2)
    for _ in range(2):
        hall.say(CLIENT, (HELLO, client_hello()))
        hall.say(SERVER, *SERVERS)
        hall.say(CLIENT, *CLIENTS)
        hall.proofs.begin()
    assert hall.signed == [joined((HELLO, client_hello()), *SERVERS, *CLIENTS[:2])] * 2
    hall.over()


def _ring() -> KeyRing:
    ring = KeyRing()
    ring.log.add(b"CLIENT_RANDOM %s %s" % (RANDOM.hex().encode(), MASTER.hex().encode()))
    for label in ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0"):
        ring.log.add(b"%s %s %s" % (label.encode(), RANDOM.hex().encode(), b"ab" * 32))
    return ring


def test_finished_before_tls13_is_checked_and_then_nothing_is_held() -> None:
    hall = Hall(TLS_1_2, keys=_ring())
    assert hall.protection is not None
    hall.protection.client_hello(parse_client_hello(client_hello()))
    hall.protection.server_hello(parse_server_hello(server_hello()))
    hall.protection.change_cipher_spec(CLIENT)
    hall.say(CLIENT, (HELLO, client_hello()))
    hall.say(SERVER, *SERVERS)
    hall.say(CLIENT, (EXCHANGE, b"exchange"))
    covered = joined((HELLO, client_hello()), *SERVERS, (EXCHANGE, b"exchange"))
    right = verify_data(TLS_1_2, "sha256", MASTER, transcript_hash(TLS_1_2, "sha256", covered), server=False)
    for side, body in ((CLIENT, right), (SERVER, bytes(12))):
        hall.say(side, (FINISHED, body))
        hall.proofs.finished(side, body, (9, None))
    assert [event.valid for event in hall.events if isinstance(event, FinishedChecked)] == [True, False]
    assert hall.budget.held == 0


class TestPostHandshake:
    """The main handshake is over, and the client had offered to be asked later."""

    @pytest.fixture
    def hall(self) -> Hall:
        hall = Hall(TLS_1_3, keys=_ring())
        assert hall.protection is not None
        answer = server_hello(selected_version(0x0304), suite=0x1301)
        hall.protection.client_hello(parse_client_hello(client_hello()))
        hall.protection.server_hello(parse_server_hello(answer))
        hall.proofs.more_may_follow = True
        hall.say(CLIENT, (HELLO, client_hello()))
        hall.say(SERVER, (ANSWER, answer), (FINISHED, bytes(32)))
        self._finish(hall)
        return hall

    def _finish(self, hall: Hall) -> None:
        hall.say(CLIENT, (FINISHED, bytes(32)))
        hall.proofs.finished(CLIENT, bytes(32), (9, None))
        assert hall.budget.held == 0

    def _request(self, hall: Hall, context: bytes = b"context") -> None:
        hall.say(SERVER, (REQUEST, vector(1, context) + vector(2, b"")))

    def _answer(self, context: bytes = b"context") -> tuple[int, bytes]:
        return CERTIFICATE, vector(1, context) + vector(3, b"")

    def test_request_and_answer(self, hall: Hall) -> None:
        self._request(hall)
        hall.say(CLIENT, self._answer(), (VERIFY, SIGNATURE))
        assert len(hall.signed) == 1
        self._finish(hall)
        self._request(hall, b"another")
        hall.say(CLIENT, self._answer(b"another"), (VERIFY, SIGNATURE))
        assert len(set(hall.signed)) == 2

    def test_an_answer_to_nothing(self, hall: Hall) -> None:
        hall.say(CLIENT, self._answer(), (VERIFY, SIGNATURE))
        assert hall.signed == []

    def test_an_answer_with_a_hole(self, hall: Hall) -> None:
        self._request(hall)
        hall.say(CLIENT, self._answer())
        hall.proofs.lose()
        hall.say(CLIENT, (VERIFY, SIGNATURE))
        assert hall.signed == []

    def test_a_signature_without_its_certificate(self, hall: Hall) -> None:
        """The certificate was lost: an earlier answer must not stand in for it."""
        self._request(hall)
        hall.say(CLIENT, self._answer(), (VERIFY, SIGNATURE))
        self._finish(hall)
        hall.say(CLIENT, (VERIFY, SIGNATURE))
        assert len(hall.signed) == 1

    def test_more_than_an_answer_is_none(self, hall: Hall) -> None:
        self._request(hall)
        hall.say(CLIENT, self._answer(), *[(VERIFY, SIGNATURE)] * 50)
        assert hall.budget.held < 200
        hall.over()
