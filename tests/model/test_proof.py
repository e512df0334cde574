"""Possession: which certificate, which signature, which control; with keys made for the test."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from analyzer.model.checked import ProofChecked, SeenEvent
from analyzer.model.proof import check_client_proof, check_server_proof
from analyzer.packets import Side
from analyzer.tls.codepoints import TLS_1_2, TLS_1_3
from analyzer.tls.events import HandshakeMessageReceived, ProofReceived
from analyzer.tls.messages import Certificate, HandshakeMessage
from analyzer.tls.parsing import parse_client_hello, parse_server_hello
from analyzer.x509 import WrongSignature
from tests.tls.shapes import RANDOM, client_hello, numbers, server_hello, vector
from tests.x509.minting import Identity, mint

CLIENT, SERVER = Side.CLIENT, Side.SERVER
ECDSA_SHA256, ECDHE_ECDSA, STATIC_RSA = 0x0403, 0xC02B, 0x009C
SIGNED = b"all handshake messages up to here"
PARAMETERS = b"\x03\x00\x17" + vector(1, b"point")


@pytest.fixture(scope="module")
def issuer() -> Identity:
    return mint("Issuing CA", ca=True)


@pytest.fixture(scope="module")
def alice(issuer: Identity) -> Identity:
    return mint("alice", issuer)


@pytest.fixture(scope="module")
def shop(issuer: Identity) -> Identity:
    return mint("shop.example", issuer)


def sign(identity: Identity, data: bytes) -> bytes:
    assert isinstance(identity.key, ec.EllipticCurvePrivateKey)
    return identity.key.sign(data, ec.ECDSA(hashes.SHA256()))


def sent(side: Side, kind: int, message: HandshakeMessage) -> SeenEvent:
    return HandshakeMessageReceived(side, kind, message, 100, 1, 5, None)


def chain(side: Side, *identities: Identity) -> SeenEvent:
    return sent(side, 11, Certificate(tuple(identity.der for identity in identities)))


def hellos(suite: int = ECDHE_ECDSA) -> list[SeenEvent]:
    return [
        sent(CLIENT, 1, parse_client_hello(client_hello())),
        sent(SERVER, 2, parse_server_hello(server_hello(suite=suite))),
    ]


def key_exchange(identity: Identity, signed: bytes = RANDOM + RANDOM + PARAMETERS) -> bytes:
    return PARAMETERS + numbers(ECDSA_SHA256) + vector(2, sign(identity, signed))


def proof(signature: bytes, side: Side = CLIENT, version: int = TLS_1_2, exchange: bytes = b"") -> ProofReceived:
    return ProofReceived(side, version, ECDSA_SHA256, SIGNED, signature, 8, None, exchange)


def check(events: list[SeenEvent], received: ProofReceived, *, check_all: bool = False) -> ProofChecked:
    checked = check_client_proof(events, received, check_all=check_all)
    assert (checked.sender, checked.packet) == (CLIENT, 8)
    return checked


def test_right(alice: Identity, issuer: Identity) -> None:
    assert check([chain(CLIENT, alice, issuer)], proof(sign(alice, SIGNED))).valid is True


def test_the_last_chain_of_that_side_counts(alice: Identity, shop: Identity) -> None:
    events = [chain(CLIENT, shop), chain(CLIENT, alice), chain(SERVER, shop)]
    assert check(events, proof(sign(alice, SIGNED))).valid is True


def test_wrong_by_another_key_of_the_chain(alice: Identity, issuer: Identity) -> None:
    checked = check([chain(CLIENT, alice, issuer)], proof(sign(issuer, SIGNED)))
    assert checked.valid is False
    assert isinstance(checked.fault, WrongSignature)


@pytest.mark.parametrize("events", [[], [sent(CLIENT, 11, Certificate(()))], [sent(CLIENT, 11, Certificate((b"x",)))]])
def test_without_a_certificate_that_can_be_read_nothing_is_said(events: list[SeenEvent]) -> None:
    checked = check(events, proof(b"signature"))
    assert (checked.valid, checked.fault, checked.key_exchange_control) == (None, None, None)


class TestKeyExchange:
    """Computed where the client's signature is wrong, or when asked for."""

    def _events(self, alice: Identity, shop: Identity) -> list[SeenEvent]:
        return [*hellos(), chain(SERVER, shop), chain(CLIENT, alice)]

    def test_only_where_it_matters(self, alice: Identity, shop: Identity) -> None:
        events, exchange = self._events(alice, shop), key_exchange(shop)
        good, wrong = proof(sign(alice, SIGNED), exchange=exchange), proof(sign(alice, b"other"), exchange=exchange)
        assert check(events, good).key_exchange_control is None
        assert check(events, good, check_all=True).key_exchange_control is True
        assert check(events, wrong).key_exchange_control is True

    def test_it_fails(self, alice: Identity, shop: Identity) -> None:
        for exchange in (key_exchange(alice), key_exchange(shop, b"other randoms" + PARAMETERS)):
            received = proof(sign(alice, b"other"), exchange=exchange)
            assert check(self._events(alice, shop), received).key_exchange_control is False

    @pytest.mark.parametrize("exchange", [b"\x03", PARAMETERS, PARAMETERS + b"\x04\x03\x00\x09short", b""])
    def test_what_cannot_be_read_says_nothing(self, alice: Identity, shop: Identity, exchange: bytes) -> None:
        received = proof(sign(alice, b"other"), exchange=exchange)
        assert check(self._events(alice, shop), received).key_exchange_control is None

    def test_without_hellos_or_certificate_it_says_nothing(self, alice: Identity, shop: Identity) -> None:
        received = proof(sign(alice, b"other"), exchange=key_exchange(shop))
        for events in ([chain(SERVER, shop), chain(CLIENT, alice)], [*hellos(), chain(CLIENT, alice)]):
            assert check(events, received).key_exchange_control is None

    def test_another_kind_of_key_exchange_says_nothing(self, alice: Identity, shop: Identity) -> None:
        events = [*hellos(STATIC_RSA), chain(SERVER, shop), chain(CLIENT, alice)]
        received = proof(sign(alice, b"other"), exchange=key_exchange(shop))
        assert check(events, received).key_exchange_control is None


def test_the_servers_proof_of_tls13(shop: Identity, alice: Identity) -> None:
    right = proof(sign(shop, SIGNED), SERVER, TLS_1_3)
    assert check_server_proof([chain(SERVER, shop), right]) is True
    assert check_server_proof([chain(SERVER, shop), proof(sign(alice, SIGNED), SERVER, TLS_1_3)]) is False
    assert check_server_proof([chain(SERVER, shop), proof(sign(alice, SIGNED), CLIENT, TLS_1_3)]) is None
    assert check_server_proof([right]) is None
