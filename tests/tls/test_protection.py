"""Which secret opens what and when, and why records stay closed; told by sessions with keys."""

from __future__ import annotations

import pytest

from analyzer.packets import Side
from analyzer.tls import KeyRing
from analyzer.tls import protection as module
from analyzer.tls.codepoints import TLS_1_2
from analyzer.tls.key_schedule import prf, transcript_hash
from analyzer.tls.keylog import Label
from analyzer.tls.messages import ClientHello, ServerHello
from analyzer.tls.parsing import parse_client_hello, parse_server_hello
from analyzer.tls.protection import Protection, Sealed
from tests.tls.sealing import MASTER
from tests.tls.shapes import RANDOM, client_hello, extension, selected_version, server_hello, vector

SECRETS = {label: bytes((number,)) * 32 for number, label in enumerate(Label)}


def ring_of(*labels: Label, random: bytes = RANDOM) -> KeyRing:
    ring = KeyRing()
    for label in labels:
        secret = MASTER if label is Label.CLIENT_RANDOM else SECRETS[label]
        ring.log.add(f"{label.value} {random.hex()} {secret.hex()}".encode())
    return ring


def hello(*extensions: bytes, session_id: bytes = b"") -> ClientHello:
    return parse_client_hello(client_hello(b"".join(extensions), session_id=session_id))


def answer(suite: int = 0xC02F, *, tls13: bool = False, session_id: bytes = b"") -> ServerHello:
    body = server_hello(selected_version(0x0304) if tls13 else b"", suite=suite, session_id=session_id)
    return parse_server_hello(body)


def greeted(ring: KeyRing, suite: int = 0x1301) -> Protection:
    protection = Protection(ring)
    protection.client_hello(hello())
    protection.server_hello(answer(suite, tls13=True))
    return protection


ALL_13 = (Label.CLIENT_HANDSHAKE, Label.SERVER_HANDSHAKE, Label.CLIENT_TRAFFIC, Label.SERVER_TRAFFIC)


class TestTls13:
    def test_every_reader_in_its_time(self) -> None:
        protection = Protection(ring_of(*ALL_13))
        protection.client_hello(hello())
        assert None not in protection.server_hello(answer(0x1301, tls13=True))
        for side in Side:
            assert not protection.in_application_phase(side)
            assert protection.after_finished(side) is not None
            assert protection.in_application_phase(side)
            assert protection.after_key_update(side) is not None
        assert protection.trouble is None

    @pytest.mark.parametrize(
        ("labels", "trouble"),
        [
            ((), Sealed.FOREIGN),
            ((Label.SERVER_HANDSHAKE,), Sealed.PARTIAL),
            ((Label.CLIENT_RANDOM,), Sealed.PARTIAL),
        ],
    )
    def test_no_secret_of_the_client(self, labels: tuple[Label, ...], trouble: Sealed) -> None:
        protection = Protection(ring_of(*labels))
        protection.client_hello(hello())
        assert protection.server_hello(answer(0x1301, tls13=True))[0] is None
        protection.after_finished(Side.CLIENT)
        assert protection.trouble is trouble

    def test_without_a_client_hello_nobody_can_tell_whose_secrets_they_are(self) -> None:
        protection = Protection(ring_of(*ALL_13))
        assert protection.server_hello(answer(0x1301, tls13=True)) == (None, None)
        assert protection.trouble is Sealed.UNNAMED

    def test_an_unknown_suite(self) -> None:
        assert greeted(ring_of(*ALL_13), suite=0x1399).trouble is Sealed.UNSUPPORTED

    def test_finished_is_under_the_secret_in_force(self) -> None:
        protection = greeted(ring_of(*ALL_13))
        before = protection.finished13(Side.CLIENT, bytes(32))
        protection.after_finished(Side.CLIENT)
        after = protection.finished13(Side.CLIENT, bytes(32))
        protection.after_key_update(Side.CLIENT)
        assert len({before, after, protection.finished13(Side.CLIENT, bytes(32))}) == 3

    def test_a_key_update_of_nothing(self) -> None:
        assert greeted(ring_of()).after_key_update(Side.CLIENT) is None


