"""Takes recorded traffic apart into TCP segments, and puts changed segments together again as packets.

Packets are raw IP (LINKTYPE_RAW), so that a test changes what it means to change and nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from analyzer.capture import FrameDecoder, open_capture
from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.diagnose import Diagnosis, Expectations
from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Handshake, SeenRequest, Unseen, certificate_status, request_status
from analyzer.packets import Packet, Segment
from analyzer.pipeline import Options, Pipeline
from analyzer.tls import KeyRing

CAPTURES = Path(__file__).parents[2] / "captures"
LINKTYPE_RAW = 101


class Sent(NamedTuple):
    """One TCP segment, without a packet number: it gets one where it is put."""

    path: bytes
    sequence: int
    acknowledgment: int
    flags: int
    payload: bytes


def capture_of(name: str) -> Path:
    return next(path for path in sorted((CAPTURES / name).iterdir()) if ".pcap" in path.name)


def key_log_of(name: str) -> bytes:
    """The secrets of a recording; empty where it was made without."""
    path = CAPTURES / name / "keys.log"
    return path.read_bytes() if path.exists() else b""


def segments_of(name: str) -> list[Sent]:
    """The TCP segments of a recording, in its order."""
    decoder = FrameDecoder()
    found = []
    with open_capture(str(capture_of(name))) as file:
        for packet in file:
            segment = decoder.decode(packet)
            if isinstance(segment, Segment):
                found.append(
                    Sent(segment.path, segment.sequence, segment.acknowledgment, segment.flags, segment.payload)
                )
    return found


def to_packets(segments: Iterable[Sent]) -> list[Packet]:
    """Number the segments from 1, a millisecond apart, in the year of the recordings."""
    start = 1_795_640_000_000_000_000
    packets = []
    for number, segment in enumerate(segments, 1):
        data = _ip(segment)
        packets.append(Packet(number, start + number * 1_000_000, LINKTYPE_RAW, data, len(data)))
    return packets


def _ip(segment: Sent) -> bytes:
    width = (len(segment.path) - 4) // 2
    source, destination = segment.path[:width], segment.path[width : 2 * width]
    tcp = segment.path[-4:] + struct.pack(
        ">IIBBHHH", segment.sequence, segment.acknowledgment, 0x50, segment.flags, 0xFFFF, 0, 0
    )
    tcp += segment.payload
    if width == 16:
        return struct.pack(">IHBB", 0x60000000, len(tcp), 6, 64) + source + destination + tcp
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + source + destination + tcp


def analyse(packets: Iterable[Packet], key_log: bytes = b"") -> list[ConnectionReport]:
    """Diagnose packets, with the lines of a key log where there are any; a rule that breaks fails the test."""
    diagnosis = Diagnosis(load_catalogue(), Expectations())
    keys = None
    if key_log:
        keys = KeyRing()
        keys.log.add(key_log)
    pipeline = Pipeline(diagnosis, Options(), 0, keys=keys)
    for packet in packets:
        pipeline.feed(packet)
    reports = pipeline.flush()
    assert not diagnosis.broken
    return reports


def signature(reports: Sequence[ConnectionReport]) -> list[object]:
    """Everything that a report says, but for packet numbers and times."""
    return [
        (
            (report.verdict.rule, report.verdict.severity, report.verdict.confidence, report.verdict.because)
            if report.verdict
            else None,
            sorted((f.rule, f.severity, f.confidence, f.explained_by) for f in report.findings),
            sorted(u.rule for u in report.undecided),
            report.connection.sni,
            report.connection.carrier,
            report.connection.ending.by,
            report.connection.ending.how,
            [_facts(handshake) for handshake in report.connection.handshakes],
        )
        for report in reports
    ]


def _facts(handshake: Handshake) -> object:
    request = handshake.certificate_request
    return (
        handshake.version if isinstance(handshake.version, int) else handshake.version.why,
        handshake.outcome,
        handshake.resumed if isinstance(handshake.resumed, bool) else handshake.resumed.why,
        request_status(request),
        len(request.names) if isinstance(request, SeenRequest) else None,
        certificate_status(handshake.client_certificate),
        isinstance(handshake.certificate_verify, Unseen),
        "".join(sorted(handshake.history)),
        [(alert.sender, alert.level, alert.description) for alert in handshake.alerts],
    )
