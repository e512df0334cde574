"""Putting IP datagrams together again.

Pieces arrive in any order, twice, overlapping, or never. A datagram is kept as a buffer and one
mark per 8 bytes (the unit of the offset field) that says what has come. The first byte to arrive at
a place stays: a later piece fills only what is still empty. Stacks differ here, and a rewritten
byte is an attack more often than a mistake.

Memory is bounded in datagrams and in bytes; the oldest goes first. A datagram that is not complete
after half a minute of the packets' own time is given up too (RFC 791 section 3.2 and RFC 8200 section 4.5
have such timers): by then its identification may have come round again. Every piece that was given
up is counted.

Who wants to write the packets of a connection out needs those that its datagrams were made of: then they are kept
besides, within the same bound.
"""

from __future__ import annotations

from analyzer.capture.layers import Fragment, Layer
from analyzer.packets import PACKET_BYTES, Packet

MOST_DATAGRAMS = 1024
MOST_BYTES = 16 * 1024 * 1024
PATIENCE_NS = 30 * 1_000_000_000

_LONGEST = 65_535
_UNIT = 8


class _Partial:
    """One datagram of which something is missing."""

    __slots__ = ("body", "kind", "marks", "packets", "packets_bytes", "pieces", "since_ns", "size", "taken")

    def __init__(self, since_ns: int | None) -> None:
        self.body = bytearray()
        self.marks = bytearray()
        self.size = -1
        self.kind = -1
        self.pieces = 0
        self.packets: list[Packet] = []
        self.packets_bytes = 0
        self.taken = 0
        self.since_ns = since_ns

    def add(self, fragment: Fragment) -> None:
        first = fragment.offset // _UNIT
        units = len(fragment.body) // _UNIT
        if fragment.last and len(fragment.body) == fragment.length:
            units = -(-len(fragment.body) // _UNIT)
        end = fragment.offset + len(fragment.body)
        if len(self.body) < end:
            self.body.extend(bytes(end - len(self.body)))
        if len(self.marks) < first + units:
            self.marks.extend(bytes(first + units - len(self.marks)))
        hole = self.marks.find(0, first, first + units)
        while hole >= 0:
            stop = self.marks.find(1, hole, first + units)
            stop = first + units if stop < 0 else stop
            self.marks[hole:stop] = b"\1" * (stop - hole)
            place = slice(hole * _UNIT, min(stop * _UNIT, end))
            self.body[place] = fragment.body[place.start - fragment.offset : place.stop - fragment.offset]
            hole = self.marks.find(0, stop, first + units)
        if fragment.last and self.size < 0:
            self.size = fragment.offset + fragment.length
        if fragment.offset == 0 and self.kind < 0:
            self.kind = fragment.kind

    def keep(self, packets: list[Packet]) -> None:
        self.packets.extend(packets)
        self.packets_bytes += sum(len(packet.data) + PACKET_BYTES for packet in packets)

    @property
    def complete(self) -> bool:
        units = -(-self.size // _UNIT)
        return self.kind >= 0 and self.size >= 0 and len(self.marks) >= units and self.marks.find(0, 0, units) < 0


class Reassembler:
    """Holds the pieces of datagrams until they are whole."""

    def __init__(self) -> None:
        self.dropped = 0
        """Pieces of datagrams that were given up."""
        self._partials: dict[bytes, _Partial] = {}
        self._bytes = 0
        self.made_of: list[Packet] = []
        """The kept packets of the datagram that became whole last."""

    @property
    def waiting(self) -> int:
        """Pieces of datagrams that are not complete yet."""
        return sum(partial.pieces for partial in self._partials.values())

    def add(self, fragment: Fragment, now_ns: int | None, packets: list[Packet] | None = None) -> Layer | None:
        """Take in a piece, and keep the packets that it came in; the whole datagram, where it was the last missing."""
        # RFC 791 section 3.2: every piece but the last is a multiple of 8 bytes long.
        broken = not fragment.last and fragment.length % _UNIT
        if broken or fragment.offset + fragment.length > _LONGEST:
            self.dropped += 1
            return None
        partial = self._find(fragment.key, now_ns)
        partial.pieces += 1
        partial.add(fragment)
        if packets is not None:
            partial.keep(packets)
        taken = len(partial.body) + len(partial.marks) + partial.packets_bytes
        self._bytes += taken - partial.taken
        partial.taken = taken
        if partial.complete:
            self._forget(fragment.key)
            self.made_of = partial.packets
            body = bytes(partial.body[: partial.size])
            return Layer(partial.kind, body, 0, len(body), fragment.addresses)
        while self._bytes > MOST_BYTES or len(self._partials) > MOST_DATAGRAMS:
            self._give_up(next(iter(self._partials)))
        return None

    def _find(self, key: bytes, now_ns: int | None) -> _Partial:
        partial = self._partials.get(key)
        if partial is not None and now_ns is not None and partial.since_ns is not None:
            if abs(now_ns - partial.since_ns) <= PATIENCE_NS:
                return partial
            self._give_up(key)
            partial = None
        if partial is None:
            partial = self._partials[key] = _Partial(now_ns)
        return partial

    def _forget(self, key: bytes) -> _Partial:
        partial = self._partials.pop(key)
        self._bytes -= partial.taken
        return partial

    def _give_up(self, key: bytes) -> None:
        self.dropped += self._forget(key).pieces
