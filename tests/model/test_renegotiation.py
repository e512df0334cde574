"""Renegotiation without keys: the order of the record types, the lengths, and what they leave open."""

from __future__ import annotations

import pytest

from analyzer.model import Confidence
from analyzer.model.inferred import NOTHING, Flight, Inference
from analyzer.model.renegotiation import infer_tls12
from analyzer.tls.codepoints import SSL_3, TLS_1_0
from tests.model.flights import CLIENT, ECDHE_CBC_SHA, ECDHE_CHACHA20, SERVER, Burst, ending, flight12

POSSIBLE, LIKELY = Confidence.POSSIBLE, Confidence.LIKELY
CCS, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23


def handshake(*lengths: int) -> list[tuple[int, int]]:
    return [(HANDSHAKE, length) for length in lengths]


FINISHED: tuple[Burst, ...] = ((CLIENT, handshake(40)), (SERVER, handshake(40)))
REQUEST: Burst = (SERVER, handshake(28))
HELLO: Burst = (CLIENT, handshake(239))
SERVERS: Burst = (SERVER, handshake(113, 921, 139, 117, 28))
ENDS: list[tuple[int, int]] = [(CCS, 25), (HANDSHAKE, 40)]
ASKED: tuple[Burst, ...] = (*FINISHED, REQUEST, HELLO, SERVERS)
ACCEPTED: Burst = (SERVER, ENDS)
REFUSED: Burst = (SERVER, [(ALERT, 26)])


def client(*lengths: int) -> Burst:
    return CLIENT, [*handshake(*lengths), *ENDS]


def told(inference: Inference) -> dict[str, tuple[bool | str, Confidence]]:
    return {name: (inferred.value, inferred.confidence) for name, inferred in inference.inferences()}


def test_sent_and_accepted() -> None:
    inference = infer_tls12(flight12(*ASKED, client(893, 61, 103), ACCEPTED))
    assert told(inference) == {
        "late_request": ("renegotiation", LIKELY),
        "requested": (True, LIKELY),
        "client_certificate": ("sent", LIKELY),
        "certificate_verify": (True, LIKELY),
        "client_key": ("EC P-256", LIKELY),
        "refused": (False, LIKELY),
    }
    assert inference.late_request is not None
    assert "28 = 8 + 4 + 16: a HelloRequest" in inference.late_request.why
    assert inference.packets["late_request"] == (12, 13)
    assert inference.packets["client_certificate"] == (15,)


def test_empty_and_refused() -> None:
    inference = infer_tls12(flight12(*ASKED, client(31, 61), REFUSED))
    assert told(inference) == {
        "late_request": ("renegotiation", LIKELY),
        "requested": (True, LIKELY),
        "client_certificate": ("empty", LIKELY),
        "certificate_verify": (False, LIKELY),
        "refused": (True, LIKELY),
    }
    assert inference.client_certificate is not None
    assert "31 = 8 + 7 + 16, an empty Certificate" in inference.client_certificate.why


def test_not_asked() -> None:
    inference = infer_tls12(flight12(*FINISHED, HELLO, SERVERS, client(61), ACCEPTED))
    assert told(inference)["requested"] == (False, LIKELY)
    assert told(inference)["client_certificate"] == ("absent", LIKELY)
    assert inference.late_request is not None
    assert "no HelloRequest before it" in inference.late_request.why


def test_resumed() -> None:
    bursts = (*FINISHED, REQUEST, HELLO, (SERVER, [*handshake(113), *ENDS]), client())
    assert told(infer_tls12(flight12(*bursts)))["requested"] == (False, LIKELY)


def test_a_chain_that_fills_records() -> None:
    inference = infer_tls12(flight12(*ASKED, client(16408, 893, 61, 288), ACCEPTED))
    assert told(inference)["client_key"] == ("RSA 2048", LIKELY)
    assert told(infer_tls12(flight12(*ASKED, client(893, 16408), ACCEPTED))) == told(
        infer_tls12(flight12(*ASKED, client(893, 900), ACCEPTED))
    )


