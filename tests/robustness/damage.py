"""Damages captures in every way that files and networks do, and checks what must hold whatever the bytes are."""

from __future__ import annotations

import io
import random
import re
import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from analyzer.diagnosis.report import Report
from analyzer.pipeline import Options, read_captures
from analyzer.render import View, drawer
from tests.support.traffic import CAPTURES, Sent, analyse, segments_of, to_packets

SECONDS_AT_MOST = 20.0
"""No single damaged capture may take longer, of the processor's time; all of them are small."""


def capture_files() -> list[Path]:
    return [path for path in sorted(CAPTURES.glob("*/*")) if ".pcap" in path.name]


def key_log_beside(path: Path) -> Path | None:
    """The key log of a recording, where it was made with one."""
    log = path.parent / "keys.log"
    return log if log.exists() else None


def check_bytes(data: bytes, folder: Path, key_log: Path | None = None) -> Report:
    """Read these bytes as a capture and draw the report: nothing may be raised, no rule may break."""
    report = check_reading(data, folder, key_log)
    check_drawing(report)
    return report


def check_reading(data: bytes, folder: Path, key_log: Path | None = None) -> Report:
    """The same without drawing it."""
    path = folder / "damaged.pcap"
    path.write_bytes(data)
    started = time.process_time()
    options = Options(key_logs=(str(key_log),) if key_log else ())
    report = read_captures([str(path)], options)
    assert time.process_time() - started < SECONDS_AT_MOST
    assert [problem.text for problem in report.problems if problem.kind == "rule-broken"] == []
    return report


def check_drawing(report: Report) -> None:
    """No format may fail, and none may print what a terminal would act upon."""
    for name in ("terminal", "json"):
        drawn(report, name)


def drawn(report: Report, name: str) -> str:
    """The report in one format, in which no character may be one that a terminal would act upon."""
    stream = io.StringIO()
    drawer(name)(report, View(stream, width=80, only="all"))
    shown = stream.getvalue()
    assert not _ACTED_UPON.search(shown)
    return shown


_ACTED_UPON = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def packet_boundaries(data: bytes) -> Iterator[int]:
    """Where each packet of a little-endian classic pcap begins and ends."""
    at = 24
    yield at
    while at + 16 <= len(data):
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
        yield at


def mutated(data: bytes, generator: random.Random) -> bytes:
    """One to eight changes: a byte, a run of bytes, a cut, a repetition."""
    changed = bytearray(data)
    for _ in range(generator.randrange(1, 9)):
        if not changed:
            break
        at = generator.randrange(len(changed))
        kind = generator.randrange(6)
        if kind <= 2:
            changed[at] = generator.choice((0, 1, 0x7F, 0x80, 0xFF, generator.randrange(256)))
        elif kind == 3:
            changed[at : at + generator.randrange(1, 9)] = generator.randbytes(generator.randrange(9))
        elif kind == 4:
            del changed[at : at + generator.randrange(1, 200)]
        else:
            changed[at:at] = changed[max(0, at - generator.randrange(1, 200)) : at]
    return bytes(changed)


def stream_boundaries(name: str) -> Iterator[tuple[bytes, int]]:
    """For each direction: the stream offsets at which a TLS record or a clear handshake message ends."""
    for path, stream in _streams(segments_of(name)).items():
        at = 0
        clear = True
        while at + 5 <= len(stream):
            end = at + 5 + int.from_bytes(stream[at + 3 : at + 5], "big")
            yield path, at + 5
            if stream[at] == 22 and clear:
                inside = at + 5
                while inside + 4 <= min(end, len(stream)):
                    inside += 4 + int.from_bytes(stream[inside + 1 : inside + 4], "big")
                    yield path, min(inside, len(stream))
            clear = clear and stream[at] != 20
            yield path, min(end, len(stream))
            at = end


def _streams(segments: list[Sent]) -> dict[bytes, bytes]:
    """Each direction's bytes; the recordings used here are in order."""
    streams: dict[bytes, bytes] = {}
    for segment in segments:
        streams[segment.path] = streams.get(segment.path, b"") + segment.payload
    return streams


def check_stream_cut(name: str, path: bytes, offset: int, key_log: bytes = b"") -> None:
    """Let everything that one direction sent after this offset be missing from the capture."""
    left = offset
    kept = []
    for segment in segments_of(name):
        if segment.path == path:
            if left < len(segment.payload):
                kept.append(segment._replace(payload=segment.payload[:left]))
                left = 0
                continue
            left -= len(segment.payload)
            if not left and not segment.payload and segment.flags & 1:
                continue
        kept.append(segment)
    analyse(to_packets(kept), key_log)


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="certwhy-damage-")
