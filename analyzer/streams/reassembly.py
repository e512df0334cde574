"""One direction of a TCP connection: segments in, ordered bytes and gaps out.

Theory of operation
-------------------
Sequence numbers are 32 bits wide and wrap (RFC 9293 section 3.4). Each direction therefore keeps an absolute
``position``, the stream offset of the next byte that the consumer *needs*, and turns the sequence number of a
segment into an absolute offset by the signed distance to it. A segment is then one of three things:

* it ends at or before ``position``: a retransmission, a keep-alive, or bytes nobody needs. It is dropped; this
  is the hot path, because a consumer answers each delivery with the number of following bytes that it does not
  need (the body of an application data record), and ``position`` moves over them at once;
* it covers ``position``: what is new in it is delivered, and after it whatever waited behind it;
* it starts after ``position``: something is missing. It waits in ``pending``, a sorted list of pieces that do
  not overlap (the byte that arrived first wins; different bytes for the same place are counted as conflicts).

"Missing" becomes a *gap* only when it is certain enough: when more than :data:`MAX_PENDING_BYTES` wait, when a
snap length cut the bytes off, or when the connection ends. Captures reorder freely, so that an acknowledgment
proves nothing about what the file will still show; but at the end the last numbers seen tell whether there was
more, which must not be mistaken for "not sent".

Where the start of the stream was not captured (no SYN), the first segments are held until there are
:data:`HELD_SEGMENTS` of them, because the first one seen need not be the first one sent. A FIN that comes in the
meantime is *unplaced*: its sequence number is kept, and its offset is known when the start is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from analyzer.lanes import Lane

if TYPE_CHECKING:
    from analyzer.streams.connections import TcpConnection

MAX_PENDING_BYTES = 128 * 1024
"""Out-of-order bytes that one direction may hold before the hole in front of them is called a gap."""
MAX_PENDING_PIECES = 2048
"""Pieces likewise: ten thousand one-byte segments cost far more than their bytes."""
MOST_MISSING_AT_END = 1 << 20
HELD_SEGMENTS = 24
HELD_BYTES = 64 * 1024
RECENT_CHUNKS = 24
"""Delivered pieces kept to compare retransmissions with."""
PASSED_OVER = 1 << 30
"""How far behind ``position`` a segment may end that is passed over without a look: a quarter of all numbers."""
UNPLACED = 1 << 62
"""Offset of a FIN while the start of its stream is not known: after everything else."""

_MODULUS = 1 << 32
_HALF = 1 << 31

Deliver = Callable[[int, bytes, int, "int | None"], int]
"""``(end, data, packet, timestamp_ns)`` -> how many of the bytes that follow are not needed (-1: all)."""
Gap = Callable[[int, int, int], None]
"""``(end, length, packet)``: so many bytes of that end are missing before what comes next."""


class Piece(NamedTuple):
    """Bytes that wait for those before them."""

    start: int
    data: bytes
    cut: int
    packet: int
    timestamp_ns: int | None


class Held(NamedTuple):
    """A segment of a stream whose start is not known yet."""

    sequence: int
    data: bytes
    cut: int
    packet: int
    timestamp_ns: int | None


class Repeated(NamedTuple):
    """Bytes that were sent again before they had been acknowledged."""

    start: int
    length: int
    """With what was sent again after them."""
    times: int
    """How often."""
    packet: int
    """The latest of these packets."""
    began_ns: int | None
    """When they were sent again for the first time."""
    timestamp_ns: int | None


class Hole(NamedTuple):
    """Bytes that no packet of the capture holds, though later ones of the same end do."""

    start: int
    length: int
    packet: int


class Direction(Lane):
    """The bytes that one end sent."""

    __slots__ = (
        "base",
        "conflicts",
        "connection",
        "end",
        "fin_at",
        "fin_packet",
        "fin_sequence",
        "gaps",
        "held",
        "hole",
        "latest",
        "pending",
        "pending_bytes",
        "position",
        "recent",
        "repeated",
        "syn_seen",
    )

    def __init__(self, end: int, connection: TcpConnection) -> None:
        super().__init__(connection)
        self.end = end
        self.connection = connection
        """The lane's owner, as what it is."""
        self.base = -1
        """Sequence number of stream offset 0; -1 until it is known."""
        self.position = 0
        self.pending: list[Piece] = []
        self.pending_bytes = 0
        self.held: list[Held] = []
        self.recent: list[tuple[int, bytes]] | None = []
        self.fin_at: int | None = None
        """Absolute offset just after the last byte, once a FIN told it; :data:`UNPLACED` without a start."""
        self.fin_sequence = 0
        self.fin_packet = 0
        self.latest = 0
        """The latest packet among those delivered: bytes that waited for it are complete only with it."""
        self.syn_seen = False
        self.conflicts = 0
        self.gaps = 0
        self.repeated: Repeated | None = None
        """What was sent again last; TCP begins with the first byte that the other side has not acknowledged."""
        self.hole: Hole | None = None
        """The first gap."""

    def start_at(self, sequence: int) -> None:
        """The first byte of the stream carries this sequence number."""
        if self.base < 0:
            self.base = sequence % _MODULUS
            if self.fin_at is not None:
                self.fin_at = self.offset_of(self.fin_sequence)

    def finish_at(self, sequence: int, packet: int) -> None:
        """A FIN carries this sequence number, the one after that of the last byte."""
        self.fin_sequence, self.fin_packet = sequence % _MODULUS, packet
        self.fin_at = self.offset_of(sequence) if self.base >= 0 else UNPLACED

    def offset_of(self, sequence: int) -> int:
        """Absolute stream offset of a sequence number, the one nearest to ``position``."""
        distance = (sequence - self.base - self.position) % _MODULUS
        if distance >= _HALF:
            distance -= _MODULUS
        return self.position + distance

    def finished(self) -> bool:
        """A FIN was seen and everything before it was delivered or is not needed."""
        return self.fin_at is not None and self.position >= self.fin_at

    def repeat(self, start: int, length: int, acknowledged: int | None, packet: int, at_ns: int | None) -> None:
        """Bytes came that had come before; ``acknowledged`` is where the other side's acknowledgments stand.

        One byte is a keep-alive (RFC 9293 section 3.8.4), and what was acknowledged was sent again for nothing.
        """
        stand = 0 if acknowledged is None else self.offset_of(acknowledged)
        if length < 2 or start + length <= stand:
            return
        before = self.repeated
        if before is None or before.start < stand or start < before.start:
            self.repeated = Repeated(start, length, 1, packet, at_ns, at_ns)
            return
        times = before.times + (start == before.start)
        length = max(before.length, start + length - before.start)
        self.repeated = Repeated(before.start, length, times, packet, before.began_ns, at_ns)

    def hold(self, segment: Held) -> bool:
        """Keep a segment of a stream whose start is unknown; True when it is time to :meth:`release`."""
        self.held.append(segment)
        self.pending_bytes += len(segment.data)
        return len(self.held) >= HELD_SEGMENTS or self.pending_bytes >= HELD_BYTES

    def release(self) -> list[Held]:
        """Give back what was held; its lowest sequence number is the start, unless the start is known by now."""
        held = self.held
        if held:
            self.held, self.pending_bytes = [], 0
            reference = held[0].sequence
            self.start_at(min(held, key=lambda s: (s.sequence - reference + _HALF) % _MODULUS).sequence)
        return held

    def receive(
        self,
        start: int,
        data: bytes,
        cut: int,
        packet: int,
        timestamp_ns: int | None,
        deliver: Deliver,
        gap: Gap,
    ) -> None:
        """Take one segment at absolute offset ``start`` and deliver whatever has become deliverable."""
        if self.ignored:
            return
        if start > self.position:
            self._insert(start, data, cut, packet, timestamp_ns)
            if self.pending_bytes > MAX_PENDING_BYTES or len(self.pending) > MAX_PENDING_PIECES:
                self.declare_gap(deliver, gap)
            return
        pending = self.pending
        if not pending:
            self._accept(Piece(start, data, cut, packet, timestamp_ns), deliver, gap)
            return
        if start + len(data) + cut <= pending[0].start:
            self._accept(Piece(start, data, cut, packet, timestamp_ns), deliver, gap)
        else:  # what waits arrived first, and the first byte wins
            known = self.position - start
            if known and self.recent is not None:
                self._count_conflict(start, data)
            cut -= max(known - len(data), 0)
            self._insert(self.position, data[known:], cut, packet, timestamp_ns)
        self._drain(deliver, gap)

    def declare_gap(self, deliver: Deliver, gap: Gap) -> None:
        """What is missing before the first waiting piece will not come any more."""
        if self.pending and not self.ignored:
            self._skip_to(self.pending[0].start, self.pending[0].packet, gap)
            self._drain(deliver, gap)

    def settle(self, acknowledged: int | None, packet: int, gap: Gap) -> None:
        """The connection is over and nothing waits: what was sent last may be missing.

        The sender's own last sequence number and the other side's last acknowledgment both name the byte that
        would come next. One more than what was seen is a FIN that was not captured; much more is not believed.
        """
        if self.fin_at == UNPLACED:
            self.fin_at = self.position  # no byte before it was ever seen
        elif self.ignored or self.base < 0:
            return
        elif self.fin_at is not None:
            self._skip_to(self.fin_at, self.fin_packet, gap)
        else:
            told = (number for number in (self.last_sequence, acknowledged) if number is not None)
            end = max(map(self.offset_of, told), default=0)
            if 1 < end - self.position <= MOST_MISSING_AT_END:
                self._skip_to(end, packet, gap)

    def _skip_to(self, offset: int, packet: int, gap: Gap) -> None:
        missing = offset - self.position
        if missing > 0:
            self.gaps += 1
            if self.hole is None:
                self.hole = Hole(self.position, missing, packet)
            gap(self.end, missing, packet)
            self.position = offset

    def _accept(self, piece: Piece, deliver: Deliver, gap: Gap) -> None:
        """Deliver what is new in a piece that starts at or before ``position``."""
        known = self.position - piece.start
        data = piece.data
        if self.recent is not None and known > 0:
            self._count_conflict(piece.start, data)
        if known < len(data):
            self.take(data[known:] if known else data, piece.packet, piece.timestamp_ns, deliver)
        if piece.cut and not self.ignored:
            self._skip_to(piece.start + len(data) + piece.cut, piece.packet, gap)

    def take(self, data: bytes, packet: int, timestamp_ns: int | None, deliver: Deliver) -> None:
        """Deliver bytes that start at ``position``; what the consumer then does not need is passed over."""
        recent = self.recent
        if recent is not None:
            recent.append((self.position, data))
            if len(recent) > RECENT_CHUNKS:
                del recent[: RECENT_CHUNKS // 2]
        if packet > self.latest:
            self.latest = packet
        not_needed = deliver(self.end, data, self.latest, timestamp_ns)
        if not_needed < 0:
            self.ignore()
            return
        if not_needed:
            self.recent = None  # past the handshake: retransmissions of application data are not compared
        self.position += len(data) + not_needed
        if self.recent is None:
            self.passes_to, self.passes = (self.base + self.position) & 0xFFFFFFFF, PASSED_OVER

    def ignore(self) -> None:
        """The consumer has no more use for this direction."""
        self.ignored = True
        self.passes = _MODULUS
        self.recent = None
        if self.pending or self.held:
            self.pending.clear()
            self.held.clear()
        self.pending_bytes = 0

    def _drain(self, deliver: Deliver, gap: Gap) -> None:
        pending = self.pending
        taken = 0
        while taken < len(pending) and not self.ignored and pending[taken].start <= self.position:
            piece = pending[taken]
            taken += 1
            self.pending_bytes -= len(piece.data)
            self._accept(piece, deliver, gap)
        if not self.ignored:
            del pending[:taken]

    def _count_conflict(self, start: int, data: bytes) -> None:
        """Compare a retransmission with what was delivered for the same place (RFC 9293 section 3.10.7.4)."""
        assert self.recent is not None
        end = start + len(data)
        if len(data) == 1 and end == self.position:
            return  # a keep-alive may repeat the last byte as garbage (RFC 9293 section 3.8.4)
        for delivered_at, delivered in self.recent:
            if _differ(start, data, delivered_at, delivered):
                self.conflicts += 1
                return

    def _insert(self, start: int, data: bytes, cut: int, packet: int, timestamp_ns: int | None) -> None:
        """Put bytes into ``pending``, keeping only those that no earlier segment brought."""
        pending = self.pending
        at = bisect_right(pending, start, key=lambda piece: piece.start)
        if at and pending[at - 1].start + len(pending[at - 1].data) > start:
            at -= 1
        conflict = False
        place, stop = start, start + len(data) + cut
        while place < stop:
            following = pending[at] if at < len(pending) else None
            free = stop if following is None else min(following.start, stop)
            if place < free:
                part = data[place - start : free - start]
                pending.insert(at, Piece(place, part, free - place - len(part), packet, timestamp_ns))
                self.pending_bytes += len(part)
                at += 1
            if following is None or following.start >= stop:
                break
            conflict = conflict or _differ(start, data, following.start, following.data)
            place = max(place, following.start + len(following.data))
            at += 1
        self.conflicts += conflict


def _differ(start: int, data: bytes, other_start: int, other: bytes) -> bool:
    """Do two runs of bytes say different things about a place that both cover?"""
    low, high = max(start, other_start), min(start + len(data), other_start + len(other))
    return low < high and data[low - start : high - start] != other[low - other_start : high - other_start]