def test_chacha20_has_no_explicit_nonce() -> None:
    ends = [(CCS, 17), (HANDSHAKE, 32)]
    finished: tuple[Burst, ...] = ((CLIENT, handshake(32)), (SERVER, handshake(32)))
    hello: tuple[Burst, ...] = ((SERVER, handshake(20)), (CLIENT, handshake(179)), (SERVER, handshake(105, 913, 20)))
    inference = infer_tls12(
        flight12(*finished, *hello, (CLIENT, [*handshake(885, 53, 95), *ends]), (SERVER, ends), suite=ECDHE_CHACHA20)
    )
    assert told(inference)["client_key"] == ("EC P-256", LIKELY)


def _cbc(*lengths: int) -> Flight:
    finished: tuple[Burst, ...] = ((CLIENT, handshake(64)), (SERVER, handshake(64)))
    hello: tuple[Burst, ...] = ((SERVER, handshake(48)), (CLIENT, handshake(240)), (SERVER, handshake(128, 944, 48)))
    ends = [(CCS, 48), (HANDSHAKE, 64)]
    return flight12(*finished, *hello, (CLIENT, [*handshake(*lengths), *ends]), (SERVER, ends), suite=ECDHE_CBC_SHA)


def test_cbc_leaves_a_range() -> None:
    sent = infer_tls12(_cbc(912, 80, 128))
    assert told(sent)["client_certificate"] == ("sent", LIKELY)
    assert sent.client_certificate is not None
    assert "860 to 875 bytes" in sent.client_certificate.why
    assert told(sent)["client_key"] == ("EC P-256", POSSIBLE)
    assert told(infer_tls12(_cbc(48, 80)))["client_certificate"] == ("empty", LIKELY)
    assert told(infer_tls12(_cbc(80)))["client_certificate"] == ("absent", POSSIBLE)


def test_one_record_for_several_messages() -> None:
    """NSS and Schannel: an empty Certificate and a ClientKeyExchange together are as exact as one alone."""
    empty = infer_tls12(flight12(*ASKED, client(24 + 7 + 37), ACCEPTED))
    assert told(empty)["client_certificate"] == ("empty", LIKELY)
    sent = infer_tls12(flight12(*ASKED, client(24 + 869 + 70 + 79), ACCEPTED))
    assert told(sent)["client_certificate"] == ("sent", POSSIBLE)
    assert "certificate_verify" not in told(sent)
    rsa = infer_tls12(flight12(*ASKED, client(24 + 262), ACCEPTED))
    assert told(rsa)["client_certificate"] == ("absent", POSSIBLE)  # or a small certificate and more
    assert "client_certificate" not in told(infer_tls12(flight12(*ASKED, client(24 + 200), ACCEPTED)))
    long = infer_tls12(flight12(*ASKED, client(16408, 500), ACCEPTED))
    assert told(long)["client_certificate"] == ("sent", POSSIBLE)


def test_no_certificate_verify() -> None:
    inference = infer_tls12(flight12(*ASKED, client(893, 61), REFUSED))
    assert told(inference)["client_certificate"] == ("sent", LIKELY)
    assert told(inference)["certificate_verify"] == (False, POSSIBLE)
    assert inference.certificate_verify is not None
    assert inference.certificate_verify.alternatives


@pytest.mark.parametrize("lengths", [(893, 61, 103, 50), (893, 61, 55), (893, 55, 103), (60, 61), (60, 61, 103)])
def test_other_flights_say_nothing_of_the_certificate(lengths: tuple[int, ...]) -> None:
    assert set(told(infer_tls12(flight12(*ASKED, client(*lengths), ACCEPTED)))) == {"late_request"}


# -- refusals


