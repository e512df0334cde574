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
snap length cut the bytes off, or when the connection ends. Captures reorder freely, so an acknowledgment from
the other side proves nothing about what the file will still show.

Where the start of the stream was not captured (no SYN), the first segments are held until there are
:data:`HELD_SEGMENTS` of them, because the first one seen need not be the first one sent.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from analyzer.streams.connections import TcpConnection

MAX_PENDING_BYTES = 128 * 1024
"""Out-of-order bytes that one direction may hold before the hole in front of them is called a gap."""
MAX_PENDING_PIECES = 2048
"""Pieces likewise: ten thousand one-byte segments cost far more than their bytes."""
HELD_SEGMENTS = 24
HELD_BYTES = 64 * 1024
RECENT_CHUNKS = 24
"""Delivered pieces kept to compare retransmissions with."""

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


class Direction:
    """The bytes that one end sent."""

    __slots__ = (
        "base",
        "conflicts",
        "end",
        "fin_at",
        "fin_packet",
        "gaps",
        "held",
        "ignored",
        "latest",
        "owner",
        "pending",
        "pending_bytes",
        "position",
        "recent",
        "syn_seen",
    )

    def __init__(self, end: int, owner: TcpConnection) -> None:
        self.end = end
        self.owner = owner
        self.base = -1
        """Sequence number of stream offset 0; -1 until it is known."""
        self.position = 0
        self.pending: list[Piece] = []
        self.pending_bytes = 0
        self.held: list[tuple[int, bytes, int, int, int | None]] = []
        self.recent: list[tuple[int, bytes]] | None = []
        self.fin_at: int | None = None
        """Absolute offset just after the last byte, once a FIN told it."""
        self.fin_packet = 0
        self.latest = 0
        """The latest packet among those delivered: bytes that waited for it are complete only with it."""
        self.syn_seen = False
        self.ignored = False
        self.conflicts = 0
        self.gaps = 0

    def start_at(self, sequence: int) -> None:
        """The first byte of the stream carries this sequence number (from a SYN)."""
        if self.base < 0:
            self.base = sequence % _MODULUS

    def offset_of(self, sequence: int) -> int:
        """Absolute stream offset of a sequence number, the one nearest to ``position``."""
        distance = (sequence - self.base - self.position) % _MODULUS
        if distance >= _HALF:
            distance -= _MODULUS
        return self.position + distance

    def finished(self) -> bool:
        """A FIN was seen and everything before it was delivered or is not needed."""
        return self.fin_at is not None and self.position >= self.fin_at

    def hold(self, sequence: int, data: bytes, cut: int, packet: int, timestamp_ns: int | None) -> bool:
        """Keep a segment of a stream whose start is unknown; True when it is time to :meth:`settle_start`."""
        self.held.append((sequence, data, cut, packet, timestamp_ns))
        self.pending_bytes += len(data)
        return len(self.held) >= HELD_SEGMENTS or self.pending_bytes >= HELD_BYTES

    def settle_start(self, deliver: Deliver, gap: Gap) -> None:
        """Take the lowest sequence number held as the start, and deliver what was held."""
        held, self.held, self.pending_bytes = self.held, [], 0
        if not held:
            return
        if self.base < 0:
            reference = held[0][0]
            self.base = min(held, key=lambda s: (s[0] - reference + _HALF) % _MODULUS)[0]
        for sequence, data, cut, packet, timestamp_ns in held:
            self.receive(self.offset_of(sequence), data, cut, packet, timestamp_ns, deliver, gap)

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
        self._accept(Piece(start, data, cut, packet, timestamp_ns), deliver, gap)
        if self.pending:
            self._drain(deliver, gap)

    def declare_gap(self, deliver: Deliver, gap: Gap) -> None:
        """What is missing before the first waiting piece will not come any more."""
        if self.pending and not self.ignored:
            self._skip_to(self.pending[0].start, self.pending[0].packet, gap)
            self._drain(deliver, gap)

    def settle(self, deliver: Deliver, gap: Gap) -> None:
        """The connection is over: deliver everything that waits, with gaps where bytes are missing."""
        self.settle_start(deliver, gap)
        while self.pending and not self.ignored:
            self.declare_gap(deliver, gap)
        if self.fin_at is not None and not self.ignored and self.position < self.fin_at:
            self._skip_to(self.fin_at, self.fin_packet, gap)

    def _skip_to(self, offset: int, packet: int, gap: Gap) -> None:
        missing = offset - self.position
        if missing > 0:
            self.gaps += 1
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

    def ignore(self) -> None:
        """The consumer has no more use for this direction."""
        self.ignored = True
        self.pending.clear()
        self.held.clear()
        self.pending_bytes = 0
        self.recent = None

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
        for delivered_at, delivered in self.recent:
            low, high = max(start, delivered_at), min(end, delivered_at + len(delivered))
            if low < high and (data[low - start : high - start] != delivered[low - delivered_at : high - delivered_at]):
                self.conflicts += 1
                return

    def _insert(self, start: int, data: bytes, cut: int, packet: int, timestamp_ns: int | None) -> None:
        """Put bytes into ``pending``, keeping only those that no earlier segment brought."""
        pending = self.pending
        at = bisect_left(pending, start, key=lambda piece: piece.start)
        if at and pending[at - 1].start + len(pending[at - 1].data) > start:
            before = pending[at - 1]
            overlap = before.start + len(before.data) - start
            if before.data[start - before.start :][: len(data)] != data[:overlap]:
                self.conflicts += 1
            start, data = start + overlap, data[overlap:]
        while data or cut:
            following = pending[at] if at < len(pending) else None
            room = following.start - start if following else len(data)
            part, rest = data[:room], data[room:]
            if part or (cut and not rest):
                piece_cut = cut if not rest else 0
                pending.insert(at, Piece(start, part, piece_cut, packet, timestamp_ns))
                self.pending_bytes += len(part)
                at += 1
            if not rest or following is None:
                return
            if following.data[: len(rest)] != rest[: len(following.data)]:
                self.conflicts += 1
            start = following.start + len(following.data)
            data = rest[len(following.data) :]
            at += 1
            if not data:
                return
