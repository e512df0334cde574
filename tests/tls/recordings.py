"""The bytes of the recorded connections, to be fed in pieces of any size."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from analyzer.capture import FrameDecoder, open_capture
from analyzer.carriers import TlsFlow, TlsFound
from analyzer.packets import Segment
from analyzer.streams import TcpConnection, TcpTracker
from analyzer.tls import Budget
from analyzer.tls.events import Event
from tests.support.traffic import CAPTURES, capture_of

NAMES = [path.parent.name for path in sorted(CAPTURES.glob("*/truth.toml"))]


class Recorded:
    """One connection: what its ends sent, in turns."""

    def __init__(self, connection: TcpConnection) -> None:
        self.connection = connection
        self.turns: list[tuple[int, bytes]] = []

    def deliver(self, end: int, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        if self.turns and self.turns[-1][0] == end:
            self.turns[-1] = (end, self.turns[-1][1] + data)
        else:
            self.turns.append((end, data))
        return 0

    def gap(self, end: int, length: int, packet: int) -> None:
        pass

    def settled(self, connection: TcpConnection) -> None:
        pass


@cache
def recorded(name: str) -> list[Recorded]:
    """Its connections, without those whose client never said a word."""
    found: list[Recorded] = []

    def opened(connection: TcpConnection) -> Recorded:
        found.append(Recorded(connection))
        return found[-1]

    tracker, decoder = TcpTracker(opened), FrameDecoder()
    with open_capture(str(capture_of(name))) as file:
        for packet in file:
            segment = decoder.decode(packet)
            if isinstance(segment, Segment):
                tracker.feed(segment)
    tracker.flush()
    return [one for one in found if any(end == 0 for end, _ in one.turns)]


class Heard:
    """The events of one connection."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.found: list[TlsFound] = []

    def open(self, found: TlsFound) -> Heard:
        self.found.append(found)
        return self

    def event(self, event: Event) -> None:
        self.events.append(event)

    def settled(self) -> None:
        pass


def pieces(turns: list[tuple[int, bytes]], size: int) -> Iterator[tuple[int, bytes]]:
    for end, data in turns:
        for at in range(0, len(data), size):
            yield end, data[at : at + size]


def hear(recording: Recorded, size: int) -> Heard:
    """Feed a connection in pieces of at most that size; what is not needed is kept back, as a stream would."""
    heard = Heard()
    flow = TlsFlow(recording.connection, heard.open, Budget())
    skip = [0, 0]
    for number, (end, data) in enumerate(pieces(recording.turns, size), 1):
        if skip[end] < 0:
            continue
        passed = min(skip[end], len(data))
        skip[end] -= passed
        if passed < len(data):
            skip[end] = flow.deliver(end, data[passed:], number, None)
    flow.settled(recording.connection)
    return heard
