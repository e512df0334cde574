"""ASN.1 times as integers.

How it works: a validity may end in 9999 or begin before 1970, and both are ordinary. Integers of
nanoseconds compare with a packet's time without any care for zones or ranges, so that is the
stored form; a datetime is made only where a person reads it.
"""

from __future__ import annotations

import datetime
from functools import lru_cache

from analyzer.x509.der import GENERALIZED_TIME, UTC_TIME

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()


@lru_cache(maxsize=4096)
def time_ns(tag: int, content: bytes) -> int:
    """Nanoseconds since 1970 UTC of a UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5).

    Time zones, fractions and missing seconds, which DER forbids, are understood.

    Raises:
        ValueError: It is no such date.
    """
    if tag not in (UTC_TIME, GENERALIZED_TIME) or len(content) > 40:
        raise ValueError("neither UTCTime nor GeneralizedTime")
    text = content.decode("ascii")
    if tag == UTC_TIME:
        text = ("19" if text[:1] >= "5" else "20") + text
    digits = len(text) - len(text.lstrip("0123456789"))
    stamp, zone = text[:digits], text[digits:]
    if digits not in (12, 14):
        raise ValueError("not YYYYMMDDhhmmss")
    hour, minute, second = int(stamp[8:10]), int(stamp[10:12]), int(stamp[12:] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("no such time of day")
    day = datetime.date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8])).toordinal() - _EPOCH_DAY
    fraction = 0
    if zone[:1] in (".", ","):
        width = len(zone) - 1 - len(zone[1:].lstrip("0123456789"))
        fraction = int(zone[1 : 1 + width].ljust(9, "0")[:9])
        zone = zone[1 + width :]
    offset = 0
    if zone not in ("Z", ""):
        if len(zone) != 5 or zone[0] not in "+-" or not zone[1:].isdigit():
            raise ValueError("no such time zone")
        offset = (int(zone[1:3]) * 60 + int(zone[3:])) * (60 if zone[0] == "+" else -60)
    seconds = (day * 24 + hour) * 3600 + minute * 60 + second - offset
    return seconds * 1_000_000_000 + fraction


def ns_of(moment: datetime.datetime) -> int:
    """Nanoseconds since 1970 of a time that knows its zone."""
    return ((moment - _EPOCH) // datetime.timedelta(microseconds=1)) * 1000


def as_datetime(ns: int | None) -> datetime.datetime | None:
    """The same in UTC, cut to microseconds; None for None and beyond the calendar's edges."""
    if ns is None:
        return None
    try:
        return _EPOCH + datetime.timedelta(microseconds=ns // 1000)
    except OverflowError:  # the first or last day of the calendar, moved over its edge by a time zone
        return None
