"""Packets in, report out: the one module that knows every stage.

Theory of operation
-------------------
Each input has a pipeline of its own: frames are decoded to segments, segments sorted into connections, TLS found
in them and read, events collected into handshakes. Nothing in it reads a clock: ``feed`` takes the next packet,
``advance`` lets quiet connections settle as of a time of the capture, ``flush`` ends it. A file is feeding until
the end; a live capture ticks ``advance`` besides.

Connections are diagnosed at the end of their input, when the index of the capture knows all it will know. With a
``sink`` (JSON Lines) each is diagnosed and handed over when it settles, and nothing is kept. What is kept is
bounded: after :data:`MAX_KEPT` connections only the failed ones are, and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from analyzer.capture import (
    STANDARD_INPUT,
    TLS_KEY_LOG,
    CaptureFile,
    FrameDecoder,
    Secrets,
    collect_secrets,
    open_capture,
)
from analyzer.carriers import TlsFlow, TlsFound, UnreadProtocols
from analyzer.diagnosis.catalogue import Catalogue, load_catalogue
from analyzer.diagnosis.diagnose import Diagnosis, Expectations
from analyzer.diagnosis.report import ConnectionReport, InputReport, Problem, Report, Truncation
from analyzer.errors import InputUnreadableError
from analyzer.model import CaptureIndex, Connection, ConnectionBuilder
from analyzer.packets import Packet, Segment
from analyzer.streams import TcpConnection, TcpTracker
from analyzer.tls import Budget, KeyRing
from analyzer.tls.decryption import ServerKey
from analyzer.tls.events import Event
from analyzer.tls.keylog import read_key_log
from analyzer.x509 import CertificateInfo, RoleIndex, SuppliedCertificate

MAX_KEPT = 50_000
"""Connections kept in full for the report."""
PROGRESS_EVERY = 16_384
"""Packets between two reports of progress."""


class Options(msgspec.Struct, frozen=True):
    """What the user adds to the captures."""

    client_certs: tuple[SuppliedCertificate, ...] = ()
    trust: tuple[CertificateInfo, ...] = ()
    servers: tuple[str, ...] = ()
    """Names, addresses, or either with a port, of servers that expect a client certificate."""
    key_logs: tuple[str, ...] = ()
    """Files in the SSLKEYLOGFILE format."""
    server_keys: tuple[ServerKey, ...] = ()
    """Private keys of servers, for RSA key exchange."""
    check_all: bool = False
    """Compute the controls of every handshake, not only where a client's signature does not verify."""


class Progress(msgspec.Struct, frozen=True):
    """How far reading has come."""

    path: str
    bytes_done: int
    """Of the stored file."""
    bytes_total: int | None
    packets: int
    connections: int
    failed: int


Sink = Callable[[ConnectionReport], None]
ProgressSink = Callable[[Progress], None]
EventSink = Callable[[int, Event], None]
"""Gets the number of a connection, in the order in which TLS was found, and one of its events."""


class Pipeline:
    """One input's way from packets to diagnosed connections."""

    def __init__(
        self,
        diagnosis: Diagnosis,
        options: Options,
        input_index: int,
        sink: Sink | None = None,
        keys: KeyRing | None = None,
    ) -> None:
        self._diagnosis = diagnosis
        self._input = input_index
        self._sink = sink
        self._index = CaptureIndex(_roles(options))
        self._decoder = FrameDecoder()
        self._unread = UnreadProtocols()
        self._budget = Budget()
        self._keys = keys
        self._check_all = options.check_all
        self._tracker = TcpTracker(self._opened)
        self.decode, self.track, self.see = self._decoder.decode, self._tracker.feed, self._unread.see
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
        for connection in self._kept:
            self._reports.append(self._diagnose(connection))
        self._kept.clear()
        self._reports.sort(key=lambda report: report.connection.first_packet)
        return self._reports

    def _opened(self, connection: TcpConnection) -> TlsFlow:
        return TlsFlow(connection, self._tls_found, self._budget, self._keys)

    def _tls_found(self, found: TlsFound) -> ConnectionBuilder:
        return ConnectionBuilder(found, self._settled, check_all=self._check_all)

    def _settled(self, builder: ConnectionBuilder) -> None:
        self._count += 1
        connection = builder.build(self._count)
        for handshake in connection.handshakes:
            self._index.learn(connection.id, handshake)
        if self._sink is not None:
            self._sink(self._diagnose(connection))
        elif len(self._kept) < MAX_KEPT:
            self._kept.append(connection)
        else:
            report = self._diagnose(connection)
            if report.failed and len(self._reports) < MAX_KEPT:
                self._reports.append(report)
            else:
                self._not_kept += 1

    def _diagnose(self, connection: Connection) -> ConnectionReport:
        report = self._diagnosis.diagnose(connection, self._index, self._input)
        self.failed += report.failed
        return report

    def problems(self) -> Iterator[Problem]:
        """What limited the analysis of this input."""
        for kind, packet in self._unread.first_packets.items():
            yield self._problem("unread-protocol", f"{kind} was seen (first in packet {packet}) and not read.", packet)
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


