"""What waits: segments that came early, and those of a stream whose start has not been seen.

Theory of operation
-------------------
Each direction bounds what waits in it by itself. Over all connections together the sum is kept under
:data:`MAX_WAITING_BYTES`: beyond it the directions that began to wait first are delivered, with gaps, until half is
free again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.streams.reassembly import Direction

if TYPE_CHECKING:
    from analyzer.streams.connections import TcpConnection

MAX_WAITING_BYTES = 64 * 1024 * 1024
PIECE_BYTES = 200
"""What a waiting segment costs besides its bytes."""


class Waiting:
    """The directions in which something waits, over all connections."""

    def __init__(self) -> None:
        self._directions: dict[Direction, None] = {}
        self._room = MAX_WAITING_BYTES
        """What may still wait before it has to be counted again."""

    def add(self, direction: Direction, count: int) -> None:
        """So many more bytes wait in this direction. The sum is counted only when the bound may be reached."""
        self._directions[direction] = None
        self._room -= count + PIECE_BYTES
        if self._room > 0:
            return
        costs = {d: d.pending_bytes + PIECE_BYTES * (len(d.pending) + len(d.held)) for d in self._directions}
        costs = {d: cost for d, cost in costs.items() if cost}
        total = sum(costs.values())
        for oldest, cost in costs.items():
            if total <= MAX_WAITING_BYTES // 2:
                break
            total -= cost
            release_held(oldest.connection)
            deliver_pending(oldest)
        self._directions = {d: None for d in costs if d.pending or d.held}
        self._room = MAX_WAITING_BYTES - total

    def forget(self, direction: Direction) -> None:
        """Its connection is over."""
        if self._directions:
            self._directions.pop(direction, None)


def release_held(connection: TcpConnection, *, started_only: bool = False) -> None:
    """Deliver what both ends held, in the order of the packets: the one is read in the light of the other."""
    zero, one = connection.directions
    if not zero.held and not one.held:
        return
    directions = [d for d in (zero, one) if d.held and not (started_only and d.base < 0)]
    held = [(segment, direction) for direction in directions for segment in direction.release()]
    if len(directions) > 1:
        held.sort(key=lambda item: item[0].packet)
    deliver, gap = connection.consumer.deliver, connection.consumer.gap
    for (sequence, data, cut, packet, timestamp_ns), direction in held:
        direction.receive(direction.offset_of(sequence), data, cut, packet, timestamp_ns, deliver, gap)


def deliver_pending(*directions: Direction) -> None:
    """Nothing will come any more before what waits in these directions of one connection."""
    while waiting := [direction for direction in directions if direction.pending]:
        consumer = waiting[0].connection.consumer
        earliest = min(waiting, key=lambda direction: direction.pending[0].packet)
        earliest.declare_gap(consumer.deliver, consumer.gap)
