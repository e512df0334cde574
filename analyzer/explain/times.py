"""Finds when a line of a log was written, as the log writes it."""

from __future__ import annotations

import datetime
import re

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
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