def _roles(options: Options) -> RoleIndex:
    roles = RoleIndex()
    for certificate in options.trust:
        roles.learn(certificate, "trust")
    for supplied in options.client_certs:
        for certificate in supplied.chain:
            roles.learn(certificate, "client-cert")
    return roles


def _key_ring(options: Options) -> KeyRing | None:
    """The keys that the user gave; None where there are none."""
    if not options.key_logs and not options.server_keys:
        return None
    ring = KeyRing(options.server_keys)
    for path in options.key_logs:
        read_key_log(path, ring.log)
    return ring


def _key_problems(ring: KeyRing | None) -> Iterator[Problem]:
    """What was wrong with the keys that the user gave."""
    if ring is None:
        return
    counts = ring.log.counts
    if counts.bad_lines:
        yield Problem("keys", f"{counts.bad_lines} lines of the key logs are no secrets and were passed over.")
    if counts.dropped:
        yield Problem("limit", f"{counts.dropped} secrets were not kept: the key logs hold too many.")
    if counts.secrets and not ring.opened:
        text = f"None of the {counts.secrets} secrets in the key logs opens a connection of these captures."
        yield Problem("keys", f"{text} They belong to other connections, or to none that was captured from its start.")


def _with_own_keys(path: str, ring: KeyRing | None) -> KeyRing | None:
    """Besides, those that the capture itself carries, wherever in it they are."""
    secrets = [data for kind, data in collect_secrets(path) if kind == TLS_KEY_LOG]
    if secrets and ring is None:
        ring = KeyRing()
    for data in secrets:
        assert ring is not None
        ring.log.add(data)
    return ring


def read_captures(
    paths: Sequence[str],
    options: Options | None = None,
    *,
    sink: Sink | None = None,
    progress: ProgressSink | None = None,
    catalogue: Catalogue | None = None,
) -> Report:
    """Read captures and diagnose every TLS connection in them.

    Inputs that cannot be read become problems; so does an interruption by the user, after which everything read
    so far is reported. With ``sink`` the connections go there one by one and the report holds none.
    """
    options = options or Options()
    expectations = Expectations(options.client_certs, options.servers)
    diagnosis = Diagnosis(catalogue or load_catalogue(), expectations)
    keys = _key_ring(options)
    inputs: list[InputReport] = []
    problems: list[Problem] = []
    reports: list[ConnectionReport] = []
    for index, path in enumerate(paths):
        pipeline = Pipeline(diagnosis, options, index, sink, _with_own_keys(path, keys))
        described, interrupted = _read_one(path, index, pipeline, problems, progress)
        found = pipeline.flush()
        inputs.append(described)
        problems.extend(pipeline.problems())
        problems.extend(_connection_problems(found))
        reports.extend(found)
        if interrupted:
            problems.append(Problem("interrupted", "Reading was interrupted; this is what was read.", index))
            break
    problems.extend(_key_problems(keys))
    problems.extend(
        Problem("rule-broken", f"The rule {broken.rule} failed: {broken.error}.")
        for broken in diagnosis.broken.values()
    )
    return Report(tuple(inputs), tuple(problems), tuple(reports))


