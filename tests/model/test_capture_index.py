"""What the rest of the capture knows of sessions, tickets, chains and names."""

from __future__ import annotations

import pytest

from analyzer.model import CaptureIndex, Handshake, SeenChain, certificate_status, request_status
from analyzer.model import capture_index as module
from tests.model.scene import (
    ASKING,
    CHANGED,
    CLIENT_CERTIFICATE,
    NO_CERTIFICATE,
    NOT_ASKING,
    REQUEST,
    SERVER_CERTIFICATE,
    VERIFY,
    Scene,
    greeted,
)
from tests.support.reports import certificate, name
from tests.tls import shapes
from tests.tls.shapes import DONE, KEY_EXCHANGE, extension, handshake, vector


def hello(*, session: bytes = b"", ticket: bytes | None = None) -> bytes:
    extensions = b"" if ticket is None else extension(35, ticket)
    return handshake(1, shapes.client_hello(extensions, session_id=session), 0x0301)


def answer(session: bytes) -> bytes:
    return handshake(2, shapes.server_hello(session_id=session))


def new_ticket(ticket: bytes) -> bytes:
    return handshake(4, bytes(4) + vector(2, ticket))


def full(session: bytes = b"", *tickets: bytes, chain: bytes = CLIENT_CERTIFICATE) -> Handshake:
    """A handshake that makes a session."""
    scene = Scene().client(hello(ticket=b"")).server(answer(session), SERVER_CERTIFICATE, REQUEST, DONE)
    scene.client(chain, KEY_EXCHANGE, VERIFY if chain is CLIENT_CERTIFICATE else b"", CHANGED)
    return scene.server(*map(new_ticket, tickets), CHANGED).handshake


def resumed(session: bytes = b"", ticket: bytes | None = None, *, fresh: bytes = b"") -> Handshake:
    """One that takes it up again."""
    scene = Scene().client(hello(session=session, ticket=ticket))
    scene.server(answer(session or b"random"), new_ticket(fresh) if fresh else b"", CHANGED)
    return scene.client(CHANGED).handshake


def began(index: CaptureIndex, handshake_: Handshake) -> tuple[int, str] | None:
    """The connection in which the session began, and the client's answer there."""
    original = index.original_session(handshake_)
    return None if original is None else (original.connection, original.client_certificate)


def test_a_session_by_its_id() -> None:
    index = CaptureIndex()
    index.learn(3, full(b"session"))
    assert began(index, resumed(b"session")) == (3, "sent")
    assert index.original_session(resumed(b"another")) is None


def test_a_session_by_its_ticket() -> None:
    index = CaptureIndex()
    index.learn(3, full(b"", b"ticket", chain=NO_CERTIFICATE))
    assert began(index, resumed(b"random", b"ticket")) == (3, "empty")


def test_a_session_by_any_of_its_tickets() -> None:
    index = CaptureIndex()
    index.learn(3, full(b"", b"one", b"two", b"three"))
    assert [began(index, resumed(ticket=name)) for name in (b"one", b"three")] == [(3, "sent"), (3, "sent")]


def test_the_original_tells_where_to_look() -> None:
    index = CaptureIndex()
    asked, not_asked = (
        full(b"asked"),
        Scene().client(hello()).server(answer(b"not"), SERVER_CERTIFICATE, DONE).handshake,
    )
    index.learn(1, asked)
    index.learn(2, not_asked)
    originals = [index.original_session(resumed(name)) for name in (b"asked", b"not")]
    assert isinstance(asked.client_certificate, SeenChain)
    assert [one and one.packet for one in originals] == [asked.client_certificate.packet, not_asked.first_packet]


def test_a_resumed_handshake_hands_its_original_on() -> None:
    index = CaptureIndex()
    index.learn(3, full(b"", b"one"))
    index.learn(4, resumed(ticket=b"one", fresh=b"two"))
    index.learn(5, resumed(ticket=b"two", fresh=b"three"))
    assert began(index, resumed(ticket=b"three")) == (3, "sent")


def test_a_resumed_handshake_whose_original_is_not_in_the_capture() -> None:
    index = CaptureIndex()
    index.learn(4, resumed(ticket=b"one", fresh=b"two"))
    assert index.original_session(resumed(ticket=b"two")) is None


def test_a_handshake_of_which_too_little_was_seen_does_not_displace_the_original() -> None:
    index = CaptureIndex()
    index.learn(3, full(b"session"))
    index.learn(4, Scene().client(hello(session=b"session")).server(answer(b"session")).handshake)
    assert began(index, resumed(b"session")) == (3, "sent")


def test_a_session_that_is_made_anew_displaces_the_old_one() -> None:
    index = CaptureIndex()
    index.learn(3, full(b"session"))
    index.learn(4, full(b"session", chain=NO_CERTIFICATE))
    assert began(index, resumed(b"session")) == (4, "empty")


def test_an_empty_session_id_is_no_session() -> None:
    index = CaptureIndex()
    index.learn(3, full(b""))
    assert index.original_session(resumed(b"")) is None


def test_sessions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SESSIONS", 2)
    index = CaptureIndex()
    for number in range(3):
        index.learn(number, full(b"session %d" % number))
    found = [began(index, resumed(b"session %d" % number)) for number in range(3)]
    assert found == [None, (1, "sent"), (2, "sent")]


@pytest.mark.parametrize(
    ("handshake_", "request_", "chain"),
    [
        (greeted(ASKING).handshake, True, "unknown"),
        (greeted(NOT_ASKING).handshake, False, "absent"),
        (Scene().client(hello()).handshake, None, "unknown"),
        (full(), True, "sent"),
        (full(chain=NO_CERTIFICATE), True, "empty"),
    ],
)
def test_statuses(handshake_: Handshake, request_: bool | None, chain: str) -> None:
    assert request_status(handshake_.certificate_request) is request_
    assert certificate_status(handshake_.client_certificate) == chain


def test_chains_tell_the_kind_of_names() -> None:
    index = CaptureIndex()
    leaf, issuing = certificate("server", "Issuing CA"), certificate("Issuing CA", "Root CA", ca=True)
    told = full()
    for server, chain in ((True, SeenChain((leaf, issuing), 9, 1, None)), (False, SeenChain((leaf,), 9, 1, None))):
        index._learn_chain(chain, server=server)
    assert [found.subject for found in index.certificates_for(name("Issuing CA"))] == [name("Issuing CA")]
    assert index.certificates_for(name("Root CA")) == ()
    assert not index.is_trusted(issuing)
    index.learn(1, told)  # its certificates cannot be read, and that is no obstacle
