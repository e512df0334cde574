"""What a reader passes over changes no report."""

from __future__ import annotations

import io
import random
import struct
from pathlib import Path
from typing import Any

import pytest

from analyzer.capture import open_capture, pcap
from analyzer.capture.passing import next_needed_segment
from analyzer.packets import Segment
from analyzer.pipeline import Options, read_captures
from analyzer.pipeline.one_input import Pipeline
from analyzer.render import View, drawer
from analyzer.streams import TcpTracker
from tests.benchmarks.big_captures import write_application_data
from tests.robustness.damage import capture_files, key_log_beside

ROOT = Path(__file__).parents[2]


def _told(path: Path, key_log: Path | None = None) -> str:
    report = read_captures([str(path)], Options(key_logs=(str(key_log),) if key_log else ()))
    stream = io.StringIO()
    drawer("json")(report, View(stream, only="all"))
    return stream.getvalue()


def _told_of_every_packet(path: Path, monkeypatch: pytest.MonkeyPatch, key_log: Path | None = None) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(Pipeline, "lanes", None)
        return _told(path, key_log)


@pytest.mark.parametrize("path", capture_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_recorded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key_log = key_log_beside(path)
    assert _told(path, key_log) == _told_of_every_packet(path, monkeypatch, key_log)


def _frames(path: Path) -> list[bytes]:
    """The records of a little-endian pcap."""
    data, at, frames = path.read_bytes(), 24, []
    while at < len(data):
        after = at + 16 + struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at:after])
        at = after
    return frames


def _disturb(frames: list[bytes], chance: random.Random) -> list[bytes]:
    """Some packets late, some twice, some lost, some cut short, some with a FIN or RST."""
    disturbed: list[bytes] = []
    for frame in frames:
        what = chance.random()
        if what < 0.02 and disturbed:
            disturbed.insert(-1 - chance.randrange(min(8, len(disturbed))), frame)
        elif what < 0.04:
            disturbed += [frame, frame]
        elif what < 0.05:
            continue
        elif what < 0.06:
            disturbed.append(frame[:8] + struct.pack("<I", len(frame) - 17) + frame[12:-1])
        elif what < 0.062:
            disturbed.append(frame[:63] + bytes([frame[63] | chance.choice((1, 4))]) + frame[64:])
        else:
            disturbed.append(frame)
    return disturbed


@pytest.mark.parametrize("seed", range(12))
def test_application_data_that_is_late_lost_or_sent_again(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.pcap"
    write_application_data(path, packets=3000, connections=4)
    chance = random.Random(seed)
    frames = _frames(path)
    path.write_bytes(path.read_bytes()[:24] + b"".join(_disturb(frames, chance)))
    assert _told(path) == _told_of_every_packet(path, monkeypatch)


@pytest.mark.parametrize("seed", range(6))
def test_records_are_passed_over_many_in_a_call(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data.pcap"
    write_application_data(path, packets=3000, connections=4)
    frames = _disturb(_frames(path), random.Random(seed))
    path.write_bytes(path.read_bytes()[:24] + b"".join(frames))
    one_by_one = _told(path)
    passed: list[int] = []

    def counted(*arguments: Any) -> tuple[int, int, Segment | None]:
        answer = next_needed_segment(*arguments)
        passed.append(answer[1] - arguments[-1] - (answer[2] is not None))
        return answer

    monkeypatch.setattr(pcap, "next_needed", counted)
    assert _told(path) == one_by_one
    assert sum(passed) > 0.5 * len(frames)


def _at_sequence(frame: bytes, shift: int) -> bytes:
    """The same frame with both of its sequence numbers moved."""
    sequence, acknowledgment = struct.unpack_from(">II", frame, 16 + 38)
    moved = struct.pack(">II", (sequence + shift) & 0xFFFFFFFF, (acknowledgment + shift) & 0xFFFFFFFF)
    return frame[: 16 + 38] + moved + frame[16 + 46 :]


@pytest.mark.parametrize("before_wrap", [1, 5_000, 100_000, 1_000_000])
def test_sequence_numbers_that_wrap(before_wrap: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data.pcap"
    write_application_data(path, packets=1500, connections=1)
    frames = _frames(path)
    first = next(struct.unpack_from(">I", frame, 16 + 38)[0] for frame in frames if len(frame) > 1400)
    header = path.read_bytes()[:24]
    shift = (1 << 32) - before_wrap - first
    path.write_bytes(header + b"".join(_at_sequence(frame, shift) for frame in frames))
    assert _told(path) == _told_of_every_packet(path, monkeypatch)
    assert _needed(path) < 0.5 * len(frames)


def _needed(path: Path) -> int:
    """How many packets are not passed over."""
    pipeline_sees: list[Segment] = []
    tracker = TcpTracker(lambda connection: _Bulk())
    with open_capture(str(path)) as capture:
        for item in capture.segments(tracker):
            assert type(item) is Segment
            pipeline_sees.append(item)
            tracker.feed(item)
    return len(pipeline_sees)


class _Bulk:
    """Needs one byte of every 16 KiB."""

    def deliver(self, end: int, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        return 16_384

    def gap(self, end: int, length: int, packet: int) -> None:
        pass

    def settled(self, connection: object) -> None:
        pass