def _read_one(
    path: str, index: int, pipeline: Pipeline, problems: list[Problem], progress: ProgressSink | None
) -> tuple[InputReport, bool]:
    """Feed one input; returns its description, and whether the user interrupted."""
    try:
        file = open_capture(path)
    except InputUnreadableError as error:
        text = f"{error.sentence} {error.try_this}".strip()
        problems.append(Problem("input-unreadable", text, index))
        return InputReport(path, "unreadable", 0, 0), False
    interrupted = False
    with file:
        try:
            if path == STANDARD_INPUT and file.format.startswith("pcapng"):
                pipeline.expect_keys()
                _feed_growing(file, pipeline, progress)
            else:
                _feed_all(file, pipeline, progress)
        except KeyboardInterrupt:
            interrupted = True
        truncated = file.truncated
    if truncated is not None:
        text = f"The capture is damaged after packet {truncated.packet}: {truncated.why}."
        problems.append(Problem("truncated", text, index, packet=truncated.packet or None))
    cut = Truncation(truncated.packet, truncated.why) if truncated else None
    return InputReport(path, file.format, file.packets, file.bytes, cut), interrupted


def _feed_growing(file: CaptureFile, pipeline: Pipeline, progress: ProgressSink | None) -> None:
    """A pcapng that cannot be walked twice: its secrets are taken as they come, before or behind their packets."""
    secrets, taken = file.secrets, 0
    for packet in file:
        if len(secrets) != taken:
            taken = pipeline.take_secrets(secrets, taken)
        pipeline.feed(packet)
        if progress is not None and not packet.number % PROGRESS_EVERY:
            progress(_progress(file, pipeline))
    pipeline.take_secrets(secrets, taken)


def _feed_all(file: CaptureFile, pipeline: Pipeline, progress: ProgressSink | None) -> None:
    decode, track, see = pipeline.decode, pipeline.track, pipeline.see
    left = 1
    for packet in file:
        segment = decode(packet)
        if type(segment) is Segment:
            track(segment)
        elif segment is not None:
            see(segment)  # type: ignore[arg-type]
        left -= 1
        if not left:
            left = PROGRESS_EVERY
            if progress is not None:
                progress(_progress(file, pipeline))
    if progress is not None:
        progress(_progress(file, pipeline))


def _progress(file: CaptureFile, pipeline: Pipeline) -> Progress:
    return Progress(file.path, file.position, file.size, file.packets, pipeline.connections, pipeline.failed)


def _connection_problems(reports: Sequence[ConnectionReport]) -> Iterator[Problem]:
    for report in reports:
        connection = report.connection
        for packet, text in connection.malformed:
            yield Problem("malformed", f"{text}.", report.input, connection.id, packet)
        for packet, side, length in connection.missing:
            who = side.name.lower()
            text = f"{length} bytes of the {who} are missing from the capture."
            yield Problem("gap", text, report.input, connection.id, packet)


def read_events(path: str, on_event: EventSink, options: Options | None = None) -> InputReport:
    """Read one capture and hand over every event of every TLS connection.

    Raises:
        InputUnreadableError: there is nothing to read.
    """
    budget = Budget()
    keys = _with_own_keys(path, _key_ring(options or Options()))
    decoder = FrameDecoder()
    listeners: list[_EventListener] = []

    def found(tls: TlsFound) -> _EventListener:
        listeners.append(_EventListener(len(listeners) + 1, on_event))
        return listeners[-1]

    tracker = TcpTracker(lambda connection: TlsFlow(connection, found, budget, keys))
    with open_capture(path) as file:
        for packet in file:
            segment = decoder.decode(packet)
            if type(segment) is Segment:
                tracker.feed(segment)
        tracker.flush()
        truncated = file.truncated
    cut = Truncation(truncated.packet, truncated.why) if truncated else None
    return InputReport(path, file.format, file.packets, file.bytes, cut)


class _EventListener:
    """Hands the events of one connection on."""

    def __init__(self, number: int, on_event: EventSink) -> None:
        self._number = number
        self._on_event = on_event

    def event(self, event: Event) -> None:
        self._on_event(self._number, event)

    def settled(self) -> None:
        pass
