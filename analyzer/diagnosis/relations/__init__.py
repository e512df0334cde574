"""Connections explain each other: resumed, given up and repeated, reused, or failed where another one worked.

Theory of operation
-------------------
Each relation is a module: from what is kept of a connection, and of others, to the ones that it points to. Of a file
all connections are learnt before any is put in relation; where connections are told as they end, with what was
learnt until then. A resumption is known by its session; everything else is likely at most, and says so.

A connection that was given up for a later attempt of the same login tells no failure of its own: the later one tells
how the login went. So its findings become warnings, and so does its verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from analyzer.diagnosis.relations.attempts import attempts
from analyzer.diagnosis.relations.beside import reused, unused_beside
from analyzer.diagnosis.relations.comparison import comparison, shape
from analyzer.diagnosis.relations.login import login_of
from analyzer.diagnosis.relations.logins import Logins
from analyzer.diagnosis.relations.resumption import resumption
from analyzer.diagnosis.report import ConnectionReport, Related, Relation
from analyzer.model import Severity, Unseen

MOST_LOGINS = 16_384
"""Kept where connections are told as they end."""


class Relations:
    """What the connections of one input are to each other."""

    def __init__(self, most: int = MOST_LOGINS) -> None:
        self._logins = Logins(most)

    def learn(self, report: ConnectionReport) -> None:
        """A connection, as far as it is known now."""
        login = login_of(report)
        if login is not None:
            self._logins.add(login, shape(login))

    def learn_all(self, reports: Iterable[ConnectionReport]) -> None:
        """All connections of a file; where nothing is to be explained at a server, nothing is kept of it."""
        reports = list(reports)
        asking = [report.connection for report in reports if _asks(report)]
        servers = {one.server for one in asking}
        names = {one.sni for one in asking if one.sni}
        for report in reports:
            if report.connection.server in servers or report.connection.sni in names:
                self.learn(report)

    def relate(self, report: ConnectionReport) -> ConnectionReport:
        """The same with the connections that explain it, and a verdict that takes them into account."""
        related = tuple(self._of(report))
        if not related:
            return report
        report = msgspec.structs.replace(report, related=related)
        if any(one.relation is Relation.REPEATED_BY for one in related):
            return _without_failure(report)
        return report

    def _of(self, report: ConnectionReport) -> Iterator[Related]:
        yield from resumption(report.connection, report.capture)
        login = self._logins.get(report.connection.id)
        if login is None:
            return
        found = [one for relation in (attempts, unused_beside, reused) for one in relation(login, self._logins)]
        yield from found
        if not any(one.relation is Relation.REPEATED_BY for one in found):
            told = {one.connection for one in found}
            yield from (one for one in comparison(login, self._logins) if one.connection not in told)


def _asks(report: ConnectionReport) -> bool:
    """Is there something that another connection may explain?"""
    if report.verdict is None or report.failed:
        return True
    data = report.connection.handshakes[-1].client_data
    return isinstance(data, Unseen) and data.absent


def _without_failure(report: ConnectionReport) -> ConnectionReport:
    findings = tuple(
        msgspec.structs.replace(one, severity=min(one.severity, Severity.WARNING)) for one in report.findings
    )
    verdict = report.verdict
    if verdict is not None:
        verdict = msgspec.structs.replace(verdict, severity=min(verdict.severity, Severity.WARNING))
    return msgspec.structs.replace(report, findings=findings, verdict=verdict)
