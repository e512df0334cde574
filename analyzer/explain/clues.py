"""What a line of a log says of the connection that it is about: addresses, ports, names and the time.

A log's clock may be in any time zone and rarely says which. So two times fit also where they are apart by whole
quarters of an hour, which is what time zones are apart; that counts for less.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Iterator

import msgspec

NEAR_NS = 5_000_000_000
"""Apart at most: a log is written when the attempt is over, by a clock that may be a little off."""
_QUARTER_NS = 900_000_000_000
_FURTHEST_ZONE_NS = 14 * 3600 * 1_000_000_000
_LONGEST = 8_192
"""Bytes of a line that are looked at."""

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAY = r"(?P<y>\d{4})[-/.](?P<m>\d\d)[-/.](?P<d>\d\d)"
_MONTH = rf"(?P<M>{'|'.join(_MONTHS)})"
_CLOCK = r"(?P<H>[01]\d|2[0-3]):(?P<I>[0-5]\d):(?P<S>[0-5]\d)(?:[.,](?P<f>\d{1,9}))?"
_ZONE = r"\s?(?P<z>Z|[+-]\d\d:?\d\d)?"
_TIMES = tuple(
    re.compile(form)
    for form in (
        rf"{_DAY}[T ]{_CLOCK}{_ZONE}",  # ISO 8601, nginx, log4j
        rf"\b{_MONTH} +(?P<d>\d\d?) {_CLOCK} (?P<y>\d{{4}})",  # Apache's error log
        rf"\b(?P<d>\d\d)/{_MONTH}/(?P<y>\d{{4}})[: ]{_CLOCK}{_ZONE}",  # access logs, HAProxy
        rf"\b{_MONTH} +(?P<d>\d\d?) {_CLOCK}",  # syslog, without a year
    )
)
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
    time_ns: int | None
    """Since 1970 in UTC, if the line says its zone; as if its clock were UTC otherwise."""
    zoned: bool
    has_year: bool

    def names(self, name: str | None) -> bool:
        """Does the line hold this name as a word of its own?"""
        return bool(name) and re.search(rf"(?<![\w.-]){re.escape(str(name).lower())}(?![\w-])", self.text) is not None

    def fits_time(self, first_ns: int | None, last_ns: int | None) -> int:
        """2 where the line was written about then, 1 where it was but for the time zone, 0 where not or not known."""
        if self.time_ns is None or first_ns is None or last_ns is None:
            return 0
        at = self.time_ns if self.has_year else _in_the_year_of(self.time_ns, last_ns)
        apart = 0 if first_ns <= at <= last_ns else min(at - first_ns, at - last_ns, key=abs)
        if abs(apart) <= NEAR_NS:
            return 2
        beyond = (apart + _QUARTER_NS // 2) % _QUARTER_NS - _QUARTER_NS // 2
        same_but_for_zone = not self.zoned and abs(apart) <= _FURTHEST_ZONE_NS and abs(beyond) <= NEAR_NS
        return 1 if same_but_for_zone else 0


def clues(line: str) -> Clues:
    """What this line gives away."""
    line = line[:_LONGEST]
    found = list(_addresses(line))
    time_ns, zoned, has_year = _time(line)
    return Clues(
        line.lower(),
        frozenset(address for address, _ in found),
        frozenset((address, port) for address, port in found if port is not None),
        time_ns,
        zoned,
        has_year,
    )


def _addresses(line: str) -> Iterator[tuple[str, int | None]]:
    for match in _ADDRESS.finditer(line):
        try:
            address = ipaddress.ip_address(match[1])
        except ValueError:
            continue
        yield str(address), int(match[2]) if match[2] else None


def _time(line: str) -> tuple[int | None, bool, bool]:
    for form in _TIMES:
        match = form.search(line)
        if match is None:
            continue
        parts = match.groupdict()
        month = _MONTHS.index(parts["M"]) + 1 if parts.get("M") else int(parts["m"])
        try:
            moment = datetime.datetime(
                int(parts.get("y") or 1972),  # a leap year, so that 29 February exists
                month,
                int(parts["d"]),
                int(parts["H"]),
                int(parts["I"]),
                int(parts["S"]),
                tzinfo=datetime.UTC,
            )
        except ValueError:
            continue
        zone = parts.get("z")
        ns = int(moment.timestamp()) * 1_000_000_000 + int((parts["f"] or "").ljust(9, "0"))
        return ns - _offset_ns(zone), bool(zone), bool(parts.get("y"))
    return None, False, False


def _offset_ns(zone: str | None) -> int:
    if not zone or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return (seconds if zone[0] == "+" else -seconds) * 1_000_000_000


def _in_the_year_of(time_ns: int, other_ns: int) -> int:
    """A time of 1972 moved to the other's year."""
    moment = datetime.datetime.fromtimestamp(time_ns // 1_000_000_000, datetime.UTC)
    year = datetime.datetime.fromtimestamp(other_ns // 1_000_000_000, datetime.UTC).year
    try:
        moved = moment.replace(year=year)
    except ValueError:  # 29 February in a year that has none
        return time_ns
    return int(moved.timestamp()) * 1_000_000_000 + time_ns % 1_000_000_000
