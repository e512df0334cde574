"""Which segments belong together, and how each connection began and ended.

Theory of operation
-------------------
Both directions of a connection are found under their own path (addresses and ports as on the wire), so that a
segment costs one dictionary look-up. A connection begins with a SYN, or, where the start was not captured, with
the first segment that carries payload. It is *closing* after a RST or after both FINs, but stays open for
:data:`LINGER_NS` of the capture's own time, because captures reorder: data may still follow in the file. Then
it *settles*: what waits is delivered, with gaps, and the consumer is told. A settled connection leaves a small
tombstone, so that late retransmissions do not look like a new connection; a new SYN replaces it.

Everything is bounded: open connections (the longest idle goes first, by second chance), tombstones, and what waits
for reordering (:mod:`analyzer.streams.waiting`). What was given up is counted.

Nothing here reads a clock: time is what the packets say, and packets may have none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from analyzer.lanes import Lane, LaneOwner
from analyzer.packets import Segment, TcpFlags, reverse_path
from analyzer.streams.ending import Ending
from analyzer.streams.reassembly import MAX_PENDING_BYTES, Direction, Held
from analyzer.streams.waiting import Waiting, deliver_pending, release_held

MAX_OPEN = 65_536
MAX_TOMBSTONES = 1_024
LINGER_NS = 2_000_000_000
MAX_LINGERING = 256
"""Closing connections; beyond it the one that closed first settles at once."""
LINGER_PACKETS = 20_000
"""For packets that carry no time."""
IDLE_NS = 900 * 1_000_000_000
ADVANCE_EVERY_NS = 1_000_000_000

_SYN, _FIN, _RST, _ACK = int(TcpFlags.SYN), int(TcpFlags.FIN), int(TcpFlags.RST), int(TcpFlags.ACK)
_CONTROL = _SYN | _FIN | _RST
_MODULUS = 1 << 32
_HALF = 1 << 31


class StreamConsumer(Protocol):
    """What a connection's bytes are handed to."""

    def deliver(self, end: int, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        """Take the next bytes of one end; answer how many that follow are not needed (-1: all of them)."""

    def gap(self, end: int, length: int, packet: int) -> None:
        """So many bytes of that end are missing here."""

    def settled(self, connection: TcpConnection) -> None:
        """The connection is over."""


class TcpConnection(LaneOwner):
    """Both directions of one connection, and what is known of its life."""

    __slots__ = (
        "attached",
        "closed_ns",
        "closing",
        "consumer",
        "directions",
        "ended_how",
        "first_packet",
        "path",
        "rst",
        "rst_acknowledges",
        "rst_ns",
        "seen_at_check",
        "settled",
        "started_ns",
    )

    def __init__(self, path: bytes, segment: Segment) -> None:
        self.path = path
        """From end 0 to end 1. End 0 sent the SYN, or else the first segment seen."""
        self.directions: tuple[Direction, ...] = (Direction(0, self), Direction(1, self))
        self.consumer: StreamConsumer = _NOBODY
        self.first_packet = self.last_packet = segment.packet
        self.started_ns = self.last_ns = segment.timestamp_ns
        self.seen_at_check = 0
        self.rst: tuple[int, int] | None = None
        """The end that sent the first RST, and its packet."""
        self.rst_ns: int | None = None
        self.rst_acknowledges = False
        """That RST says how far its sender has come; one without ACK answers a segment (RFC 9293 section 3.5.2)."""
        self.closed_ns: list[int | None] = [None, None]
        """For each end, when its first FIN or RST came."""
        self.closing = False
        self.settled = False
        self.ended_how = "capture-end"
        self.attached: object = None
        """What a user of this connection wants to find with it again."""

    @property
    def syn_seen(self) -> bool:
        """The connection's first packet, or the answer to it, was captured."""
        return self.directions[0].syn_seen or self.directions[1].syn_seen

    def ending(self) -> Ending:
        """Who closed first, and how. An end that sends both FIN and RST sent its FIN first."""
        zero, one = self.directions
        fins = [(d.fin_packet, d.end) for d in (zero, one) if d.fin_at is not None]
        first_fin = min(fins, default=None)
        if self.rst is not None:
            by, packet = self.rst
            own_fin = self.directions[by].fin_at is not None
            if first_fin is None or (packet < first_fin[0] and not own_fin):
                return Ending(by, "rst", packet)
        if first_fin is not None:
            return Ending(first_fin[1], "fin", first_fin[0])
        return Ending(None, self.ended_how, None)


class _Nobody:
    """The consumer of a connection that has settled, or is just being opened."""

    def deliver(self, end: int, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        return -1

    def gap(self, end: int, length: int, packet: int) -> None:
        pass

    def settled(self, connection: TcpConnection) -> None:
        pass


_NOBODY = _Nobody()

Opened = Callable[[TcpConnection], StreamConsumer]


class TcpTracker:
    """Sorts segments into connections and hands their bytes to the consumer made for each."""

    def __init__(
        self,
        opened: Opened,
        *,
        max_open: int = MAX_OPEN,
        idle_ns: int = IDLE_NS,
    ) -> None:
        self._opened = opened
        self._max_open = max_open
        self._idle_ns = idle_ns
        self._directions: dict[bytes, Direction] = {}
        self._open: deque[TcpConnection] = deque()
        self._open_count = 0
        self._closing: deque[tuple[TcpConnection, int | None, int]] = deque()
        self._tombstones: deque[TcpConnection] = deque()
        self._now_ns: int | None = None
        self.next_advance_ns = 0
        """From this time of the capture on quiet connections are looked for."""
        self._waiting = Waiting()
        self.evicted = 0
        """Connections that were given up because too many were open."""
        self.conflicts = 0
        """Segments that brought different bytes for a place already filled."""

    @property
    def open_connections(self) -> int:
        """Connections that have not settled."""
        return self._open_count

    @property
    def lanes(self) -> dict[bytes, Lane]:
        """See :class:`analyzer.lanes.Lanes`: for looking up only."""
        return cast("dict[bytes, Lane]", self._directions)

    def connection_of(self, path: bytes) -> TcpConnection | None:
        """The latest connection on that path, in either direction; one that is over is known for a while."""
        direction = self._directions.get(path)
        return None if direction is None else direction.connection

    def feed(self, segment: Segment) -> None:
        """Take the next segment of the capture."""
        payload = segment.payload
        if not payload and not segment.flags & _CONTROL and not segment.cut:
            self._acknowledged(segment)
            return
        timestamp_ns = segment.timestamp_ns
        if timestamp_ns is not None and timestamp_ns >= self.next_advance_ns:
            self.advance(timestamp_ns)
        direction = self._directions.get(segment.path)
        if direction is None or segment.flags & _CONTROL:
            direction = self._control(direction, segment)
            if direction is None:
                return
        if not payload and not segment.cut:
            if segment.flags & _FIN:
                self._check_closing(direction.connection, segment)
            return
        connection = direction.connection
        connection.last_packet = segment.packet
        connection.last_ns = timestamp_ns
        if direction.ignored or connection.settled:
            if segment.flags & _FIN:
                self._check_closing(connection, segment)
            return
        direction.last_acknowledgment = segment.acknowledgment
        if direction.base < 0:
            self._hold(direction, connection, segment)
            return
        distance = (segment.sequence - direction.base - direction.position) & 0xFFFFFFFF
        if not distance and not direction.pending and not segment.cut and not segment.flags & _SYN:
            direction.take(payload, segment.packet, timestamp_ns, connection.consumer.deliver)
        else:
            self._out_of_order(direction, connection, segment, distance)
        if direction.fin_at is not None:
            self._check_closing(connection, segment)

    def _out_of_order(self, direction: Direction, connection: TcpConnection, segment: Segment, distance: int) -> None:
        """A segment that does not simply continue its direction: old, early, cut short, or with a SYN."""
        if distance >= _HALF:
            distance -= _MODULUS
            length = len(segment.payload) + segment.cut
            if distance + length <= 0:
                stand = connection.directions[1 - direction.end].last_acknowledgment
                direction.repeat(direction.position + distance, length, stand, segment.packet, segment.timestamp_ns)
                if direction.recent is None:
                    return
        direction.receive(
            direction.position + distance + (1 if segment.flags & _SYN else 0),
            segment.payload,
            segment.cut,
            segment.packet,
            segment.timestamp_ns,
            connection.consumer.deliver,
            connection.consumer.gap,
        )
        if direction.pending:
            self._waiting.add(direction, len(segment.payload))

    def _hold(self, direction: Direction, connection: TcpConnection, segment: Segment) -> None:
        """A segment of a stream whose start has not been seen."""
        self._waiting.add(direction, len(segment.payload))
        held = Held(segment.sequence, segment.payload, segment.cut, segment.packet, segment.timestamp_ns)
        if direction.hold(held):
            release_held(connection)
        if segment.flags & _FIN:
            self._check_closing(connection, segment)

    def _acknowledged(self, segment: Segment) -> None:
        """A segment that carries nothing still tells how far both sides have come."""
        direction = self._directions.get(segment.path)
        if direction is not None:
            direction.last_sequence = segment.sequence
            direction.last_acknowledgment = segment.acknowledgment
            direction.connection.last_ns = segment.timestamp_ns

    def advance(self, now_ns: int) -> None:
        """Let connections that closed or fell silent settle, as of this time of the capture."""
        if self._now_ns is None or now_ns > self._now_ns:
            self._now_ns = now_ns
        self.next_advance_ns = self._now_ns + ADVANCE_EVERY_NS
        closing = self._closing
        while closing:
            connection, deadline_ns, _ = closing[0]
            if deadline_ns is None or deadline_ns > self._now_ns:
                break
            closing.popleft()
            self._settle(connection)
        self._drop_idle()

    def flush(self) -> None:
        """The capture is over: every connection settles, in the order in which they began."""
        self._closing.clear()
        remaining = [connection for connection in self._open if not connection.settled]
        self._open.clear()
        for connection in sorted(remaining, key=lambda c: c.first_packet):
            self._settle(connection)

    def _drop_idle(self) -> None:
        """Settle connections that have been silent for too long; a bounded part of the queue each time."""
        assert self._now_ns is not None
        for _ in range(min(len(self._open), 256)):
            connection = self._open.popleft()
            if connection.settled:
                continue
            if connection.last_ns is None or self._now_ns - connection.last_ns < self._idle_ns:
                self._open.append(connection)
                continue
            connection.ended_how = "idle"
            self._settle(connection)

    def _control(self, direction: Direction | None, segment: Segment) -> Direction | None:
        """SYN, FIN and RST, and the first segment of a path. None when there is nothing more to do."""
        flags = segment.flags
        if flags & _SYN and not flags & _RST:
            direction = self._syn(direction, segment)
        if direction is None:
            if not segment.payload and not segment.cut:
                return None  # an acknowledgment, FIN or RST of a connection that was never seen
            direction = self._open_connection(segment.path, segment).directions[0]
        connection = direction.connection
        connection.last_packet = segment.packet
        connection.last_ns = segment.timestamp_ns
        if flags & (_FIN | _RST) and connection.closed_ns[direction.end] is None:
            connection.closed_ns[direction.end] = segment.timestamp_ns
        if flags & _RST:
            if connection.rst is None:
                connection.rst = (direction.end, segment.packet)
                connection.rst_ns = segment.timestamp_ns
                connection.rst_acknowledges = bool(flags & _ACK)
            if not segment.payload:
                direction.last_sequence = segment.sequence
            self._begin_closing(connection, segment)
        elif flags & _FIN and direction.fin_at is None:
            direction.finish_at(segment.sequence + len(segment.payload) + segment.cut, segment.packet)
        if flags & (_FIN | _RST) and flags & _ACK:
            direction.last_acknowledgment = segment.acknowledgment
        return direction

    def _check_closing(self, connection: TcpConnection, segment: Segment) -> None:
        """After both FINs: with nothing missing before them it is over, or else what is missing may still come."""
        zero, one = connection.directions
        if zero.fin_at is None or one.fin_at is None:
            return
        if zero.position >= zero.fin_at and one.position >= one.fin_at and not connection.closing:
            self._settle(connection)
        else:
            self._begin_closing(connection, segment)

    def _begin_closing(self, connection: TcpConnection, segment: Segment) -> None:
        if connection.closing or connection.settled:
            return
        connection.closing = True
        timestamp_ns = segment.timestamp_ns
        deadline_ns = None if timestamp_ns is None else timestamp_ns + LINGER_NS
        self._closing.append((connection, deadline_ns, segment.packet))
        oldest = self._closing[0]
        if len(self._closing) > MAX_LINGERING or segment.packet - oldest[2] >= LINGER_PACKETS:
            self._closing.popleft()
            self._settle(oldest[0])

    def _syn(self, direction: Direction | None, segment: Segment) -> Direction:
        first_byte = (segment.sequence + 1) & 0xFFFFFFFF
        if direction is not None and self._is_other_connection(direction, first_byte):
            self._settle(direction.connection)
            direction = None
        if direction is None:
            answering = bool(segment.flags & _ACK)
            path = reverse_path(segment.path) if answering else segment.path
            direction = self._open_connection(path, segment).directions[1 if answering else 0]
        direction.syn_seen = True
        connection = direction.connection
        if direction.base < 0:
            direction.start_at(first_byte)
        if segment.flags & _ACK:  # if the SYN itself was not captured, its answer names its number
            connection.directions[1 - direction.end].start_at(segment.acknowledgment)
        release_held(connection, started_only=True)
        return direction

    @staticmethod
    def _is_other_connection(direction: Direction, first_byte: int) -> bool:
        """A SYN on a known path: a repetition or a late arrival of this connection's own, or a new one?"""
        connection = direction.connection
        if direction.syn_seen or direction.base >= 0:
            return direction.base != first_byte
        if direction.held:
            ahead = direction.held[0].sequence - first_byte
        else:
            ahead = direction.fin_sequence - first_byte if direction.fin_at is not None else 0
        return connection.settled or ahead & 0xFFFFFFFF > MAX_PENDING_BYTES

    def _open_connection(self, path: bytes, segment: Segment) -> TcpConnection:
        connection = TcpConnection(path, segment)
        connection.consumer = self._opened(connection)
        backwards = reverse_path(path)
        self._directions[path] = connection.directions[0]
        self._directions[backwards] = connection.directions[1]
        self._open.append(connection)
        self._open_count += 1
        while self._open_count > self._max_open:
            self._evict()
        return connection

    def _evict(self) -> None:
        """Give up the connection that has been silent longest, by second chance."""
        for _ in range(len(self._open)):
            connection = self._open.popleft()
            if connection.settled:
                continue
            if connection.seen_at_check != connection.last_packet:
                connection.seen_at_check = connection.last_packet
                self._open.append(connection)
                if len(self._open) > 1:
                    continue
            self.evicted += 1
            connection.ended_how = "idle"
            self._settle(connection)
            return
        if self._open:
            connection = self._open.popleft()
            self.evicted += 1
            connection.ended_how = "idle"
            self._settle(connection)

    def _settle(self, connection: TcpConnection) -> None:
        if connection.settled:
            return
        consumer = connection.consumer
        zero, one = connection.directions
        release_held(connection)
        if zero.pending or one.pending:
            deliver_pending(zero, one)
        for direction in connection.directions:
            self._waiting.forget(direction)
            other = connection.directions[1 - direction.end]
            direction.settle(other.last_acknowledgment, connection.last_packet, consumer.gap)
            self.conflicts += direction.conflicts
            direction.ignore()
        connection.settled = True
        self._open_count -= 1
        consumer.settled(connection)
        connection.consumer = _NOBODY
        self._tombstones.append(connection)
        while len(self._tombstones) > MAX_TOMBSTONES:
            self._bury(self._tombstones.popleft())
        if len(self._open) > 2 * self._open_count + 1024:
            self._open = deque(c for c in self._open if not c.settled)

    def _bury(self, connection: TcpConnection) -> None:
        for path, direction in (
            (connection.path, connection.directions[0]),
            (reverse_path(connection.path), connection.directions[1]),
        ):
            if self._directions.get(path) is direction:
                del self._directions[path]
        connection.directions = ()  # no circle is left behind for the garbage collector