class TestBeforeTls13:
    def test_one_master_secret_for_both(self) -> None:
        protection = Protection(ring_of(Label.CLIENT_RANDOM))
        protection.client_hello(hello())
        assert protection.server_hello(answer()) == (None, None)
        readers = [protection.change_cipher_spec(side) for side in Side]
        assert None not in readers
        assert readers[0] is not readers[1]

    @pytest.mark.parametrize(("labels", "trouble"), [((), Sealed.FOREIGN), ((Label.CLIENT_HANDSHAKE,), Sealed.PARTIAL)])
    def test_no_master_secret(self, labels: tuple[Label, ...], trouble: Sealed) -> None:
        protection = Protection(ring_of(*labels))
        protection.client_hello(hello())
        protection.server_hello(answer())
        assert protection.change_cipher_spec(Side.CLIENT) is None
        assert protection.trouble is trouble

    @pytest.mark.parametrize("suite", [0xC03C, 0x0009, 0x0000])
    def test_a_suite_that_cannot_be_read(self, suite: int) -> None:
        protection = Protection(ring_of(Label.CLIENT_RANDOM))
        protection.client_hello(hello())
        protection.server_hello(answer(suite))
        assert protection.change_cipher_spec(Side.CLIENT) is None
        assert protection.trouble is Sealed.UNSUPPORTED

    def test_a_second_server_hello_without_its_client_hello(self) -> None:
        """A gap hid it: the first hello's random is not that of the second handshake."""
        protection = Protection(ring_of(Label.CLIENT_RANDOM))
        protection.client_hello(hello())
        protection.server_hello(answer())
        protection.change_cipher_spec(Side.CLIENT)
        protection.server_hello(answer())
        assert protection.change_cipher_spec(Side.SERVER) is None
        assert protection.trouble is Sealed.UNNAMED

    def test_finished(self) -> None:
        protection = Protection(ring_of(Label.CLIENT_RANDOM))
        protection.client_hello(hello())
        protection.server_hello(answer())
        assert protection.finished12(Side.CLIENT, b"messages") is None
        protection.change_cipher_spec(Side.CLIENT)
        digest = transcript_hash(TLS_1_2, "sha256", b"messages")
        expected = prf(TLS_1_2, "sha256", MASTER, b"client finished", digest, 12)
        assert protection.finished12(Side.CLIENT, b"messages") == expected


class TestResumption:
    """The first connection's secret is logged; the second one has another random."""

    @pytest.fixture
    def ring(self) -> KeyRing:
        ring = ring_of(Label.CLIENT_RANDOM)
        first = Protection(ring)
        first.client_hello(hello())
        first.server_hello(answer(session_id=b"session"))
        first.change_cipher_spec(Side.SERVER)
        first.new_ticket(b"ticket" * 1_000)
        return ring

    def _second(self, ring: KeyRing, *extensions: bytes, session_id: bytes, echo: bytes) -> Protection:
        second = Protection(ring)
        message = bytearray(client_hello(b"".join(extensions), session_id=session_id))
        message[2:34] = bytes(32)
        second.client_hello(parse_client_hello(bytes(message)))
        second.server_hello(answer(session_id=echo))
        return second

    def test_by_session_id(self, ring: KeyRing) -> None:
        assert self._second(ring, session_id=b"session", echo=b"session").change_cipher_spec(Side.SERVER) is not None

    def test_by_ticket(self, ring: KeyRing) -> None:
        second = self._second(ring, extension(35, b"ticket" * 1_000), session_id=b"x", echo=b"x")
        assert second.change_cipher_spec(Side.SERVER) is not None

    def test_what_was_offered_and_refused_lends_no_secret(self, ring: KeyRing) -> None:
        """Keys are exchanged anew: the old secret would only be wrong, and said to be."""
        second = self._second(ring, extension(35, b"ticket" * 1_000), session_id=b"session", echo=b"session")
        second.key_exchange(vector(1, b"point"), None)
        assert second.change_cipher_spec(Side.CLIENT) is None
        assert second.trouble is Sealed.FOREIGN

    def test_unknown_sessions(self, ring: KeyRing) -> None:
        second = self._second(ring, session_id=b"another", echo=b"another")
        assert second.change_cipher_spec(Side.SERVER) is None

    def test_the_latest_sessions_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MAX_SESSIONS", 3)
        ring = KeyRing()
        for number in range(5):
            ring.remember(bytes((number,)) * 60_000, MASTER)
        kept = [number for number in range(5) if ring.master_of(bytes((number,)) * 60_000)]
        assert kept == [2, 3, 4]
        assert ring.master_of(b"") is None


def test_a_secret_that_no_log_names_is_one_of_this_connection() -> None:
    ring = ring_of(Label.CLIENT_RANDOM)
    ring.found(RANDOM, b"derived")
    ring.found(bytes(32), MASTER)
    logged = f"CLIENT_RANDOM {RANDOM.hex()} {MASTER.hex()}\n".encode()
    assert ring.lines_of(RANDOM) == logged
    assert ring.lines_of(bytes(32)) == f"CLIENT_RANDOM {bytes(32).hex()} {MASTER.hex()}\n".encode()
    assert ring.lines_of(b"another") == b""


def test_secrets_that_were_found_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SESSIONS", 2)
    ring = KeyRing()
    for number in range(3):
        ring.found(bytes((number,)), MASTER)
    assert [bool(ring.lines_of(bytes((number,)))) for number in range(3)] == [False, True, True]
