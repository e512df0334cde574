"""Packets in, report out: the one module that knows every stage.

Theory of operation
-------------------
Each input has a pipeline of its own: frames are decoded to segments, segments sorted into connections, TLS found
in them and read, events collected into handshakes. Nothing in it reads a clock: ``feed`` takes the next packet,
``advance`` lets quiet connections settle as of a time of the capture, ``flush`` ends it. A file is feeding until
the end; a live capture ticks ``advance`` besides.

Connections are diagnosed at the end of their input, when the index of the capture knows all it will know, and then
put in relation to each other. With a
``sink`` (JSON Lines) each is diagnosed and handed over when it settles, and nothing is kept. What is kept is
bounded: after :data:`MAX_KEPT` connections only the failed ones are, and the report says so.

Where failed connections are to be written out and their packets come only once, a :class:`Keeper` stands between the
decoder and the tracker, and is told each verdict as the connection ends, with what the index then knows.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.capture import (
    TLS_KEY_LOG,
    FrameDecoder,
    Secrets,
)
from analyzer.carriers import TlsFlow, TlsFound, TlsListener, UnreadProtocols
from analyzer.diagnosis.diagnose import Diagnosis
from analyzer.diagnosis.relations import MOST_LOGINS, Relations
from analyzer.diagnosis.report import ConnectionReport, Problem
from analyzer.lanes import Lanes
from analyzer.model import CaptureIndex, Connection, ConnectionBuilder, Silent, Unbegun
from analyzer.packets import Packet, Segment
from analyzer.pipeline.keeper import Keeper
from analyzer.pipeline.options import Options, Sink
from analyzer.pipeline.written import Written
from analyzer.streams import TcpConnection, TcpTracker
from analyzer.tls import Budget, KeyRing
from analyzer.x509 import RoleIndex

MAX_KEPT = 50_000
"""Connections kept in full for the report."""


class Pipeline:
    """One input's way from packets to diagnosed connections."""

    def __init__(
        self,
        diagnosis: Diagnosis,
        options: Options,
        input_index: int,
        sink: Sink | None = None,
        keys: KeyRing | None = None,
        written: Written | None = None,
    ) -> None:
        """With ``written``, the packets of failed connections are held until they can be written there."""
        self._diagnosis = diagnosis
        self._input = input_index
        self._sink = sink
        self._relations = Relations(MAX_KEPT if sink is None else MOST_LOGINS)
        self._index = CaptureIndex(_roles(options), options.revocation_lists)
        self._decoder = FrameDecoder(keep_pieces=written is not None)
        self._unread = UnreadProtocols()
        self._unbegun = Unbegun()
        self._budget = Budget()
        self._keys = keys
        self._check_all = options.check_all
        self._tracker = TcpTracker(self._opened)
        self.decode, self.track, self.see = self._decoder.decode, self._tracker.feed, self._unread.see
        self._keeper: Keeper | None = None
        if written is not None:
            self._keeper = Keeper(written, self._decoder, self._tracker, lambda: self._keys, self._relations.relate)
            self.decode, self.track = self._keeper.decode, self._keeper.track
        self._kept: list[Connection] = []
        self._reports: list[ConnectionReport] = []
        self._not_kept = 0
        self._count = 0
        self.failed = 0
        """Connections with a verdict of severity failure, as far as diagnosed."""

    @property
    def connections(self) -> int:
        """TLS connections that have settled."""
        return self._count

    @property
    def lanes(self) -> Lanes | None:
        """What of the packets is not needed; None where every packet is, because it may have to be written out."""
        return self._tracker if self._keeper is None else None

    @property
    def keys(self) -> KeyRing | None:
        """All keys that were given, or came with the packets."""
        return self._keys

    def feed(self, packet: Packet) -> None:
        """Take the next packet."""
        segment = self.decode(packet)
        if type(segment) is Segment:
            self.track(segment)
        elif segment is not None:
            self.see(segment)  # type: ignore[arg-type]

    def expect_keys(self) -> None:
        """Keys may come with the packets: what is encrypted is kept for a while."""
        self._keys = self._keys or KeyRing()
        self._keys.may_grow = True

    def take_secrets(self, secrets: Secrets, taken: int) -> int:
        """Take the Decryption Secrets Blocks behind the first ``taken``; returns how many there are now."""
        assert self._keys is not None
        for kind, data in secrets[taken:]:
            if kind == TLS_KEY_LOG:
                self._keys.log.add(data)
        return len(secrets)

    def advance(self, now_ns: int) -> None:
        """Let quiet connections settle, as of this time of the capture."""
        self._tracker.advance(now_ns)

    def flush(self) -> list[ConnectionReport]:
        """The input is over: everything settles, and what was kept is diagnosed."""
        self._tracker.flush()
        if self._keys is not None:
            self._keys.finish_postponed()
        if self._keeper is not None:
            self._keeper.flush()
        self._reports.extend(self._diagnosis.diagnose(one, self._index, self._input) for one in self._kept)
        self._kept.clear()
        self._relations.learn_all(self._reports)
        self._reports = [self._relations.relate(report) for report in self._reports]
        self.failed += sum(report.failed for report in self._reports)
        self._reports.sort(key=lambda report: report.connection.first_packet)
        return self._reports

    def _opened(self, connection: TcpConnection) -> TlsFlow:
        return TlsFlow(connection, self._tls_found, self._budget, self._keys, self._no_tls)

    def _no_tls(self, connection: TcpConnection) -> None:
        self._unbegun.see(connection)
        if self._keeper is not None:
            self._keeper.no_tls(connection)

    def _tls_found(self, found: TlsFound) -> TlsListener:
        self._unbegun.speaks(found.connection, found.client_end)
        return ConnectionBuilder(found, self._settled, check_all=self._check_all)

    def _settled(self, builder: ConnectionBuilder) -> None:
        self._count += 1
        connection = self._built(builder, self._count)
        kept = self._sink is None and len(self._kept) < MAX_KEPT
        if kept:
            self._kept.append(connection)
        if kept and self._keeper is None:
            return
        report = self._diagnose(connection)
        told = report if self._keeper is None and self._sink is None else self._relations.relate(report)
        if self._keeper is not None:
            self._keeper.judge(builder.tcp, told, final=True)
        if self._sink is not None:
            self.failed += told.failed
            self._sink(told)
        elif not kept:
            self._keep_if_failed(report)

    def _keep_if_failed(self, report: ConnectionReport) -> None:
        """More connections than are kept in full have come."""
        if report.failed and len(self._reports) < MAX_KEPT:
            self._reports.append(report)
        else:
            self._not_kept += 1
            self.failed += report.failed

    def _built(self, builder: ConnectionBuilder, number: int) -> Connection:
        """The connection as far as it has come, and the capture's index knows of it."""
        connection = builder.build(number)
        for handshake in connection.handshakes:
            self._index.learn(number, handshake)
        self._index.meetings.learn(connection)
        return connection

    def _diagnose(self, connection: Connection) -> ConnectionReport:
        report = self._diagnosis.diagnose(connection, self._index, self._input)
        self._relations.learn(report)
        return report

    def problems(self) -> Iterator[Problem]:
        """What limited the analysis of this input."""
        for kind, packet in self._unread.first_packets.items():
            yield self._problem("unread-protocol", f"{kind} was seen (first in packet {packet}) and not read.", packet)
        for silent in self._unbegun.told():
            yield self._problem("no-hello", _silence(silent), silent.first_packet)
        decoder, tracker = self._decoder, self._tracker
        counts = (
            ("snaplen", decoder.snapped, "packets were cut short by the capture's snap length."),
            ("undecodable", decoder.undecodable, "frames could not be decoded."),
            (
                "limit",
                decoder.fragments_dropped + decoder.fragments_waiting,
                "IP fragments were given up: their datagrams stayed incomplete.",
            ),
            ("conflict", tracker.conflicts, "TCP segments brought different bytes for the same place."),
            ("limit", tracker.evicted, "connections were given up early: too many were open at once."),
            ("limit", self._budget.given_up, "connections were given up: too much incomplete data."),
            (
                "limit",
                self._keys.kept_dropped if self._keys else 0,
                "encrypted records were given up before keys came.",
            ),
            ("limit", self._index.roles.dropped, "certificates were not kept for classifying names."),
            ("limit", self._not_kept, "connections are not in this report; --format jsonl has no such limit."),
        )
        for kind, count, text in counts:
            if count:
                yield self._problem(kind, f"{count} {text}")
        for link_type, count in decoder.unknown_link_types.items():
            yield self._problem("undecodable", f"{count} frames have the link type {link_type}, which is not known.")

    def _problem(self, kind: str, text: str, packet: int | None = None) -> Problem:
        return Problem(kind, text, input=self._input, packet=packet)


_ENDED = {
    "client": "closed by the client before a byte of TLS: its program failed before that, as over a key that it cannot "
    "read, or only tried the port.",
    "server": "closed by the server before a byte of TLS: it lets nobody in from there, or has nobody to answer.",
    "refused": "refused: nothing listens there, or something in between says so.",
}


def _silence(silent: Silent) -> str:
    what = "1 TCP connection" if silent.count == 1 else f"{silent.count:,} TCP connections"
    were = "was" if silent.count == 1 else "were"
    return f"{what} to {silent.server} (first in packet {silent.first_packet}) {were} {_ENDED[silent.ended]}"


def _roles(options: Options) -> RoleIndex:
    roles = RoleIndex()
    for certificate in options.trust:
        roles.learn(certificate, "trust")
    for supplied in options.client_certs:
        for certificate in supplied.chain:
            roles.learn(certificate, "client-cert")
    return roles
