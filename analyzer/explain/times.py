"""Finds when a line of a log was written: as the log writes it, and as a moment to compare with others."""

from __future__ import annotations

import datetime
import re

import msgspec

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_CLOCK = r"[0-2]?\d:[0-5]\d:[0-6]\d(?:[.,]\d{1,9})?"
_WRITTEN = re.compile(
    rf"\d{{4}}[-/]\d\d[-/]\d\d[T ]{_CLOCK}(?: ?Z\b| ?[+-]\d\d:?\d\d\b)?"  # ISO 8601, RFC 3339, log4j, nginx
    rf"|\d\d/{_MONTH}/\d{{4}}:{_CLOCK}(?: [+-]\d{{4}})?"  # access logs
    rf"|(?:\w{{3}} )?{_MONTH} [ \d]?\d {_CLOCK}(?: \d{{4}}\b)?"  # syslog, Apache's error log
    rf"|\d\d? {_MONTH} \d{{4}} {_CLOCK}"
    rf"|\d\d?[/.]\d\d?[/.]\d{{4}},? {_CLOCK}(?: [AP]M\b)?"
    rf"|{_CLOCK}"
)
_EPOCH = re.compile(
    r"(?:^\W{0,2}|[\"'](?:ts|time|timestamp|@timestamp)[\"']\s?:\s?\"?)(1\d{9})(\d{3})?(?:\.\d{1,9})?\b"
)
_BEGINNING = 400
"""Characters in which a line's time is looked for."""


def time_in(line: str) -> str | None:
    """The line's time; seconds since 1970 are shown as a date in UTC."""
    beginning = line[:_BEGINNING]
    epoch = _EPOCH.search(beginning)
    if epoch:
        return datetime.datetime.fromtimestamp(int(epoch[1]), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    written = _WRITTEN.search(beginning)
    return written[0].strip() if written else None


_DAY_PARTS = r"(?P<y>\d{4})[-/.](?P<m>\d\d)[-/.](?P<d>\d\d)"
_MONTH_PART = rf"(?P<M>{_MONTH})"
_CLOCK_PARTS = r"(?P<H>[01]\d|2[0-3]):(?P<I>[0-5]\d):(?P<S>[0-5]\d)(?:[.,](?P<f>\d{1,9}))?"
_ZONE_PART = r"\s?(?P<z>Z|[+-]\d\d:?\d\d)?"
_MOMENTS = tuple(
    re.compile(form)
    for form in (
        rf"{_DAY_PARTS}[T ]{_CLOCK_PARTS}{_ZONE_PART}",  # ISO 8601, nginx, log4j
        rf"\b{_MONTH_PART} +(?P<d>\d\d?) {_CLOCK_PARTS} (?P<y>\d{{4}})",  # Apache's error log
        rf"\b(?P<d>\d\d)/{_MONTH_PART}/(?P<y>\d{{4}})[: ]{_CLOCK_PARTS}{_ZONE_PART}",  # access logs, HAProxy
        rf"\b{_MONTH_PART} +(?P<d>\d\d?) {_CLOCK_PARTS}",  # syslog, without a year
    )
)


class Moment(msgspec.Struct, frozen=True):
    """A time in a line, as far as the line tells it."""

    ns: int
    """Since 1970 in UTC, if the line says its zone; as if its clock were UTC otherwise."""
    zoned: bool
    has_year: bool

    def near(self, other_ns: int) -> int:
        """The same; of a line that tells no year, in the year of that other time."""
        return self.ns if self.has_year else _in_the_year_of(self.ns, other_ns)


def moment_in(line: str) -> Moment | None:
    """The first time in a line that tells day and clock."""
    for form in _MOMENTS:
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
        return Moment(ns - _offset_ns(zone), bool(zone), bool(parts.get("y")))
    return None


def _offset_ns(zone: str | None) -> int:
    if not zone or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return (seconds if zone[0] == "+" else -seconds) * 1_000_000_000


def _in_the_year_of(time_ns: int, other_ns: int) -> int:
    """A time of 1972 moved to the other's year."""
    moment = datetime.datetime.fromtimestamp(time_ns // 1_000_000_000, datetime.UTC)
    try:
        year = datetime.datetime.fromtimestamp(other_ns // 1_000_000_000, datetime.UTC).year
        moved = moment.replace(year=year)
    except (ValueError, OverflowError, OSError):  # 29 February in a year that has none; a year beyond the calendar
        return time_ns
    return int(moved.timestamp()) * 1_000_000_000 + time_ns % 1_000_000_000
