"""Logins as they happen: the pipeline of a file, with verdicts that do not wait for the connection's end.

Theory of operation
-------------------
A connection may live for hours, its login is over in a blink. So each connection that has said something new is
looked at again once it has been quiet for :data:`SETTLING_NS`, or at once after a fatal alert. If the verdict is
another one than was told, it is told, with the same number: a later one corrects an earlier one. When the
connection ends it is told for the last time, unless nothing has changed. One that had failed and was, as another one
shows, only given up for that one is corrected even then.

Still nothing here reads a clock: :meth:`LivePipeline.tick` says what time it is.
"""

from __future__ import annotations

from collections import OrderedDict

from analyzer.carriers import TlsFound
from analyzer.diagnosis.diagnose import Diagnosis
from analyzer.diagnosis.report import ConnectionReport, Relation
from analyzer.model import ConnectionBuilder
from analyzer.pipeline.one_input import Pipeline
from analyzer.pipeline.options import Options, Sink
from analyzer.pipeline.written import Written
from analyzer.tls import KeyRing
from analyzer.tls.events import AlertReceived, Event

SETTLING_NS = 1_000_000_000
"""A login that has been quiet for so long is judged."""
MAX_CORRECTABLE = 64
"""Failed logins that are over and kept: the latest ones."""


class Watched:
    """One connection that is being watched (a :class:`analyzer.carriers.TlsListener`)."""

    __slots__ = ("_pipeline", "alarm", "builder", "last_ns", "number", "told")

    def __init__(self, pipeline: LivePipeline, found: TlsFound, number: int, *, check_all: bool) -> None:
        self._pipeline = pipeline
        self.number = number
        self.last_ns = 0
        self.alarm = False
        """A fatal alert: what it means need not wait."""
        self.told: object = None
        """What was told of it last."""
        self.builder = ConnectionBuilder(found, None, check_all=check_all)  # a way back would be a cycle, left to gc

    def event(self, event: Event) -> None:
        """See :meth:`analyzer.carriers.TlsListener.event`."""
        self.builder.event(event)
        timestamp_ns = getattr(event, "timestamp_ns", None)
        if timestamp_ns is not None:
            self.last_ns = timestamp_ns
        self.alarm = self.alarm or (type(event) is AlertReceived and event.level == 2)
        self._pipeline.stirred[self] = None

    def settled(self) -> None:
        """See :meth:`analyzer.carriers.TlsListener.settled`."""
        self._pipeline.over(self)


class LivePipeline(Pipeline):
    """A pipeline whose sink is told of a login as soon as it can be judged, and again when that changes."""

    def __init__(
        self,
        diagnosis: Diagnosis,
        options: Options,
        sink: Sink,
        keys: KeyRing | None = None,
        written: Written | None = None,
    ) -> None:
        super().__init__(diagnosis, options, 0, sink, keys, written)
        self.stirred: dict[Watched, None] = {}
        """Connections that said something new since they were looked at."""
        self.watched = 0
        """TLS connections that are open."""
        self.undecided = 0
        """Those of them of which nothing was told yet."""
        self._correctable: OrderedDict[int, ConnectionReport] = OrderedDict()
        """Failed logins whose connections are over."""

    @property
    def connections(self) -> int:
        """TLS connections that were found, open or not."""
        return self._count

    @property
    def open_connections(self) -> int:
        """TCP connections that are open."""
        return self._tracker.open_connections

    def keys_came(self) -> None:
        """The key log has grown."""
        if self._keys is not None:
            self._keys.tell_followers()

    def tick(self, now_ns: int) -> None:
        """It is so late now: judge what has been quiet long enough, and let what is over settle."""
        self.advance(now_ns)
        if self._keys is not None:
            self._keys.finish_postponed()
        due = [one for one in self.stirred if one.alarm or now_ns - one.last_ns >= SETTLING_NS]
        for watched in due:
            self.stirred.pop(watched, None)
            watched.alarm = False
            self._tell(watched, final=False)
        if self._keeper is not None:
            self._keeper.tick(now_ns)

    def over(self, watched: Watched) -> None:
        """A connection has ended."""
        self.stirred.pop(watched, None)
        self.watched -= 1
        self._tell(watched, final=True)

    def _tls_found(self, found: TlsFound) -> Watched:
        self._count += 1
        self.watched += 1
        self.undecided += 1
        return Watched(self, found, self._count, check_all=self._check_all)

    def _tell(self, watched: Watched, *, final: bool) -> None:
        connection = self._built(watched.builder, watched.number)
        report = self._relations.relate(self._diagnose(connection))
        if self._keeper is not None:
            self._keeper.judge(watched.builder.tcp, report, final=final)
        if final and report.failed:
            self._correctable[watched.number] = report
            if len(self._correctable) > MAX_CORRECTABLE:
                self._correctable.popitem(last=False)
        self._tell_news(watched, report, final=final)
        for one in report.related:
            if one.relation is Relation.REPEATS and one.connection in self._correctable:
                self._correct(self._correctable.pop(one.connection))

    def _correct(self, earlier: ConnectionReport) -> None:
        """It was told to have failed before the connection that took its place had come."""
        report = self._relations.relate(earlier)
        if not report.failed and self._sink is not None:
            self._sink(report)

    def _tell_news(self, watched: Watched, report: ConnectionReport, *, final: bool) -> None:
        news = _news(report)
        if news == watched.told or (report.verdict is None and not final):
            return
        self.undecided -= watched.told is None
        watched.told = news
        assert self._sink is not None
        self._sink(report)


def _news(report: ConnectionReport) -> object:
    """What makes a verdict another one; None of none, so that the end of such a connection is told once."""
    verdict = report.verdict
    if verdict is None:
        return ()
    return verdict.rule, verdict.severity, verdict.confidence, verdict.handshake
