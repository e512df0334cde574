"""What a diagnosis says: findings, one verdict for each connection, and the report over all inputs."""

from __future__ import annotations

import enum

import msgspec

from analyzer.diagnosis.pages import About, Fix
from analyzer.model import CaptureIndex, Confidence, Connection, Severity, Supplied
from analyzer.rule_api import Evidence


class Finding(msgspec.Struct, frozen=True):
    """A rule matched."""

    rule: str
    stage: str
    severity: Severity
    confidence: Confidence
    message: str
    handshake: int
    """Index within the connection."""
    evidence: tuple[Evidence, ...]
    fixes: tuple[Fix, ...]
    citations: tuple[str, ...]
    about: About = About.CONNECTION
    decisive: bool = False
    """For a property of the request alone: a known certificate shows that it was the obstacle."""
    explained_by: str | None = None
    """The rule whose finding is this symptom's cause."""


class UndecidedRule(msgspec.Struct, frozen=True):
    """A rule that could neither match nor be cleared."""

    rule: str
    why: str
    needs: str


class Verdict(msgspec.Struct, frozen=True):
    """The one story of a connection."""

    rule: str
    stage: str
    severity: Severity
    headline: str
    confidence: Confidence
    handshake: int
    because: tuple[str, ...]
    """Rule ids, the cause first, down to what was seen."""


class Relation(enum.StrEnum):
    """What another connection is to this one."""

    RESUMES = "resumes"
    """It made the session that this one resumes."""
    OFFERED_SESSION = "offered-session"
    """It made the session that this one offered to resume when the server ended the handshake."""
    REPEATED_BY = "repeated-by"
    """It is the attempt that mattered; this one was an earlier attempt of the same login."""
    REPEATS = "repeats"
    """It was an earlier attempt of the login that this one is."""
    UNUSED_BESIDE = "unused-beside"
    """It was opened at about the same time and used; nothing was sent on this one."""
    REUSED = "reused"
    """It was made for the name for which this one was used wrongly."""
    WORKS = "works"
    """It succeeded against the same server."""


MADE_SESSION = frozenset({Relation.RESUMES, Relation.OFFERED_SESSION})
"""A failed login cannot be judged without such a connection."""


class Difference(msgspec.Struct, frozen=True):
    """A fact that was seen of both connections and is not the same."""

    fact: str
    here: str
    there: str


class Related(msgspec.Struct, frozen=True):
    """Another connection that explains this one."""

    connection: int
    relation: Relation
    packet: int
    """Where to look in the other connection."""
    why: str
    differs: tuple[Difference, ...] = ()
    """Only where connections are compared."""


class ConnectionReport(msgspec.Struct, frozen=True):
    """A connection and what is to be said of it."""

    connection: Connection
    input: int
    capture: CaptureIndex
    """What the rest of its input knows: kinds of names, above all."""
    verdict: Verdict | None
    findings: tuple[Finding, ...]
    undecided: tuple[UndecidedRule, ...]
    supplied: tuple[Supplied | None, ...] = ()
    """For each handshake, the user's own certificate held against it."""
    related: tuple[Related, ...] = ()

    @property
    def failed(self) -> bool:
        """The verdict is a failure."""
        return self.verdict is not None and self.verdict.severity is Severity.FAILURE


class Truncation(msgspec.Struct, frozen=True):
    """Where an input stopped making sense."""

    packet: int
    why: str


class InputReport(msgspec.Struct, frozen=True):
    """One input, as far as it was read."""

    path: str
    format: str
    packets: int
    bytes: int
    truncated: Truncation | None = None


class Problem(msgspec.Struct, frozen=True):
    """Something that limited the analysis: ours, the capture's or the traffic's."""

    kind: str
    """``unread-protocol``, ``no-hello``, ``gap``, ``malformed``, ``snaplen``, ``limit``, ``rule-broken`` ..."""
    text: str
    input: int | None = None
    connection: int | None = None
    packet: int | None = None


class Report(msgspec.Struct, frozen=True):
    """The whole answer."""

    inputs: tuple[InputReport, ...]
    problems: tuple[Problem, ...]
    connections: tuple[ConnectionReport, ...]
