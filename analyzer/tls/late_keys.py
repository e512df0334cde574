"""Encrypted records kept for a while, because their keys may come later.

A pcapng on standard input may bring its secrets behind the packets that need them, and a key log that is followed
live is written a moment after the handshake. Only then are records kept: at most :data:`MAX_KEPT` of each direction
and :data:`MAX_KEPT_IN_ALL` over all connections. The oldest goes first and is counted.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from analyzer.packets import Side
from analyzer.tls.protection import MAX_KEPT_IN_ALL, KeyRing

MAX_KEPT = 256 * 1024
RECORD_BYTES = 200
"""What a kept record costs besides its bytes."""


class KeptRecord(NamedTuple):
    """One record as it came; an empty header stands for records that are missing."""

    side: Side
    header: bytes
    fragment: bytes
    packet: int
    timestamp_ns: int | None


class KeptRecords:
    """The records of one connection that wait for keys, in the order in which they came."""

    __slots__ = ("_held", "_log_size", "_records", "_ring", "lost")

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._records: deque[KeptRecord] = deque()
        self._held = [0, 0]
        self._log_size = len(ring.log)
        self.lost = [False, False]
        """Records of that side were dropped: the next ones have other sequence numbers."""

    def keep(self, record: KeptRecord) -> list[KeptRecord]:
        """Keep one more; what had to go for it is given back, the oldest first."""
        self._records.append(record)
        self._charge(record, 1)
        dropped = []
        while len(self._records) > 1 and (
            self._held[record.side] > MAX_KEPT or self._ring.kept_bytes > MAX_KEPT_IN_ALL
        ):
            oldest = self._records.popleft()
            self._charge(oldest, -1)
            self._ring.kept_dropped += 1
            self.lost[oldest.side] = True
            dropped.append(oldest)
        return dropped

    def keys_came(self) -> bool:
        """Has the key log grown since this was last asked?"""
        size = len(self._ring.log)
        grown, self._log_size = size != self._log_size, size
        return grown

    @property
    def waiting(self) -> bool:
        """Something is kept."""
        return bool(self._records)

    def take_all(self) -> list[KeptRecord]:
        """Give everything back."""
        records = list(self._records)
        self._records.clear()
        for record in records:
            self._charge(record, -1)
        return records

    def _charge(self, record: KeptRecord, sign: int) -> None:
        cost = sign * (len(record.fragment) + RECORD_BYTES)
        self._held[record.side] += cost
        self._ring.kept_bytes += cost
