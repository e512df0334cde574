"""What a line of a log says of the connection that it is about: addresses, ports, names and the time.

A log's clock may be in any time zone and rarely says which. So two times fit also where they are apart by whole
quarters of an hour, which is what time zones are apart; that counts for less.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

import msgspec

from analyzer.explain.times import Moment, moment_in

NEAR_NS = 5_000_000_000
"""Apart at most: a log is written when the attempt is over, by a clock that may be a little off."""
_QUARTER_NS = 900_000_000_000
_FURTHEST_ZONE_NS = 14 * 3600 * 1_000_000_000
_LONGEST = 8_192
"""Bytes of a line that are looked at."""

_ADDRESS = re.compile(
    r"(?<![\w.:])\[?((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F:]*:[0-9a-fA-F:]+(?:\.\d{1,3}){0,3})\]?(?::(\d{1,5}))?"
)


class Clues(msgspec.Struct, frozen=True):
    """What a line gives away."""

    text: str
    """In lower case."""
    addresses: frozenset[str]
    ends: frozenset[tuple[str, int]]
    """Addresses with the port behind them."""
    moment: Moment | None
    """When the line was written."""

    def names(self, name: str | None) -> bool:
        """Does the line hold this name as a word of its own?"""
        return bool(name) and re.search(rf"(?<![\w.-]){re.escape(str(name).lower())}(?![\w-])", self.text) is not None

    def fits_time(self, first_ns: int | None, last_ns: int | None) -> int:
        """2 where the line was written about then, 1 where it was but for the time zone, 0 where not or not known."""
        if self.moment is None or first_ns is None or last_ns is None:
            return 0
        at = self.moment.near(last_ns)
        apart = 0 if first_ns <= at <= last_ns else min(at - first_ns, at - last_ns, key=abs)
        if abs(apart) <= NEAR_NS:
            return 2
        beyond = (apart + _QUARTER_NS // 2) % _QUARTER_NS - _QUARTER_NS // 2
        same_but_for_zone = not self.moment.zoned and abs(apart) <= _FURTHEST_ZONE_NS and abs(beyond) <= NEAR_NS
        return 1 if same_but_for_zone else 0


def clues(line: str) -> Clues:
    """What this line gives away."""
    line = line[:_LONGEST]
    found = list(_addresses(line))
    return Clues(
        line.lower(),
        frozenset(address for address, _ in found),
        frozenset((address, port) for address, port in found if port is not None),
        moment_in(line),
    )


def _addresses(line: str) -> Iterator[tuple[str, int | None]]:
    for match in _ADDRESS.finditer(line):
        try:
            address = ipaddress.ip_address(match[1])
        except ValueError:
            continue
        yield str(address), int(match[2]) if match[2] else None
