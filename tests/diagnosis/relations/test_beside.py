"""Connections that were opened ahead, or used for another name."""

from __future__ import annotations

import pytest

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import NOT_SENT, Endpoint, Reason, Unseen
from tests.diagnosis.relations.logins import SECOND, all_of, good, hello, misdirected, related

UNUSED = {"client_data": NOT_SENT, "server_data": NOT_SENT}


def test_a_connection_that_was_opened_ahead() -> None:
    assert related(good(0, 1, seen=UNUSED), good(SECOND)) == {1: ["unused-beside 2"], 2: []}
    assert related(good(SECOND, 1, seen=UNUSED), good(0)) == {1: ["unused-beside 2"], 2: []}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(good(6 * SECOND), id="too late"),
        pytest.param(good(SECOND, seen=UNUSED), id="unused as well"),
        pytest.param(
            good(SECOND, seen={"client_data": Unseen(Reason.NOT_CAPTURED)}), id="not seen whether it was used"
        ),
        pytest.param(good(SECOND, sni="other.example"), id="another name"),
        pytest.param(good(SECOND, client=Endpoint("10.1.2.8", 5000)), id="another address"),
        pytest.param(good(SECOND, seen={"client_hello": hello(suites=(0xC02F,))}), id="another program"),
    ],
)
def test_not_opened_beside_it(other: ConnectionReport) -> None:
    assert related(good(0, 1, seen=UNUSED), other)[1] == []


def test_a_connection_that_was_used_for_another_name() -> None:
    (one,) = all_of(misdirected(0), good(SECOND, sni="other.example"))[1]
    assert (one.relation, one.connection, one.packet) == ("reused", 2, 8)
    assert one.why.startswith("was made for other.example after this one was refused")
    assert one.why.endswith("there the client sent CN=alice")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(good(6 * SECOND, sni="other.example"), id="too late"),
        pytest.param(good(-SECOND, sni="other.example"), id="earlier"),
        pytest.param(good(SECOND), id="the same name"),
        pytest.param(good(SECOND, sni="other.example", client=Endpoint("10.1.2.8", 5000)), id="another address"),
        pytest.param(good(SECOND, sni="other.example", server=Endpoint("10.9.0.6", 443)), id="another server"),
        pytest.param(
            good(SECOND, sni="other.example", seen={"client_hello": hello(suites=(0xC02F,))}), id="another program"
        ),
    ],
)
def test_not_made_for_the_other_name(other: ConnectionReport) -> None:
    assert not any(one.startswith("reused") for one in related(misdirected(0), other)[1])
