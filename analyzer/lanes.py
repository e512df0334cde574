"""What the readers of captures know of open connections: enough to pass over packets that nobody needs.

The connections themselves are the business of :mod:`analyzer.streams`, whose classes build on these. They stand in
a module of their own, without anything that cannot be compiled, because the readers look at them for each packet.
"""

from __future__ import annotations

from typing import Protocol


class LaneOwner:
    """The connection of a :class:`Lane`."""

    __slots__ = ("last_ns", "last_packet")

    last_packet: int
    last_ns: int | None


class Lane:
    """One direction of a connection, as far as a reader may pass over segments of it that nobody needs."""

    __slots__ = ("ignored", "last_acknowledgment", "last_sequence", "owner", "passes", "passes_to")

    def __init__(self, owner: LaneOwner) -> None:
        self.owner = owner
        self.passes_to = 0
        """Nothing is needed of a segment that ends at or before this sequence number, by less than ``passes``."""
        self.passes = 0
        """0: everything is needed. 2^32: nothing is."""
        self.ignored = False
        self.last_sequence: int | None = None
        """Sequence number of the last segment that carried nothing: what its sender would send next."""
        self.last_acknowledgment: int | None = None


class Lanes(Protocol):
    """All directions of open connections."""

    @property
    def lanes(self) -> dict[bytes, Lane]:
        """By path."""

    @property
    def next_advance_ns(self) -> int:
        """From this time on a segment with payload is always needed: it lets quiet connections settle."""
