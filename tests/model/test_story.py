"""The letters and the steps of a handshake."""

from __future__ import annotations

import pytest

from analyzer.model.story import Step, Story
from tests.model.scene import (
    APPLICATION,
    CHANGED,
    CLIENT,
    CLIENT_CERTIFICATE,
    ENCRYPTED_ALERT,
    NO_CERTIFICATE,
    NOT_ASKING,
    REFUSED,
    SERVER,
    Scene,
    completed,
    greeted,
)
from tests.tls.shapes import (
    CHANGE_CIPHER_SPEC,
    CLIENT_HELLO,
    DATA,
    HELLO_RETRY,
    KEY_EXCHANGE,
    SERVER_HELLO,
    SERVER_HELLO_13,
    alert,
    handshake,
    record,
)

OPAQUE = record(DATA, b"e" * 200)


@pytest.mark.parametrize(
    ("scene", "letters"),
    [
        (completed(), "CsxrnXGYIi"),
        (completed(asking=False).client(APPLICATION, APPLICATION).server(APPLICATION), "CsxnGIiDd"),
        (greeted().client(NO_CERTIFICATE, KEY_EXCHANGE, CHANGED).server(REFUSED), "CsxrnXGIl"),
        (completed().server(ENCRYPTED_ALERT), "CsxrnXGYIil"),
        (greeted(SERVER_HELLO + CHANGED).client(CHANGED), "CsiI"),
        (greeted(SERVER_HELLO_13 + CHANGE_CIPHER_SPEC + OPAQUE + OPAQUE).client(CHANGE_CIPHER_SPEC, OPAQUE), "CsidID"),
        (greeted(HELLO_RETRY).client(CLIENT_HELLO).server(SERVER_HELLO_13, OPAQUE), "CjCsd"),
        (Scene().client(CLIENT_HELLO).server(alert(1, 112), alert(2, 70)), "Cll"),
        (greeted(NOT_ASKING + handshake(77, b"new")), "Csxnz"),
        (Scene().client(CLIENT_HELLO), "C"),
    ],
)
def test_history(scene: Scene, letters: str) -> None:
    assert scene.handshake.history == letters


def steps(scene: Scene) -> list[str]:
    return [f"{'CS'[step.sender]} {step.what}" for step in scene.handshake.steps]


def test_steps() -> None:
    assert steps(completed().client(APPLICATION, ENCRYPTED_ALERT).fin(CLIENT, SERVER)) == [
        "C ClientHello",
        "S ServerHello",
        "S Certificate",
        "S CertificateRequest",
        "S ServerHelloDone",
        "C Certificate",
        "C ClientKeyExchange",
        "C CertificateVerify",
        "C ChangeCipherSpec",
        "C Finished",
        "S ChangeCipherSpec",
        "S Finished",
        "C application data",
        "C encrypted alert",
        "C FIN",
        "S FIN",
    ]


def test_steps_of_tls_1_3() -> None:
    scene = greeted(HELLO_RETRY).client(CLIENT_HELLO).server(SERVER_HELLO_13, OPAQUE, OPAQUE).client(OPAQUE)
    assert steps(scene) == [
        "C ClientHello",
        "S HelloRetryRequest",
        "C ClientHello",
        "S ServerHello",
        "S encrypted records",
        "C encrypted records",
    ]


def test_a_second_encrypted_handshake_record_is_no_finished() -> None:
    assert steps(completed().server(CHANGED[6:]))[-1] == "S encrypted handshake"


def test_a_gap_has_its_place() -> None:
    scene = greeted().lose(CLIENT, CLIENT_CERTIFICATE).client(KEY_EXCHANGE, CHANGED)
    told = scene.handshake.steps
    gap = next(step for step in told if step.what == "gap")
    assert (gap.sender, gap.length, gap.packet) == (CLIENT, len(CLIENT_CERTIFICATE), 5)


def test_unknown_messages_keep_their_number() -> None:
    assert steps(greeted(NOT_ASKING + handshake(77, b"new")))[-1] == "S message 77"


def test_steps_are_in_the_order_of_the_packets() -> None:
    scene = greeted().fin(SERVER).client(alert(1, 0)).fin(CLIENT)
    assert steps(scene)[-3:] == ["S FIN", "C alert", "C FIN"]


def test_a_known_story() -> None:
    step = Step(SERVER, "alert", 3, None)
    story = Story.of([step], "Cl")
    assert (story.steps, story.history) == ((step,), "Cl")
