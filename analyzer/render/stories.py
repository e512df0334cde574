"""The same story told once: connections that share server, verdict and the client's certificate, or its absence.

An attempt that was given up belongs to the story of the connection that took its place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from analyzer.diagnosis.pages import STAGES, About
from analyzer.diagnosis.report import ConnectionReport, Finding, Relation
from analyzer.model import SeenChain, Severity, certificate_status
from analyzer.render.words import server_name, told_handshake


class Story:
    """Connections of which the same is to be said; the first stands for all. There may be very many of them."""

    def __init__(self, members: Sequence[ConnectionReport], attempts: int = 0) -> None:
        self.members = sorted(members, key=lambda member: member.connection.started_ns or 0)
        self.attempts = attempts
        """Connections that were given up for these."""

    @property
    def first(self) -> ConnectionReport:
        """The one that is told."""
        return self.members[0]

    @property
    def severity(self) -> Severity | None:
        """None where nothing could be said."""
        return self.first.verdict.severity if self.first.verdict else None

    @cached_property
    def clients(self) -> list[str]:
        """The clients' addresses, each once, in the order of appearance."""
        return list(dict.fromkeys(member.connection.client.address for member in self.members))

    @cached_property
    def times(self) -> tuple[int | None, int | None]:
        """Start of the first and of the last connection."""
        times = [m.connection.started_ns for m in self.members if m.connection.started_ns is not None]
        return (min(times), max(times)) if times else (None, None)


def group(connections: Sequence[ConnectionReport]) -> list[Story]:
    """The stories, the worst first, otherwise in the order of appearance."""
    together: defaultdict[object, list[ConnectionReport]] = defaultdict(list)
    attempts = _attempts(connections)
    for report in connections:
        if not attempts or _place(report) not in attempts:
            together[_key(report)].append(report)
    given_up = Counter(attempts.values())
    stories = [
        Story(members, sum(given_up[_place(one)] for one in members) if given_up else 0)
        for members in together.values()
    ]
    return sorted(stories, key=lambda story: -_weight(story.severity))


def _attempts(connections: Iterable[ConnectionReport]) -> dict[tuple[int, int], tuple[int, int]]:
    """Of each connection that was given up for one that is told here as well, which one that is."""
    pairs = [
        (_place(report), (report.input, one.connection))
        for report in connections
        for one in report.related
        if one.relation is Relation.REPEATED_BY
    ]
    told = {_place(report) for report in connections} if pairs else set()
    return {attempt: later for attempt, later in pairs if later in told}


def _place(report: ConnectionReport) -> tuple[int, int]:
    return report.input, report.connection.id


def _weight(severity: Severity | None) -> float:
    return 0.5 if severity is None else float(severity)


def _key(report: ConnectionReport) -> object:
    verdict, handshake = report.verdict, told_handshake(report)
    server = server_name(report.connection)
    if verdict is not None and verdict.severity is Severity.NOTE:
        return server, verdict.rule  # nobody asks who logged in well
    chain = handshake.client_certificate if handshake else None
    answer: str | bytes = ""
    if isinstance(chain, SeenChain) and chain.certificates:
        answer = chain.certificates[0].sha256
    elif chain is not None:
        answer = certificate_status(chain)
    if verdict is None:
        return server, None, answer
    return server, verdict.rule, verdict.severity, verdict.because, answer


def causes_first(report: ConnectionReport) -> list[Finding]:
    """The verdict's findings from the root cause down to what was seen."""
    verdict = report.verdict
    if verdict is None:
        return []
    by_rule = {f.rule: f for f in report.findings if f.handshake == verdict.handshake}
    rules = dict.fromkeys([verdict.rule, *verdict.because])
    return [by_rule[rule] for rule in rules if rule in by_rule]


def surest_first(causes: Sequence[Finding]) -> list[Finding]:
    """The same in the order of telling: what is surest, and of that what was seen before its cause.

    A property of the request that may have contributed comes last: it is sure to be there, not to be the reason.
    """
    links = {finding.rule: finding.explained_by for finding in causes}

    def depth(finding: Finding) -> int:
        steps, above = 0, finding.explained_by
        while above in links and steps < len(links):
            steps, above = steps + 1, links[above]
        return steps

    def order(finding: Finding) -> tuple[bool, int, int, int]:
        contributed = finding.about is About.REQUEST and not finding.decisive
        return contributed, -finding.confidence, STAGES.index(finding.stage), -depth(finding)

    return sorted(causes, key=order)


def other_findings(report: ConnectionReport, told: Sequence[Finding]) -> list[Finding]:
    """What else was noticed, the worst first."""
    rest = [finding for finding in report.findings if finding not in told]
    return sorted(rest, key=lambda f: (-f.severity, -f.confidence))
