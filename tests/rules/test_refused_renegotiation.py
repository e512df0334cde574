"""A renegotiation that the client begins and the server refuses: what becomes of the connection then."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.model import Outcome, Phase, Severity, Unseen
from analyzer.model.observed import Reason
from analyzer.model.story import Step, Story
from analyzer.packets import Side
from analyzer.rule_api import Match, UndecidedError
from tests.rules.test_edges import alert, ask, case_of

RULE = "server-refused-renegotiation"
RECORDED = "renegotiation-by-client-refused-openssl-openssl"
REFUSAL = alert(Side.SERVER, 100, 12, level=1)


def answer(**facts: Any) -> Match | None:
    return ask(RULE, case_of(RECORDED, **facts))


def test_the_client_gave_up() -> None:
    found = answer()
    assert found is not None
    assert found.severity is None
    assert found.values["then"] == "The client then ended the connection."
    assert found.values["before"].startswith('The login was over by then: the client had sent "CN=alice')


def test_nobody_had_asked_before() -> None:
    found = ask(RULE, case_of("renegotiation-by-client-refused-never-asked-openssl-openssl"))
    assert found is not None
    assert found.values["before"] == "In the first handshake the server had not asked for a certificate."


def test_the_client_closed_without_a_word() -> None:
    found = answer(alerts=(REFUSAL,), outcome=Outcome.ABORTED)
    assert found is not None
    assert found.severity is None


def test_the_connection_went_on() -> None:
    found = answer(alerts=(REFUSAL,), outcome=Outcome.UNDETERMINED)
    assert found is not None
    assert found.severity is Severity.NOTE
    assert found.values["then"] == "The connection went on."


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"alerts": ()}, id="not refused"),
        pytest.param({"alerts": (alert(Side.SERVER, 40, 12),)}, id="refused for another reason"),
        pytest.param({"alerts": (alert(Side.CLIENT, 100, 12, level=1),)}, id="the client refused"),
        pytest.param({"phase": Phase.INITIAL}, id="the first handshake"),
        pytest.param(
            {"story": Story.of((Step(Side.SERVER, "HelloRequest", 10, None),), "")}, id="the server had begun it"
        ),
    ],
)
def test_not_this(facts: dict[str, Any]) -> None:
    assert answer(**facts) is None


def test_a_hello_that_was_not_seen() -> None:
    with pytest.raises(UndecidedError):
        answer(client_hello=Unseen(Reason.NOT_CAPTURED))


def test_the_first_handshake_is_told_as_what_it_was() -> None:
    found = ask("tls-succeeded", case_of(RECORDED, 0))
    assert found is not None
    assert found.values["how"].startswith("CN=alice,O=Corp was sent and proved, and TLS refused nothing. nginx")
