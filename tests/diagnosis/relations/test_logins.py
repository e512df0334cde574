"""What the index of logins costs, and that it is bounded."""

from __future__ import annotations

import tracemalloc

import pytest

from analyzer.diagnosis.relations import Relations
from analyzer.diagnosis.relations import logins as module
from analyzer.diagnosis.relations.comparison import shape
from analyzer.diagnosis.relations.login import Login, login_of
from analyzer.diagnosis.relations.logins import LOGIN_BYTES, Logins
from analyzer.model import Endpoint
from tests.diagnosis.relations.logins import MS, SECOND, good, left, sent
from tests.support.reports import ISSUING, certificate


def kept(time_ns: int, number: int, user: int = 0) -> Login:
    client = Endpoint(f"10.1.{number >> 8}.{number & 255}", 40_000)
    leaf = certificate(f"user {user}", "Issuing CA 1")
    login = login_of(good(time_ns, number, client=client, seen=sent(leaf, ISSUING)))
    assert login is not None
    return login


def test_only_so_many_are_kept_and_the_oldest_goes_first() -> None:
    logins = Logins(100)
    for number in range(1_000):
        logins.add(kept(number * MS, number), None)
    assert len(logins) == 100
    assert (logins.get(899), logins.get(900) is not None) == (None, True)
    assert len(logins._visits) == 100


def test_what_one_costs(capsys: pytest.CaptureFixture[str]) -> None:
    """The dearest ones: each of another client, with another certificate."""
    most = 2_000
    logins = Logins(most)
    tracemalloc.start()
    try:
        for number in range(most):
            login = kept(number * MS, number, user=number)
            logins.add(login, shape(login))
        cost = tracemalloc.get_traced_memory()[0] / most
    finally:
        tracemalloc.stop()
    with capsys.disabled():
        print(f"\na login that is kept for the relations between connections: {cost:.0f} bytes")
    assert cost < LOGIN_BYTES


def test_one_that_is_learnt_again_is_there_once() -> None:
    logins = Logins(10)
    for _ in range(3):
        logins.add(kept(0, 1), None)
    assert len(logins) == 1
    assert len(list(logins.visit(kept(0, 1)).went_on_from(0))) == 1


def test_servers_and_shapes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SERVERS", 4)
    monkeypatch.setattr(module, "MOST_SHAPES", 3)
    logins = Logins(1_000)
    for number in range(50):
        login = kept(number * MS, number)
        logins.add(login, (number,))
    assert [one.connection for one, _ in logins.worked(kept(0, 1))] == [47, 48, 49] * 2
    for number in range(50, 60):
        other = login_of(good(SECOND, number, server=Endpoint("10.9.0.6", number), sni=None))
        assert other is not None
        logins.add(other, shape(other))
    assert len(logins._worked) == 4
    assert list(logins.worked(kept(0, 1))) == []


def test_one_client_that_tries_without_end() -> None:
    relations = Relations(5_000)
    for number in range(5_000):
        relations.learn(left(number * MS, number))
    last = good(5_000 * MS, 9_999)
    relations.learn(last)
    assert len(relations.relate(last).related) == 8
