"""Which messages a signature or Finished covers, in which order, and what makes a transcript useless."""

from __future__ import annotations

import hashlib

import pytest

from analyzer.packets import Side
from analyzer.tls.transcript import MAX_BYTES, MAX_REQUESTS, SSLV2_HELLO, PostHandshake, Transcript
from tests.tls.shapes import message

CLIENT, SERVER = Side.CLIENT, Side.SERVER
HELLO, ANSWER, EXTENSIONS, CERTIFICATE, KEY = 1, 2, 8, 11, 12
REQUEST, DONE, VERIFY, EXCHANGE, FINISHED = 13, 14, 15, 16, 20

Sent = tuple[Side, int, bytes]

FULL: list[Sent] = [
    (CLIENT, HELLO, b"hello"),
    (SERVER, ANSWER, b"answer"),
    (SERVER, CERTIFICATE, b"server"),
    (SERVER, KEY, b"parameters"),
    (SERVER, REQUEST, b"request"),
    (SERVER, DONE, b""),
    (CLIENT, CERTIFICATE, b"client"),
    (CLIENT, EXCHANGE, b"exchange"),
    (CLIENT, VERIFY, b"signature"),
    (CLIENT, FINISHED, b"client's"),
    (SERVER, FINISHED, b"server's"),
]
TLS13: list[Sent] = [
    (CLIENT, HELLO, b"hello"),
    (SERVER, ANSWER, b"answer"),
    (SERVER, EXTENSIONS, b"extensions"),
    (SERVER, REQUEST, b"request"),
    (SERVER, CERTIFICATE, b"server"),
    (SERVER, VERIFY, b"server's signature"),
    (SERVER, FINISHED, b"server's"),
    (CLIENT, CERTIFICATE, b"client"),
    (CLIENT, VERIFY, b"client's signature"),
    (CLIENT, FINISHED, b"client's"),
]


def heard(sent: list[Sent]) -> Transcript:
    transcript = Transcript()
    for one in sent:
        transcript.add(*one)
    return transcript


def joined(sent: list[Sent]) -> bytes:
    return b"".join(message(kind, body) for _, kind, body in sent)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _servers_last(sent: list[Sent]) -> list[Sent]:
    """The capture tells one side's messages late; each side's own order stays."""
    return [one for one in sent if one[0] is CLIENT] + [one for one in sent if one[0] is SERVER]


@pytest.mark.parametrize("sent", [FULL, _servers_last(FULL), list(reversed(_servers_last(list(reversed(FULL)))))])
def test_tls12_in_any_order_of_delivery(sent: list[Sent]) -> None:
    transcript = heard([one for one in sent if one != FULL[-1]])
    assert transcript.before_client_verify() == joined(FULL[:8])
    assert transcript.up_to_key_exchange() == joined(FULL[:8])
    assert transcript.before_finished(CLIENT) == joined(FULL[:9])
    transcript.add(*FULL[-1])
    assert transcript.before_finished(SERVER) == joined(FULL[:10])
    assert transcript.key_exchange() == b"parameters"


def test_an_sslv2_hello_has_no_header_of_its_own() -> None:
    transcript = heard([(CLIENT, SSLV2_HELLO, b"\x01old"), *FULL[1:]])
    assert transcript.before_finished(CLIENT) == b"\x01old" + joined(FULL[1:9])


def test_an_abbreviated_handshake() -> None:
    """RFC 5246 section 7.3: the server's Finished comes first."""
    hellos: list[Sent] = [FULL[0], FULL[1]]
    transcript = heard([*hellos, (SERVER, FINISHED, b"server's")])
    assert transcript.before_finished(SERVER) == joined(hellos)
    assert transcript.before_finished(CLIENT) is None
    transcript.add(CLIENT, FINISHED, b"client's")
    assert transcript.before_finished(CLIENT) == joined([*hellos, (SERVER, FINISHED, b"server's")])


