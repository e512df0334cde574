"""Handshakes that end at the ClientHello: what was offered there, and what the capture knows of this client."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pytest

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Case, Confidence, SeenClientHello
from analyzer.model.capture_index import CaptureIndex
from analyzer.packets import Side
from analyzer.rule_api import AlertDescription, UndecidedError
from captures.recorder.truth import load
from tests.rules.test_edges import alert, ask, case_of
from tests.test_truth import CAPTURES, analyse

RESUMPTION = "session-resumption-refused"
PROTOCOL = "no-common-application-protocol"


@cache
def reports() -> tuple[ConnectionReport, ...]:
    folder = CAPTURES / "session-resumption-refused-openssl-openssl"
    return tuple(analyse(folder, load(folder / "truth.toml")).connections)


def resumption(**facts: Any) -> Case:
    """The handshake that offered the session, with other facts."""
    for report in reports():
        handshake = report.connection.handshakes[0]
        if handshake.alerts and handshake.alerts[0].description == AlertDescription.internal_error:
            return Case(msgspec.structs.replace(handshake, **facts), report.connection, report.capture)
    raise AssertionError("nothing was refused")


def test_a_session_that_began_with_the_certificate() -> None:
    found = ask(RESUMPTION, resumption())
    assert found is not None
    assert found.confidence is Confidence.LIKELY
    assert found.values["story"].endswith("with the client's certificate.")


def test_another_session_of_a_client_that_logged_in_before() -> None:
    found = ask(RESUMPTION, resumption(offered_ticket=b"from before the capture"))
    assert found is not None
    assert found.confidence is Confidence.POSSIBLE
    assert found.values["story"].startswith("In connection 2 the same client logged in")


def test_nothing_else_is_known_of_the_client() -> None:
    alone = msgspec.structs.replace(resumption(), capture=CaptureIndex())
    with pytest.raises(UndecidedError, match="neither the session's beginning"):
        ask(RESUMPTION, alone)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(resumption(offered_ticket=b""), id="no session was offered"),
        pytest.param(resumption(alerts=(alert(Side.SERVER, 40, 21),)), id="refused for another reason"),
        pytest.param(resumption(alerts=(alert(Side.CLIENT, 80, 21),)), id="the client failed"),
    ],
)
def test_another_end_at_the_client_hello(case: Case) -> None:
    assert ask(RESUMPTION, case) is None


@pytest.mark.parametrize(
    ("offered", "told"),
    [
        (None, "none at all"),
        (("h2", "http/1.1"), "h2, http/1.1"),
        (tuple(str(number) for number in range(10)), "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"),
    ],
)
def test_the_application_protocols_that_were_offered(offered: tuple[str, ...] | None, told: str) -> None:
    recorded = case_of("no-common-application-protocol-curl-openssl").handshake.client_hello
    assert isinstance(recorded, SeenClientHello)
    extensions = msgspec.structs.replace(recorded.message.extensions, alpn=offered)
    message = msgspec.structs.replace(recorded.message, extensions=extensions)
    hello = msgspec.structs.replace(recorded, message=message)
    found = ask(PROTOCOL, case_of("no-common-application-protocol-curl-openssl", client_hello=hello))
    assert found is not None
    assert found.values["offer"] == told
