"""A pair of ends whose segments a test sends by hand, and what the tracker delivers of them."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.packets import Segment, TcpFlags, reverse_path
from analyzer.streams import TcpConnection, TcpTracker

SYN, FIN, RST, ACK = TcpFlags.SYN, TcpFlags.FIN, TcpFlags.RST, TcpFlags.ACK
SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND

Needs = Callable[[int, bytes], int]


def needs_all(end: int, data: bytes) -> int:
    return 0


class Recorder:
    """Keeps what one connection delivers: bytes, and the lengths of gaps."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self.streams: tuple[list[bytes | int], list[bytes | int]] = ([], [])
        self.deliveries: list[tuple[int, bytes, int]] = []
        self.settled_with: list[TcpConnection] = []

    def deliver(self, end: int, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        assert not self.settled_with
        self.deliveries.append((end, data, packet))
        stream = self.streams[end]
        if stream and isinstance(stream[-1], bytes):
            stream[-1] += data
        else:
            stream.append(data)
        return self._needs(end, data)

    def gap(self, end: int, length: int, packet: int) -> None:
        assert length > 0
        self.streams[end].append(length)

    def settled(self, connection: TcpConnection) -> None:
        self.settled_with.append(connection)


class Wire:
    """Sends segments into a tracker; offsets count from an end's first byte, so that the SYN is at -1."""

    def __init__(
        self,
        *,
        initial: tuple[int, int] = (1_000, 5_000),
        needs: Needs = needs_all,
        max_open: int = 65_536,
        idle_s: int = 900,
        timed: bool = True,
    ) -> None:
        self.initial = initial
        self.recorders: list[Recorder] = []
        self.connections: list[TcpConnection] = []
        self.packet = 0
        self.now = START
        self._needs = needs
        self._timed = timed
        self.tracker = TcpTracker(self._opened, max_open=max_open, idle_ns=idle_s * SECOND)

    def _opened(self, connection: TcpConnection) -> Recorder:
        self.connections.append(connection)
        self.recorders.append(Recorder(self._needs))
        return self.recorders[-1]

    def send(
        self,
        offset: int,
        data: bytes = b"",
        flags: int = ACK,
        *,
        end: int = 0,
        cut: int = 0,
        acknowledged: int | None = None,
        port: int = 50_000,
    ) -> None:
        """One segment. ``acknowledged``: an offset of the other end; nothing new unless given."""
        self.packet += 1
        path = bytes((10, 0, 0, 1, 10, 0, 0, 2)) + port.to_bytes(2, "big") + (443).to_bytes(2, "big")
        other = 1 - end
        acknowledgment = (self.initial[other] + 1 + (acknowledged or 0)) % 2**32 if flags & ACK else 0
        self.tracker.feed(
            Segment(
                path if end == 0 else reverse_path(path),
                (self.initial[end] + 1 + offset) % 2**32,
                acknowledgment,
                int(flags),
                data,
                cut,
                self.packet,
                self.now if self._timed else None,
            )
        )

    def open(self, port: int = 50_000) -> None:
        """The three segments of an ordinary beginning."""
        self.send(-1, flags=SYN, port=port)
        self.send(-1, flags=SYN | ACK, end=1, port=port)
        self.send(0, port=port)

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)

    def stream(self, end: int = 0, connection: int = 0) -> list[bytes | int]:
        """What was delivered of one end: bytes, and the lengths of gaps between them."""
        return self.recorders[connection].streams[end]

    def flushed(self, end: int = 0, connection: int = 0) -> list[bytes | int]:
        self.tracker.flush()
        return self.stream(end, connection)