def test_nothing_is_said_before_what_is_covered_has_come() -> None:
    for count in range(len(FULL) - 2):
        assert heard(FULL[:count]).before_finished(CLIENT) is None
    for count in range(len(TLS13)):
        covered = heard(TLS13[:count])
        assert (covered.hash13("sha256", SERVER, VERIFY) is not None) == (count >= 6)
        assert (covered.hash13("sha256", CLIENT, FINISHED) is not None) == (count >= 10)
        assert covered.seal13("sha256") is None


@pytest.mark.parametrize("sent", [TLS13, _servers_last(TLS13)])
def test_tls13(sent: list[Sent]) -> None:
    transcript = heard(sent)
    for side, kind, count in ((SERVER, VERIFY, 5), (SERVER, FINISHED, 6), (CLIENT, VERIFY, 8), (CLIENT, FINISHED, 9)):
        assert transcript.hash13("sha256", side, kind) == sha256(joined(TLS13[:count]))
    # asked again, and in another order: the hash that grows is no obstacle
    assert transcript.hash13("sha256", SERVER, VERIFY) == sha256(joined(TLS13[:5]))


def test_after_a_hello_retry_request_the_first_hello_is_a_hash() -> None:
    retried: list[Sent] = [(CLIENT, HELLO, b"first"), (SERVER, ANSWER, b"retry"), *TLS13]
    transcript = Transcript()
    transcript.hello_retry = True
    for one in retried:
        transcript.add(*one)
    replaced = message(254, sha256(message(HELLO, b"first")))
    covered = replaced + joined(retried[1:2]) + joined(TLS13[:5])
    assert transcript.hash13("sha256", SERVER, VERIFY) == sha256(covered)


def test_what_is_missing_makes_it_useless() -> None:
    transcript = heard(FULL)
    transcript.lose()
    assert transcript.broken
    assert transcript.before_finished(CLIENT) is None
    assert transcript.before_client_verify() is None
    assert transcript.up_to_key_exchange() is None
    assert transcript.hash13("sha256", SERVER, VERIFY) is None
    assert not transcript.has(CLIENT, HELLO)


def test_without_a_client_hello_it_is_useless() -> None:
    assert heard([(CLIENT, CERTIFICATE, b"client")]).broken


def test_it_does_not_grow_for_ever() -> None:
    transcript = heard(FULL[:1])
    for _ in range(MAX_BYTES // 60_000 + 1):
        transcript.add(SERVER, CERTIFICATE, bytes(60_000))
    assert transcript.broken
    empty = heard(FULL[:1])
    for _ in range(MAX_BYTES // 4 + 1):
        empty.add(SERVER, DONE, b"")
    assert empty.broken


class TestPostHandshake:
    def test_request_and_answer(self) -> None:
        later = heard(TLS13).seal13("sha256")
        assert later is not None
        later.requested(b"context", b"asked")
        answer = [(CERTIFICATE, b"client")]
        expected = sha256(joined(TLS13) + message(REQUEST, b"asked") + message(CERTIFICATE, b"client"))
        assert later.hash(b"context", answer) == expected
        assert later.hash(b"context", answer) == expected
        assert later.hash(b"other", answer) is None

    def test_requests_stand_beside_each_other(self) -> None:
        later = PostHandshake(hashlib.sha256(b"main"))
        later.requested(b"1", b"first")
        later.requested(b"2", b"second")
        assert later.hash(b"1", []) == sha256(b"main" + message(REQUEST, b"first"))
        assert later.hash(b"2", []) == sha256(b"main" + message(REQUEST, b"second"))

    def test_only_the_latest_are_kept(self) -> None:
        later = PostHandshake(hashlib.sha256())
        for number in range(MAX_REQUESTS + 2):
            later.requested(bytes((number,)), bytes(1 << 16))
        kept = [number for number in range(MAX_REQUESTS + 2) if later.hash(bytes((number,)), []) is not None]
        assert kept == list(range(2, MAX_REQUESTS + 2))
