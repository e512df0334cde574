"""Attempts that were given up, and connections that only look so."""

from __future__ import annotations

import pytest

from analyzer.diagnosis.relations.attempts import CHOOSING_NS, MOMENT_NS, MOST_TOLD
from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import NOT_SENT, Endpoint, Reason, SeenChain, Severity, Unseen
from tests.diagnosis.relations.logins import (
    MS,
    SECOND,
    TLS_1_2,
    TLS_1_3,
    cut_off,
    good,
    hello,
    judged,
    left,
    refused_login,
    related,
    sent,
)
from tests.support.reports import ISSUING, START, certificate

EMPTY = SeenChain((), 7, 8, START)
BOB = certificate("bob", "Issuing CA 1")
ELSEWHERE = Endpoint("10.9.0.6", 443)


def test_a_client_that_left_when_asked_and_came_back() -> None:
    assert related(left(0), good(SECOND)) == {1: ["repeated-by 2"], 2: ["repeats 1"]}


def test_several_at_once() -> None:
    found = related(left(0, 1), left(5 * MS, 2), good(20 * MS, 3))
    assert found == {1: ["repeated-by 3"], 2: ["repeated-by 3"], 3: ["repeats 2", "repeats 1"]}


def test_only_so_many_are_named() -> None:
    found = related(*(left(number * MS, number) for number in range(1, 21)), good(SECOND, 99))
    assert len(found[99]) == MOST_TOLD
    assert found[1] == ["repeated-by 99"]


def test_what_mattered_may_have_failed() -> None:
    found = judged(left(0), refused_login(SECOND, 2))
    assert [report.failed for report in found] == [False, True]


def test_an_attempt_that_was_given_up_is_no_failure() -> None:
    first, second = judged(left(0), good(SECOND))
    assert first.verdict is not None
    assert (first.verdict.rule, first.verdict.severity) == ("client-closed-after-request", Severity.WARNING)
    assert [one.severity for one in first.findings] == [Severity.WARNING]
    assert second.verdict is not None
    assert second.verdict.severity is Severity.NOTE


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(good(CHOOSING_NS + SECOND), id="too late"),
        pytest.param(good(SECOND, server=ELSEWHERE, sni="other.example"), id="another server"),
        pytest.param(good(SECOND, sni="other.example"), id="another name"),
        pytest.param(good(SECOND, client=Endpoint("10.1.2.8", 5000)), id="another address"),
        pytest.param(good(SECOND, seen={"client_hello": hello(suites=(0xC02F,))}), id="another program"),
        pytest.param(good(-SECOND), id="earlier"),
        pytest.param(left(SECOND, 2), id="left as well"),
        pytest.param(
            good(SECOND, seen={"client_certificate": Unseen(Reason.NOT_CAPTURED), "certificate_verify": NOT_SENT}),
            id="not seen whether it answered",
        ),
        pytest.param(good(SECOND, seen={"client_hello": Unseen(Reason.NOT_CAPTURED)}), id="program not seen"),
        pytest.param(good(SECOND, started_ns=None), id="no times"),
    ],
)
def test_not_the_same_login(other: ConnectionReport) -> None:
    first, second = judged(left(0), other)
    assert first.failed
    assert not any("repeat" in one.relation for report in (first, second) for one in report.related)


def test_two_users_behind_one_address() -> None:
    bob = good(2 * SECOND, 3, seen=sent(BOB, ISSUING))
    assert related(left(0), good(SECOND, 2), bob) == {1: ["works 3"], 2: [], 3: []}


def test_a_second_user_whose_certificate_was_not_seen() -> None:
    unseen = {"client_certificate": Unseen(Reason.NOT_CAPTURED), "certificate_verify": NOT_SENT}
    somebody = good(2 * SECOND, 3, seen=unseen)
    assert related(left(0), good(SECOND, 2), somebody) == {1: ["works 2"], 2: [], 3: []}


def test_the_same_user_twice() -> None:
    found = related(left(0), good(SECOND, 2), good(2 * SECOND, 3))
    assert found == {1: ["repeated-by 2"], 2: ["repeats 1"], 3: []}


def test_a_client_that_answered_with_nothing_was_not_given_up() -> None:
    empty = refused_login(0, seen={"client_certificate": EMPTY})
    assert related(empty, good(SECOND)) == {1: ["works 2"], 2: []}


LOWER = {"client_hello": hello(versions=(TLS_1_2,), suites=(0xC02F, 0x00FF, 0x5600))}


def test_a_client_that_was_cut_off_and_offered_less() -> None:
    assert related(cut_off(0), good(SECOND, seen=LOWER)) == {1: ["repeated-by 2"], 2: ["repeats 1"]}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(good(MOMENT_NS + SECOND, seen=LOWER), id="too late"),
        pytest.param(good(SECOND), id="offers the same"),
        pytest.param(good(SECOND, seen=LOWER, sni="other.example"), id="another name"),
        pytest.param(
            good(SECOND, seen={"client_hello": hello(versions=(TLS_1_2,), suites=(0xC030,))}), id="other suites"
        ),
        pytest.param(cut_off(SECOND, 2, **LOWER), id="cut off as well"),
    ],
)
def test_not_a_fallback(other: ConnectionReport) -> None:
    assert related(cut_off(0), other)[1] == []


def test_a_program_that_knows_only_the_newest_version_did_not_fall_back() -> None:
    only_new = cut_off(0, client_hello=hello(versions=(TLS_1_3,)))
    assert related(only_new, good(SECOND, seen=LOWER))[1] == []
