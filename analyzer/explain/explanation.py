"""The answer, field by field: what ``certwhy explain --format json`` writes, schema_version 1.

Made of plain values only, complete when made: screens and programs read the same. A field never changes its meaning.
"""

from __future__ import annotations

from typing import Literal

import msgspec

PrintedBy = Literal["client", "server", "either"]
"""Which side wrote the line; ``either`` where neither the message nor the line tells."""
Match = Literal["exact", "meaning", "near"]
"""A known message; a text whose words or codes say the same; a known message that looks like the text."""
Sureness = Literal["certain", "likely", "possible"]
Refused = Literal["client", "server", "printer", "peer", "receiver", "none"]
"""Who was turned away. ``printer``: whichever side wrote the line; ``peer``: the other one; ``receiver``: whoever
received the alert."""
Who = Literal["client", "server", "ca", "network"]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No more in it than is declared."""


class Cause(_Struct, frozen=True):
    """One thing that may be behind a message."""

    rule: str | None
    """The rule that finds it in a capture; ``certwhy rules show`` explains it."""
    text: str


class Remedy(_Struct, frozen=True):
    """What one side can do about it."""

    who: Who
    text: str


class Lines(_Struct, frozen=True):
    """Where in the text, or in the log, a message stands; lines are counted from 1."""

    first: int
    last: int
    count: int
    """In how many lines."""
    first_time: str | None
    """As the log writes it; null where no time was recognised."""
    last_time: str | None
    text: str
    """The first of them, cut where it is long."""


class VerdictThere(_Struct, frozen=True):
    """What certwhy says of a connection, in the words of its report."""

    rule: str
    severity: str
    """``failure``, ``warning`` or ``note``."""
    confidence: str
    """``proved``, ``likely`` or ``possible``."""
    headline: str


class InCapture(_Struct, frozen=True):
    """What a capture of the same login says to it."""

    file: str
    """The capture that the connection is in."""
    connection: int
    """The connection that the message is about, as far as can be told; numbered as in the report of that file."""
    agrees: Literal["confirms", "contradicts", "cannot-see"]
    why: str
    packet: int | None
    """That shows it, as Wireshark numbers them."""
    equally_fitting: int
    """Other connections that fit as well: the message does not say which."""
    verdict: VerdictThere | None
    """Null where nothing can be said of that connection."""


class Reading(_Struct, frozen=True, kw_only=True):
    """One way to understand the text, or one message of a log."""

    id: str
    """Of the message in the catalogue, or of the meaning."""
    product: str
    """Empty of a meaning: any product may print it."""
    settings: str | None
    """What ``certwhy rules show --product`` calls it, where settings of it are known."""
    printed_by: PrintedBy
    match: Match
    confidence: Sureness
    meaning: str
    """One sentence."""
    wire: str
    """What happened between the two sides."""
    alert: int | None
    refused: Refused
    causes: tuple[Cause, ...]
    """Most common first."""
    tell_apart: tuple[str, ...]
    remedies: tuple[Remedy, ...]
    lines: Lines
    looks_like: str | None
    """The known message that a near match resembles."""
    stack: str | None
    """The TLS library that printed it, where that is known."""
    capture: InCapture | None


class Log(_Struct, frozen=True):
    """What was read, where it was a file or standard input."""

    path: str
    lines: int
    bytes: int
    stopped: str | None
    """Why it was not read to its end."""


class Recipe(_Struct, frozen=True):
    """How to do something in one place or with one program."""

    where: str
    text: str
    """Commands stand between backticks."""


class HowTo(_Struct, frozen=True):
    """What shows more than a message can."""

    capture: tuple[Recipe, ...]
    """How to record the login."""
    key_log: tuple[Recipe, ...]
    """How to get the keys that open it, for the readings' TLS libraries."""


class Explanation(_Struct, frozen=True, kw_only=True):
    """The whole answer."""

    schema_version: Literal[1]
    query: str
    """The text that was asked about; of a file or standard input its name."""
    log: Log | None
    readings: tuple[Reading, ...]
    """The best first; of a log the most frequent first. None where nothing in the text is about such a login."""
    how_to: HowTo
