"""Sent, not sent, or not to be seen: one table of situations, and one of outcomes."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from analyzer.model import Outcome, Reason, Unseen, Visibility, certificate_status, request_status
from tests.model.scene import (
    APPLICATION,
    CHANGED,
    CLIENT,
    CLIENT_CERTIFICATE,
    ENCRYPTED_ALERT,
    NO_CERTIFICATE,
    NOT_ASKING,
    REFUSED,
    REQUEST,
    SERVER,
    SERVER_CERTIFICATE,
    VERIFY,
    Scene,
    completed,
    greeted,
)
from tests.tls import shapes
from tests.tls.shapes import (
    CHANGE_CIPHER_SPEC,
    CLIENT_HELLO,
    DATA,
    DONE,
    HELLO_RETRY,
    KEY_EXCHANGE,
    SERVER_HELLO,
    SERVER_HELLO_13,
    alert,
    extension,
    handshake,
    message,
    numbers,
    record,
    vector,
)

OPAQUE = record(DATA, b"e" * 200)
PSK_HELLO = handshake(2, shapes.server_hello(shapes.selected_version(0x0304) + extension(41, numbers(0)), suite=0x1301))
BROKEN_HELLO = handshake(2, shapes.server_hello()[:36])
DRAFT_HELLO = handshake(2, numbers(0x7F12) + bytes(32) + numbers(0x1301) + vector(2, extension(51, b"share")))


class Facts(NamedTuple):
    """``yes``, ``no`` and ``unknown`` for the request; ``sent``, ``empty``, ``absent``, ``unknown`` for the answers."""

    request: str
    certificate: str
    verify: str = "unknown"
    server_certificate: str = "sent"


def facts(scene: Scene) -> Facts:
    handshake = scene.handshake
    verify = handshake.certificate_verify
    return Facts(
        {True: "yes", False: "no", None: "unknown"}[request_status(handshake.certificate_request)],
        certificate_status(handshake.client_certificate),
        ("absent" if verify.absent else "unknown") if isinstance(verify, Unseen) else "sent",
        certificate_status(handshake.server_certificate),
    )


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        pytest.param(completed(), Facts("yes", "sent", "sent"), id="all of it"),
        pytest.param(completed(asking=False), Facts("no", "absent", "absent"), id="never asked"),
        pytest.param(
            greeted().client(NO_CERTIFICATE, KEY_EXCHANGE, CHANGED), Facts("yes", "empty", "absent"), id="empty answer"
        ),
        pytest.param(greeted().client(KEY_EXCHANGE, CHANGED), Facts("yes", "absent", "absent"), id="no answer"),
        pytest.param(
            greeted().client(CLIENT_CERTIFICATE, KEY_EXCHANGE, CHANGED), Facts("yes", "sent", "absent"), id="no proof"
        ),
        pytest.param(greeted().client(CLIENT_CERTIFICATE), Facts("yes", "sent"), id="ends after the certificate"),
        pytest.param(greeted(), Facts("yes", "unknown"), id="ends after the request"),
        pytest.param(greeted(NOT_ASKING), Facts("no", "absent", "absent"), id="ends after ServerHelloDone"),
        pytest.param(
            greeted(SERVER_HELLO),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="ends with ServerHello",
        ),
        pytest.param(
            Scene().client(CLIENT_HELLO),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="ends after ClientHello",
        ),
        pytest.param(
            Scene().client(CLIENT_HELLO).fin(SERVER, CLIENT),
            Facts("no", "absent", "absent", "absent"),
            id="closed after ClientHello",
        ),
        pytest.param(
            Scene().client(CLIENT_HELLO).server(alert(2, 70)).fin(SERVER, CLIENT),
            Facts("no", "absent", "absent", "absent"),
            id="refused after ClientHello",
        ),
        pytest.param(
            Scene().client(CLIENT_HELLO).server(alert(2, 70)),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="refused after ClientHello, no end",
        ),
        pytest.param(greeted().fin(CLIENT, SERVER), Facts("yes", "absent", "absent"), id="client closed when asked"),
        pytest.param(greeted().rst(CLIENT), Facts("yes", "absent", "absent"), id="client reset when asked"),
        pytest.param(greeted().rst(SERVER), Facts("yes", "absent", "absent"), id="server reset"),
        pytest.param(
            greeted().rst(SERVER, acknowledges=False), Facts("yes", "unknown"), id="reset answers what was not captured"
        ),
        pytest.param(greeted().fin(SERVER), Facts("yes", "unknown"), id="server closed, client still open"),
        # one side only
        pytest.param(greeted(hidden=CLIENT), Facts("yes", "unknown"), id="server alone, asking"),
        pytest.param(greeted(NOT_ASKING, hidden=CLIENT), Facts("no", "absent", "absent"), id="server alone"),
        pytest.param(
            Scene(hidden=SERVER).client(CLIENT_HELLO).client(CLIENT_CERTIFICATE, KEY_EXCHANGE, VERIFY, CHANGED),
            Facts("unknown", "sent", "sent", "unknown"),
            id="client alone, answering",
        ),
        pytest.param(
            Scene(hidden=SERVER).client(CLIENT_HELLO).client(KEY_EXCHANGE, CHANGED),
            Facts("unknown", "absent", "absent", "unknown"),
            id="client alone",
        ),
        pytest.param(
            Scene(hidden=SERVER).client(CLIENT_HELLO, CHANGE_CIPHER_SPEC),
            Facts("unknown", "unknown", "unknown", "unknown"),
            id="client alone, perhaps TLS 1.3",
        ),
        pytest.param(
            Scene(hidden=SERVER).client(CLIENT_HELLO, CHANGE_CIPHER_SPEC, OPAQUE).fin(CLIENT),
            Facts("unknown", "unknown", "unknown", "unknown"),
            id="client alone, surely TLS 1.3",
        ),
        # lost bytes
        pytest.param(
            greeted(SERVER_HELLO).lose(SERVER, SERVER_CERTIFICATE, REQUEST).server(DONE),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="the request may be lost",
        ),
        pytest.param(
            greeted(SERVER_HELLO + SERVER_CERTIFICATE[:50])
            .lose(SERVER, 100)
            .server(SERVER_CERTIFICATE[150:], REQUEST, DONE),
            Facts("yes", "unknown", server_certificate="unknown"),
            id="part of the server's certificate is lost",
        ),
        pytest.param(
            greeted(SERVER_HELLO + SERVER_CERTIFICATE[:50]).lose(SERVER, 100).server(SERVER_CERTIFICATE[150:], DONE),
            Facts("no", "absent", "absent", "unknown"),
            id="part of the server's certificate is lost, and no request",
        ),
        pytest.param(
            greeted(NOT_ASKING).client(KEY_EXCHANGE, CHANGED).lose(SERVER, CHANGED).server(APPLICATION, APPLICATION),
            Facts("no", "absent", "absent"),
            id="lost after ServerHelloDone",
        ),
        pytest.param(
            greeted().client(CLIENT_CERTIFICATE[:60]).lose(CLIENT, 200).client(CLIENT_CERTIFICATE[260:], KEY_EXCHANGE),
            Facts("yes", "unknown"),
            id="part of the client's certificate is lost",
        ),
        pytest.param(
            greeted(NOT_ASKING).client(CLIENT_CERTIFICATE[:60]).lose(CLIENT, 9).client(CLIENT_CERTIFICATE[69:]),
            Facts("no", "unknown"),
            id="part of a certificate that was not asked for is lost",
        ),
        pytest.param(
            greeted().lose(CLIENT, CLIENT_CERTIFICATE, KEY_EXCHANGE, VERIFY).client(CHANGED, APPLICATION),
            Facts("yes", "unknown"),
            id="the client's answer is lost",
        ),
        pytest.param(
            greeted().client(KEY_EXCHANGE).lose(CLIENT, CHANGED).client(APPLICATION, APPLICATION),
            Facts("yes", "absent", "absent"),
            id="lost after ClientKeyExchange",
        ),
        pytest.param(
            greeted().lose(CLIENT, CLIENT_CERTIFICATE, KEY_EXCHANGE).fin(CLIENT, SERVER),
            Facts("yes", "unknown"),
            id="the answer is lost before the FIN",
        ),
        pytest.param(
            greeted().lose(CLIENT, CLIENT_CERTIFICATE, KEY_EXCHANGE).rst(CLIENT),
            Facts("yes", "unknown"),
            id="the answer is lost before the reset",
        ),
        pytest.param(
            greeted(SERVER_HELLO).cut(SERVER, SERVER_CERTIFICATE, 40).server(DONE),
            Facts("no", "absent", "absent", "unknown"),
            id="the snap length cut the server's certificate",
        ),
        pytest.param(
            greeted(SERVER_HELLO).cut(SERVER, SERVER_CERTIFICATE + REQUEST, 40).server(DONE),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="the snap length cut off the request",
        ),
        # the start is missing
        pytest.param(
            greeted(NOT_ASKING, syn=False).client(KEY_EXCHANGE, CHANGED).server(CHANGED).fin(CLIENT, SERVER),
            Facts("no", "absent", "absent"),
            id="no SYN, but both hellos",
        ),
        pytest.param(
            greeted(syn=False).lose(CLIENT, CLIENT_CERTIFICATE).fin(CLIENT, SERVER),
            Facts("yes", "unknown"),
            id="no SYN, and bytes lost before the FIN",
        ),
        pytest.param(
            Scene(syn=False).client(CHANGED, APPLICATION).server(CHANGED, APPLICATION).fin(CLIENT, SERVER),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="begins in the middle",
        ),
        pytest.param(
            Scene(syn=False).server(SERVER_CERTIFICATE[100:], DONE).client(KEY_EXCHANGE, CHANGED),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="begins inside the server's flight",
        ),
        # TLS 1.3
        pytest.param(
            greeted(SERVER_HELLO_13 + CHANGE_CIPHER_SPEC + OPAQUE)
            .client(CHANGE_CIPHER_SPEC, OPAQUE)
            .fin(CLIENT, SERVER),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="TLS 1.3",
        ),
        pytest.param(
            greeted(PSK_HELLO + OPAQUE).client(OPAQUE),
            Facts("no", "absent", "absent", "absent"),
            id="TLS 1.3, resumed",
        ),
        pytest.param(
            greeted(HELLO_RETRY + CHANGE_CIPHER_SPEC).client(CHANGE_CIPHER_SPEC),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="ends after HelloRetryRequest",
        ),
        pytest.param(
            greeted(DRAFT_HELLO + OPAQUE).client(OPAQUE).fin(CLIENT, SERVER),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="a draft of TLS 1.3",
        ),
        # damage
        pytest.param(
            greeted(BROKEN_HELLO + CHANGE_CIPHER_SPEC + OPAQUE).client(CHANGE_CIPHER_SPEC, OPAQUE).fin(CLIENT, SERVER),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="ServerHello cannot be read",
        ),
        pytest.param(
            greeted(BROKEN_HELLO + CHANGE_CIPHER_SPEC),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="ServerHello cannot be read, and the capture ends",
        ),
        pytest.param(
            Scene().client(CLIENT_HELLO).lose(SERVER, SERVER_HELLO_13).server(OPAQUE, OPAQUE).fin(SERVER, CLIENT),
            Facts("unknown", "unknown", server_certificate="unknown"),
            id="ServerHello is lost",
        ),
        pytest.param(
            greeted(SERVER_HELLO + SERVER_CERTIFICATE + handshake(13, b"\x50") + DONE).client(KEY_EXCHANGE, CHANGED),
            Facts("unknown", "absent", "absent"),
            id="the request cannot be read",
        ),
        pytest.param(
            greeted().client(handshake(11, b"\0\0\x50short"), KEY_EXCHANGE, CHANGED),
            Facts("yes", "unknown", "absent"),
            id="the client's certificate cannot be read",
        ),
        pytest.param(
            greeted(NOT_ASKING).client(handshake(11, b"\0\0\x50short"), KEY_EXCHANGE, CHANGED),
            Facts("no", "unknown", "absent"),
            id="nor one that was not asked for",
        ),
        pytest.param(
            greeted().server(b"garbage, not records").client(CLIENT_CERTIFICATE, KEY_EXCHANGE, VERIFY, CHANGED),
            Facts("yes", "sent", "sent"),
            id="garbage after the server's flight",
        ),
        # abbreviated handshakes
        pytest.param(
            greeted(SERVER_HELLO + CHANGED).client(CHANGED), Facts("no", "absent", "absent", "absent"), id="resumed"
        ),
    ],
)
def test_absent_and_unknown(scene: Scene, expected: Facts) -> None:
    assert facts(scene) == expected


@pytest.mark.parametrize(
    ("scene", "why"),
    [
        (greeted(hidden=CLIENT), "not captured: no packet from the client is in the capture"),
        (greeted(), "not captured: the capture ends before that point"),
        (greeted().fin(CLIENT, SERVER), "not sent"),
        (greeted(SERVER_HELLO_13 + OPAQUE), "not captured: the capture ends before that point"),
        (greeted(SERVER_HELLO_13 + OPAQUE).client(OPAQUE), "encrypted: TLS 1.3 encrypts everything after ServerHello"),
        (
            greeted().lose(CLIENT, 500).client(CHANGED, APPLICATION),
            "not captured: bytes of the client are missing from the capture before packet 5",
        ),
        (
            greeted().client(CLIENT_CERTIFICATE[:60]).lose(CLIENT, 9).client(CLIENT_CERTIFICATE[69:]),
            "not captured: part of it is missing from the capture before packet 6",
        ),
        (
            greeted().client(handshake(11, b"\0\0\x50short")),
            "malformed: certificate_list: 80 bytes announced, 5 left",
        ),
        (
            Scene(syn=False).server(REQUEST, DONE).client(b"rest of it", CHANGED),
            "not captured: the capture begins in the middle of what the client sent",
        ),
        (
            greeted(BROKEN_HELLO + OPAQUE).client(OPAQUE),
            "encrypted: without a ServerHello that can be read, records may hold anything",
        ),
    ],
)
def test_why_the_clients_certificate_is_unseen(scene: Scene, why: str) -> None:
    assert str(scene.handshake.client_certificate) == why


@pytest.mark.parametrize(
    ("scene", "outcome"),
    [
        pytest.param(completed(), Outcome.COMPLETED, id="both Finished"),
        pytest.param(completed().fin(SERVER, CLIENT), Outcome.COMPLETED, id="both Finished, then closed"),
        pytest.param(
            completed().server(ENCRYPTED_ALERT).fin(SERVER, CLIENT),
            Outcome.COMPLETED,
            id="an encrypted alert",
        ),
        pytest.param(
            greeted(SERVER_HELLO + CHANGED).client(CHANGED), Outcome.COMPLETED, id="resumed, server's Finished first"
        ),
        pytest.param(
            greeted().client(CLIENT_CERTIFICATE, KEY_EXCHANGE, VERIFY, CHANGED).server(REFUSED).fin(SERVER, CLIENT),
            Outcome.FAILED_BY_SERVER,
            id="fatal alert of the server",
        ),
        pytest.param(greeted().client(alert(2, 46)), Outcome.FAILED_BY_CLIENT, id="fatal alert of the client"),
        pytest.param(
            greeted().server(alert(1, 112)).client(KEY_EXCHANGE, CHANGED), Outcome.UNDETERMINED, id="only a warning"
        ),
        pytest.param(
            Scene().client(CLIENT_HELLO).server(alert(2, 70)), Outcome.FAILED_BY_SERVER, id="no version in common"
        ),
        pytest.param(
            greeted(SERVER_HELLO_13 + OPAQUE).client(alert(2, 48)), Outcome.FAILED_BY_CLIENT, id="TLS 1.3 in the clear"
        ),
        pytest.param(greeted().fin(CLIENT, SERVER), Outcome.ABORTED, id="FIN"),
        pytest.param(greeted().rst(CLIENT), Outcome.ABORTED, id="RST"),
        pytest.param(greeted().fin(CLIENT), Outcome.ABORTED, id="FIN of one side"),
        pytest.param(Scene().client(CLIENT_HELLO).rst(SERVER), Outcome.ABORTED, id="RST instead of ServerHello"),
        pytest.param(
            greeted().fin(CLIENT).server(alert(2, 50)).fin(SERVER), Outcome.ABORTED, id="the alert answers the close"
        ),
        pytest.param(
            greeted().fin(CLIENT).server(REFUSED).fin(SERVER),
            Outcome.FAILED_BY_SERVER,
            id="after a close, but of a certificate",
        ),
        pytest.param(
            greeted().server(alert(2, 40)).fin(CLIENT, SERVER),
            Outcome.FAILED_BY_SERVER,
            id="closed for the alert",
        ),
        pytest.param(
            greeted().fin(SERVER).client(alert(1, 0)).fin(CLIENT), Outcome.ABORTED, id="close_notify answers the close"
        ),
        pytest.param(greeted(), Outcome.UNDETERMINED, id="capture ends"),
        pytest.param(greeted().client(KEY_EXCHANGE, CHANGED), Outcome.UNDETERMINED, id="capture ends before Finished"),
        pytest.param(greeted(hidden=CLIENT).fin(SERVER), Outcome.UNDETERMINED, id="one side only"),
        pytest.param(
            greeted().client(CLIENT_CERTIFICATE, KEY_EXCHANGE, CHANGED).lose(SERVER, 300).fin(SERVER, CLIENT),
            Outcome.UNDETERMINED,
            id="the server's end is lost",
        ),
        pytest.param(
            greeted().client(CLIENT_CERTIFICATE, KEY_EXCHANGE, CHANGED).lose(SERVER, 7).rst(SERVER),
            Outcome.UNDETERMINED,
            id="the server's alert is lost before its reset",
        ),
        pytest.param(
            greeted()
            .client(KEY_EXCHANGE, CHANGED, APPLICATION)
            .lose(SERVER, CHANGED)
            .server(APPLICATION, APPLICATION)
            .fin(SERVER, CLIENT),
            Outcome.COMPLETED,
            id="Finished is lost, but both sent data",
        ),
        pytest.param(
            greeted(SERVER_HELLO_13 + OPAQUE).client(OPAQUE).fin(SERVER, CLIENT),
            Outcome.UNDETERMINED,
            id="TLS 1.3 after the client's flight",
        ),
        pytest.param(
            greeted(SERVER_HELLO_13 + OPAQUE).fin(CLIENT, SERVER),
            Outcome.ABORTED,
            id="TLS 1.3, no client flight",
        ),
        pytest.param(
            Scene(syn=False).client(OPAQUE, OPAQUE).server(OPAQUE, OPAQUE).fin(CLIENT, SERVER),
            Outcome.UNDETERMINED,
            id="begins in the middle",
        ),
        pytest.param(
            greeted(syn=False).client(NO_CERTIFICATE, KEY_EXCHANGE, CHANGED).fin(SERVER, CLIENT),
            Outcome.ABORTED,
            id="no SYN, but seen from the hello to the end",
        ),
    ],
)
def test_outcome(scene: Scene, outcome: Outcome) -> None:
    assert scene.handshake.outcome is outcome


@pytest.mark.parametrize(
    ("description", "answers"), [(0, True), (10, True), (40, True), (50, True), (80, True), (42, False), (48, False)]
)
def test_alerts_that_answer_a_close(description: int, answers: bool) -> None:
    alerts = greeted().fin(CLIENT).server(alert(2, description)).fin(SERVER).handshake.alerts
    assert [one.after_close for one in alerts] == [answers]


def test_an_alert_before_the_close_answers_nothing() -> None:
    handshake = greeted().server(alert(2, 40)).fin(CLIENT, SERVER).handshake
    assert [one.after_close for one in handshake.alerts] == [False]
    refusal = handshake.fatal_alert(SERVER)
    assert refusal is not None
    assert refusal.description == 40
    assert handshake.fatal_alert(CLIENT) is None


# -- resumption


@pytest.mark.parametrize(
    ("scene", "resumed"),
    [
        pytest.param(completed(), False, id="full"),
        pytest.param(greeted(SERVER_HELLO + CHANGED), True, id="session id"),
        pytest.param(
            greeted(SERVER_HELLO + handshake(4, bytes(4) + vector(2, b"ticket")) + CHANGED), True, id="a new ticket"
        ),
        pytest.param(greeted(SERVER_HELLO + DONE), False, id="anonymous"),
        pytest.param(greeted(SERVER_HELLO_13 + OPAQUE), False, id="TLS 1.3"),
        pytest.param(greeted(PSK_HELLO + OPAQUE), True, id="TLS 1.3 with a PSK"),
        pytest.param(greeted(SERVER_HELLO), None, id="capture ends"),
        pytest.param(greeted(SERVER_HELLO).lose(SERVER, 700).server(CHANGED, APPLICATION), None, id="lost bytes"),
        pytest.param(
            greeted(SERVER_HELLO + SERVER_CERTIFICATE[:80]).lose(SERVER, 99).server(SERVER_CERTIFICATE[179:], DONE),
            False,
            id="part of the certificate is lost",
        ),
        pytest.param(Scene().client(CLIENT_HELLO), None, id="no answer"),
    ],
)
def test_resumed(scene: Scene, resumed: bool | None) -> None:
    found = scene.handshake.resumed
    assert (None if isinstance(found, Unseen) else found) is resumed


def test_session_ids_and_tickets_are_only_digests() -> None:
    hello = handshake(1, shapes.client_hello(extension(35, b"ticket" * 40)), 0x0301)
    answer = handshake(2, shapes.server_hello(session_id=b"session"))
    ticket = handshake(4, bytes(4) + vector(2, b"fresh ticket" * 40))
    told = Scene().client(hello).server(answer, ticket, CHANGED).handshake
    assert {len(told.session_id), len(told.offered_ticket), len(told.new_tickets[0])} == {16}
    assert len({told.session_id, told.offered_ticket, *told.new_tickets}) == 3


def test_a_session_id_means_nothing_in_tls_1_3() -> None:
    answer = handshake(2, shapes.server_hello(shapes.selected_version(0x0304), session_id=b"echo"))
    assert Scene().client(CLIENT_HELLO).server(answer, OPAQUE).handshake.session_id == b""


def test_the_first_psk_identity_is_an_offered_ticket() -> None:
    identities = vector(2, vector(2, b"identity") + bytes(4)) + vector(2, vector(1, bytes(32)))
    with_psk = handshake(1, shapes.client_hello(extension(41, identities)), 0x0301)
    with_ticket = handshake(1, shapes.client_hello(extension(35, b"identity")), 0x0301)
    found = [Scene().client(hello).handshake.offered_ticket for hello in (with_psk, with_ticket)]
    assert found[0] == found[1] != b""


# -- the rest


def test_ssl3_no_certificate_is_an_empty_answer() -> None:
    hello = handshake(2, shapes.server_hello(None, version=0x0300), 0x0300)
    request = handshake(13, shapes.certificate_request(schemes=None), 0x0300)
    scene = Scene().client(CLIENT_HELLO).server(hello, SERVER_CERTIFICATE, request, DONE)
    chain = scene.client(record(21, b"\x01\x29", 0x0300), KEY_EXCHANGE, CHANGED).handshake.client_certificate
    assert not isinstance(chain, Unseen)
    assert chain.empty
    assert chain.ssl3_no_certificate


def test_no_certificate_is_an_alert_like_any_other_in_tls() -> None:
    assert facts(greeted().client(alert(1, 41), KEY_EXCHANGE, CHANGED)).certificate == "absent"


def test_visibility() -> None:
    assert completed().handshake.visibility is Visibility.CLEAR
    assert greeted(SERVER_HELLO_13 + OPAQUE).handshake.visibility is Visibility.ENCRYPTED
    middle = Scene(syn=False).client(OPAQUE, OPAQUE).server(OPAQUE, OPAQUE)
    assert middle.handshake.visibility is Visibility.ENCRYPTED


def test_facts_of_the_encrypted_part() -> None:
    told = completed().client(APPLICATION).server(APPLICATION).handshake
    assert (told.client_finished, told.server_finished) == (5, 6)
    assert (told.client_data, told.server_data) == (7, 8)
    assert told.client_key_exchange == 5
    hidden = greeted(SERVER_HELLO_13 + OPAQUE).client(OPAQUE).handshake
    for fact in (hidden.client_finished, hidden.server_finished, hidden.client_data, hidden.server_data):
        assert isinstance(fact, Unseen)
        assert fact.why is Reason.ENCRYPTED


def test_version_cipher_suite_and_retry() -> None:
    told = greeted(SERVER_HELLO_13 + OPAQUE).handshake
    assert (told.version, told.cipher_suite, told.hello_retry) == (0x0304, 0x1301, False)
    scene = greeted(HELLO_RETRY + CHANGE_CIPHER_SPEC).client(CHANGE_CIPHER_SPEC, CLIENT_HELLO)
    retried = scene.server(SERVER_HELLO_13, OPAQUE).client(OPAQUE).connection
    assert len(retried.handshakes) == 1
    assert retried.handshakes[0].hello_retry
    assert retried.handshakes[0].history == "CjiICsdD"
    unanswered = Scene().client(CLIENT_HELLO).handshake
    assert isinstance(unanswered.version, Unseen)


def test_packets_and_times_span_the_handshake() -> None:
    told = completed().handshake
    assert (told.first_packet, told.last_packet) == (3, 6)
    assert (told.started_ns, told.last_ns) == (10**18 + 3, 10**18 + 6)


def test_a_request_over_records_counts_them() -> None:
    body = message(13, shapes.certificate_request(shapes.names(*[b"n" * 90] * 300)))
    flight = b"".join(record(22, body[at : at + 16_384]) for at in range(0, len(body), 16_384))
    request = greeted(SERVER_HELLO + SERVER_CERTIFICATE).server(flight, DONE).handshake.certificate_request
    assert not isinstance(request, Unseen)
    assert (request.records, request.message_bytes, len(request.names)) == (2, len(body), 300)


def test_a_gap_after_finished_hides_whether_there_was_application_data() -> None:
    seen = completed().lose(SERVER, 300).fin(SERVER).handshake
    assert isinstance(seen.server_data, Unseen)
    assert seen.server_data.why is Reason.NOT_CAPTURED


def test_ssl3_no_certificate_before_the_server_hello_was_read() -> None:
    hello = handshake(1, shapes.client_hello(None, version=0x0300), 0x0300)
    chain = Scene().client(hello, record(21, b"\x01\x29", 0x0300), KEY_EXCHANGE, CHANGED).handshake.client_certificate
    assert not isinstance(chain, Unseen)
    assert chain.empty
