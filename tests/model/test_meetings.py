"""Who was asked for a certificate by whom, and how much of that is kept."""

from __future__ import annotations

import msgspec
import pytest

from analyzer.model import Connection, meetings
from analyzer.model.handshake import Endpoint
from analyzer.model.meetings import Meetings
from tests.model.scene import CLIENT, CLIENT_CERTIFICATE, NO_CERTIFICATE, SERVER, completed, greeted
from tests.tls.shapes import KEY_EXCHANGE, alert


def numbered(connection: Connection, number: int) -> Connection:
    return msgspec.structs.replace(connection, id=number)


def test_a_server_that_asks_is_known_by_itself_and_by_its_client() -> None:
    known, connection = Meetings(), completed().connection
    known.learn(connection)
    (meeting,) = known.of(connection.server)
    assert known.of_client(connection.client.address) == (meeting,)
    assert (meeting.connection, meeting.answered, meeting.refused) == (connection.id, True, False)
    assert known.of(Endpoint(connection.server.address, 1)) == ()


def test_one_that_does_not_ask_is_not() -> None:
    known, connection = Meetings(), completed(asking=False).connection
    known.learn(connection)
    assert known.of(connection.server) == ()


@pytest.mark.parametrize(("answer", "answered"), [(NO_CERTIFICATE, False), (CLIENT_CERTIFICATE, True)])
def test_what_came_of_it(answer: bytes, answered: bool) -> None:
    known = Meetings()
    connection = greeted().client(answer, KEY_EXCHANGE).server(alert(2, 40)).fin(SERVER, CLIENT).connection
    known.learn(connection)
    (meeting,) = known.of(connection.server)
    assert (meeting.answered, meeting.refused) == (answered, True)


def test_a_connection_that_is_looked_at_again_counts_once() -> None:
    known, connection = Meetings(), completed().connection
    known.learn(connection)
    known.learn(connection)
    assert len(known.of(connection.server)) == 1


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "MAX_EACH", 3)
    monkeypatch.setattr(meetings, "MAX_PLACES", 4)
    known, connection = Meetings(), completed().connection
    for number in range(1, 9):
        known.learn(numbered(connection, number))
    assert [one.connection for one in known.of(connection.server)] == [1, 2, 3]
    for port in range(8):
        other = msgspec.structs.replace(connection, server=Endpoint("192.0.2.9", port))
        known.learn(numbered(other, 100 + port))
    assert known.of(connection.server) == ()
    assert len(known.of(Endpoint("192.0.2.9", 7))) == 1