def test_the_client_will_not_renegotiate() -> None:
    refuses: Burst = (CLIENT, [(ALERT, 26)])
    inference = infer_tls12(flight12(*FINISHED, REQUEST, refuses, REFUSED))
    assert told(inference) == {
        "late_request": ("renegotiation", LIKELY),
        "client_certificate": ("absent", LIKELY),
        "certificate_verify": (False, LIKELY),
        "client_refused": (True, LIKELY),
        "renegotiation_refused": ("client", LIKELY),
    }
    leaving = infer_tls12(flight12(*FINISHED, REQUEST, refuses, ended=ending(CLIENT)))
    assert told(leaving)["client_refused"] == (True, POSSIBLE)
    assert leaving.client_refused is not None
    assert "close_notify" in leaving.client_refused.alternatives[0]
    after_hello = infer_tls12(flight12(*ASKED, refuses))
    assert told(after_hello)["client_refused"] == (True, LIKELY)
    assert "renegotiation_refused" not in told(after_hello)  # it took part, and then refused something else


def test_the_server_will_not_renegotiate() -> None:
    refused = infer_tls12(flight12(*FINISHED, HELLO, REFUSED, (CLIENT, [(ALERT, 26)])))
    assert told(refused)["renegotiation_refused"] == ("server", LIKELY)
    answered = infer_tls12(flight12(*FINISHED, HELLO, SERVERS, REFUSED))
    assert "renegotiation_refused" not in told(answered)


def test_the_client_never_began() -> None:
    gone = infer_tls12(flight12(*FINISHED, REQUEST, ended=ending(CLIENT)))
    assert told(gone)["client_certificate"] == ("absent", LIKELY)
    assert told(gone)["renegotiation_refused"] == ("client", POSSIBLE)
    assert set(told(infer_tls12(flight12(*FINISHED, REQUEST, ended=ending(None))))) == {"late_request"}
    assert set(told(infer_tls12(flight12(*ASKED, ended=ending(None))))) == {"late_request"}


def test_a_goodbye_is_no_refusal() -> None:
    farewell: Burst = (CLIENT, [(ALERT, 26)])
    assert infer_tls12(flight12(*ASKED, client(893, 61, 103), farewell, REFUSED)).refused is None
    gone = flight12(*ASKED, client(893, 61, 103), REFUSED, ended=ending(CLIENT, packet=15))
    assert infer_tls12(gone).refused is None
    assert infer_tls12(flight12(*ASKED, client(893, 61, 103), ended=ending(None))).refused is None
    assert infer_tls12(flight12(*ASKED, client(61), REFUSED)).refused is None


# -- nothing to say


@pytest.mark.parametrize(
    "flight",
    [
        flight12(),
        flight12(*FINISHED),
        flight12(*FINISHED, (CLIENT, [(DATA, 100)]), (SERVER, [(DATA, 100)])),
        flight12(*FINISHED, (CLIENT, [(ALERT, 26)]), (SERVER, [(ALERT, 26)])),
        flight12(*FINISHED, (SERVER, handshake(200))),
        flight12((CLIENT, handshake(50)), (SERVER, handshake(40)), HELLO),
        flight12((CLIENT, [(ALERT, 26)]), (SERVER, handshake(40))),
        flight12(*ASKED, client(31, 61), whole=(True, False)),
        flight12(*ASKED, client(31, 61), suite=0xFFFF),
    ],
)
def test_no_renegotiation(flight: Flight) -> None:
    assert infer_tls12(flight) == NOTHING


def test_old_versions() -> None:
    finished: tuple[Burst, ...] = ((CLIENT, handshake(48)), (SERVER, handshake(48)))
    flight = flight12(*finished, (SERVER, handshake(32)), suite=ECDHE_CBC_SHA, version=TLS_1_0, ended=ending(None))
    assert told(infer_tls12(flight)) == {"late_request": ("renegotiation", LIKELY)}
    # in SSL 3.0 the Finished is of 40 bytes
    finished = ((CLIENT, handshake(64)), (SERVER, handshake(64)))
    flight = flight12(*finished, (SERVER, handshake(32)), suite=ECDHE_CBC_SHA, version=SSL_3, ended=ending(None))
    assert told(infer_tls12(flight)) == {"late_request": ("renegotiation", LIKELY)}
