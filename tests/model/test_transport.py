"""What an end sent in vain, told from repetitions, holes and acknowledgments; and what only answers a close."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyzer.model import Outcome
from analyzer.model.handshake import Stalled
from analyzer.model.transport import ending_of, sent_again_of, stalled_of
from analyzer.packets import Side
from tests.model.scene import CLIENT, SERVER, greeted
from tests.streams.wire import ACK, FIN, RST, SECOND, Wire
from tests.tls.shapes import alert

LARGE = b"x" * 1448


def opened() -> Wire:
    wire = Wire()
    wire.open()
    wire.send(0, b"h" * 200)
    wire.send(0, b"s" * 100, end=1, acknowledged=200)
    return wire


def sent_again(times: int, *, tail: bytes = b"") -> Wire:
    """Each repetition waits twice as long as the one before."""
    wire = opened()
    wire.send(200, LARGE)
    if tail:
        wire.send(200 + len(LARGE), tail)
    for turn in range(times):
        wire.wait(0.2 * 2**turn)
        wire.send(200, LARGE)
    return wire


def stalled(wire: Wire) -> tuple[Stalled, ...]:
    return stalled_of(wire.connections[0], 0)


def test_what_is_sent_again_and_never_acknowledged_is_stalled() -> None:
    (found,) = stalled(sent_again(4))
    assert (found.sender, found.length, found.times, found.packet) == (Side.CLIENT, 1448, 4, 10)
    assert found.lasted_ns == int(2.8 * SECOND)


def _acknowledged(wire: Wire) -> None:
    wire.send(100, end=1, acknowledged=1648)


def _acknowledged_with_a_close(wire: Wire) -> None:
    wire.send(100, flags=FIN | ACK, end=1, acknowledged=1648)


@pytest.mark.parametrize("arrives", [_acknowledged, _acknowledged_with_a_close])
def test_what_is_acknowledged_in_the_end_is_not(arrives: Callable[[Wire], None]) -> None:
    wire = sent_again(4)
    arrives(wire)
    assert stalled(wire) == ()


def test_a_repetition_or_two_are_not() -> None:
    assert stalled(sent_again(2)) == ()


def test_the_end_of_a_flight_is_sent_again_first_as_a_probe() -> None:
    wire = opened()
    wire.send(200, LARGE)
    wire.send(1648, b"t" * 60)
    wire.send(1648, b"t" * 60)
    for _ in range(3):
        wire.send(200, LARGE)
    assert [(one.length, one.times) for one in stalled(wire)] == [(1448, 3)]


def test_one_byte_is_a_keep_alive() -> None:
    wire = opened()
    wire.send(200, b"x")
    for _ in range(5):
        wire.send(200, b"x")
    assert stalled(wire) == ()


def test_what_was_acknowledged_and_comes_again_is_not_counted() -> None:
    wire = opened()
    for _ in range(5):
        wire.send(0, b"h" * 200)
    assert sent_again_of(wire.connections[0], 0) == (None, None)


def test_a_hole_that_nobody_acknowledged_is_stalled() -> None:
    wire = opened()
    wire.send(1648, b"t" * 60)
    wire.send(100, end=1, acknowledged=200)
    wire.tracker.flush()
    (found,) = stalled(wire)
    assert (found.length, found.times) == (1448, 0)


def test_a_hole_of_the_capture_alone_is_acknowledged() -> None:
    wire = opened()
    wire.send(1648, b"t" * 60)
    wire.send(100, end=1, acknowledged=1708)
    wire.tracker.flush()
    assert stalled(wire) == ()


def test_the_first_reset_and_the_times_of_both_ends() -> None:
    wire = opened()
    wire.send(100, flags=FIN | ACK, end=1)
    wire.wait(1)
    wire.send(101, flags=RST, end=1)
    wire.wait(1)
    wire.send(200, flags=RST)
    ending = ending_of(wire.connections[0], 0)
    assert ending.reset is not None
    assert (ending.reset.sender, ending.reset.packet) == (Side.SERVER, 7)
    assert (ending.server_closed_ns, ending.client_closed_ns) == (wire.now - 2 * SECOND, wire.now)
    assert ending.reset.timestamp_ns == wire.now - SECOND


@pytest.mark.parametrize("description", [10, 40, 50, 80])
def test_an_alert_after_the_other_sides_goodbye_answers_it(description: int) -> None:
    handshake = greeted().server(alert(1, 0)).client(alert(2, description)).fin(SERVER, CLIENT).handshake
    assert handshake.outcome is Outcome.ABORTED
    assert handshake.fatal_alert(CLIENT) is None


def test_an_alert_about_a_certificate_answers_no_goodbye() -> None:
    handshake = greeted().server(alert(1, 0)).client(alert(2, 48)).fin(SERVER, CLIENT).handshake
    assert handshake.outcome is Outcome.FAILED_BY_CLIENT


def test_a_warning_is_no_goodbye() -> None:
    handshake = greeted().server(alert(1, 112)).client(alert(2, 40)).fin(CLIENT, SERVER).handshake
    assert handshake.outcome is Outcome.FAILED_BY_CLIENT
