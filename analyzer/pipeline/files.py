"""Capture files: each is fed to a pipeline of its own, and what came of all of them is one report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.capture import (
    TLS_KEY_LOG,
    CaptureFile,
    FrameDecoder,
    can_be_read_twice,
    collect_secrets,
    open_capture,
)
from analyzer.carriers import TlsFlow, TlsFound
from analyzer.diagnosis.catalogue import Catalogue, load_catalogue
from analyzer.diagnosis.diagnose import Diagnosis, Expectations
from analyzer.diagnosis.report import ConnectionReport, InputReport, Problem, Report, Truncation
from analyzer.errors import InputUnreadableError
from analyzer.packets import Segment
from analyzer.pipeline.one_input import Pipeline
from analyzer.pipeline.options import EventSink, Options, Progress, ProgressSink, Sink
from analyzer.pipeline.second_pass import SecondPass
from analyzer.pipeline.written import Written
from analyzer.streams import TcpTracker
from analyzer.tls import Budget, KeyRing
from analyzer.tls.events import Event
from analyzer.tls.keylog import read_key_log

PROGRESS_EVERY = 16_384
"""Packets between two reports of progress."""


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
    if not counts.secrets and not ring.server_keys:
        yield Problem("keys", "The key logs hold no secret: was the program started anew, and did it log in since?")
    if ring.partial:
        text = "The key logs hold only a part of the secrets of some connections"
        yield Problem("keys", f"{text} ({ring.partial}): bring the whole log of one end.")
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
    written: Written | None = None,
) -> Report:
    """Read captures and diagnose every TLS connection in them.

    Inputs that cannot be read become problems; so does an interruption by the user, after which everything read
    so far is reported. With ``sink`` the connections go there one by one and the report holds none. With ``written``
    the packets of failed connections are written: those of a file in a second pass over it.
    """
    options = options or Options()
    expectations = Expectations(options.client_certs, options.servers)
    diagnosis = Diagnosis(catalogue or load_catalogue(), expectations)
    keys = _key_ring(options)
    inputs: list[InputReport] = []
    problems: list[Problem] = []
    reports: list[ConnectionReport] = []
    for index, path in enumerate(paths):
        second = SecondPass(path, written) if written is not None and can_be_read_twice(path) else None
        own_keys = _with_own_keys(path, keys)
        held = written if second is None else None
        pipeline = Pipeline(diagnosis, options, index, _seen_by(second, sink), own_keys, held)
        described, interrupted = _read_one(path, index, pipeline, problems, progress)
        found = pipeline.flush()
        inputs.append(described)
        problems.extend(pipeline.problems())
        problems.extend(_connection_problems(found))
        problems.extend(_written_again(second, found, pipeline, index))
        reports.extend(found)
        if interrupted:
            problems.append(Problem("interrupted", "Reading was interrupted; this is what was read.", index))
            break
    problems.extend(_key_problems(keys))
    problems.extend(written.problems() if written is not None else ())
    problems.extend(
        Problem("rule-broken", f"The rule {broken.rule} failed: {broken.error}.")
        for broken in diagnosis.broken.values()
    )
    return Report(tuple(inputs), tuple(problems), tuple(reports))


def _seen_by(second: SecondPass | None, sink: Sink | None) -> Sink | None:
    """The sink, with somebody who looks at what goes there."""
    if second is None or sink is None:
        return sink
    take = second.take

    def seen(report: ConnectionReport) -> None:
        take(report)
        sink(report)

    return seen


def _written_again(
    second: SecondPass | None, found: Sequence[ConnectionReport], pipeline: Pipeline, index: int
) -> Iterator[Problem]:
    """What went wrong in the second pass over a file, if there is one."""
    if second is not None:
        for report in found:
            second.take(report)
        yield from second.run(pipeline.keys, index)


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
            if not can_be_read_twice(path) and file.format.startswith("pcapng"):
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
    lanes = pipeline.lanes
    for item in file if lanes is None else file.segments(lanes):
        segment = item if type(item) is Segment else decode(item)  # type: ignore[arg-type]
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
