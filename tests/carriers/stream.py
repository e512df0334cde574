"""One TCP connection whose bytes a test hands over itself, and what is found in it."""

from __future__ import annotations

from analyzer.carriers import TlsFlow, TlsFound
from analyzer.packets import Segment, TcpFlags
from analyzer.streams import TcpConnection
from analyzer.tls import Budget
from analyzer.tls.events import Event
from tests.tls.talk import short

CLIENT_END, SERVER_END = 0, 1


class Stream:
    """End 0 is the client, by its port and, unless told otherwise, by its SYN."""

    def __init__(self, *, syn: tuple[bool, bool] = (True, True), budget: Budget | None = None) -> None:
        path = bytes((10, 0, 0, 1, 10, 0, 0, 2)) + (50_000).to_bytes(2, "big") + (443).to_bytes(2, "big")
        first = Segment(path, 0, 0, int(TcpFlags.SYN), b"", 0, 1, None)
        self.connection = TcpConnection(path, first)
        for direction, seen in zip(self.connection.directions, syn, strict=True):
            direction.syn_seen = seen
        self.events: list[Event] = []
        self.found: list[TlsFound] = []
        self.over = 0
        self.no_tls = 0
        self.packet = 0
        self.flow = TlsFlow(self.connection, self._open, budget or Budget(), no_tls=self._no_tls)

    def _no_tls(self, connection: TcpConnection) -> None:
        assert connection is self.connection
        self.no_tls += 1

    def _open(self, found: TlsFound) -> Stream:
        self.found.append(found)
        return self

    def event(self, event: Event) -> None:
        self.events.append(event)

    def settled(self) -> None:
        self.over += 1

    def send(self, end: int, *parts: bytes) -> int:
        self.packet += 1
        return self.flow.deliver(end, b"".join(parts), self.packet, None)

    def client(self, *parts: bytes) -> int:
        return self.send(CLIENT_END, *parts)

    def server(self, *parts: bytes) -> int:
        return self.send(SERVER_END, *parts)

    def gap(self, end: int, length: int) -> None:
        self.packet += 1
        self.flow.gap(end, length, self.packet)

    def end(self) -> list[str]:
        self.flow.settled(self.connection)
        return self.told

    @property
    def told(self) -> list[str]:
        return [short(event) for event in self.events]

    @property
    def carrier(self) -> str:
        assert len(self.found) == 1
        return self.found[0].carrier.name
