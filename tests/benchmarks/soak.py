"""Weeks of a watch in minutes: ``python -m tests.benchmarks.soak [--write] [--veth] [--connections N] ...``.

Recorded frames are replayed under ever other addresses: first a hundred thousand connections that never get beyond
their SYN or their ClientHello, of which as many stay open as a watch keeps, then a million short ones, failed and good.
The memory in use is printed as it goes; beside the short ones it should not grow.

They go into the live pipeline, and its clock is that of the packets. With ``--veth`` they go into one end of a veth
pair whose other end ``certwhy sniff`` watches, with its rings and by the real clock (Linux, root). With ``--write`` the
packets of failed connections are held and written, to a few small files that take turns.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from analyzer.capture import PacketFiles, open_capture
from analyzer.cli.cycles import search_for_cycles_less_often
from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.diagnose import Diagnosis, Expectations
from analyzer.diagnosis.report import ConnectionReport
from analyzer.packets import Packet
from analyzer.pipeline import LivePipeline, Options, Written
from analyzer.render.comments import comments
from tests.benchmarks.big_captures import load, write_interleaved
from tests.benchmarks.frame_sender import FrameSender
from tests.benchmarks.veth import SENDER, SNIFF, enter_namespace, watching

RECORDINGS = (
    "good-openssl-openssl",
    "expired-curl-openssl",
    "tls13-good-openssl-nginx",
    "empty-openssl-nginx-proxy-v2",
)
STEPS = 10
HALF_OPEN_PASSES, PASSES = 50, 200
"""Each in a network of its own, of which there are 255."""
FILES, FILE_BYTES = 3, 4 << 20
TICK_PACKETS = 5_000
_NETWORKS = (27, 31)
"""Where the second bytes of the two IPv4 addresses stand in an Ethernet frame."""
_SPACING_NS = 50_000


class Part(NamedTuple):
    """Connections that are replayed in some passes, in each of them as ever other ones."""

    path: Path
    first_network: int
    passes: int
    in_one_pass: int
    frames: int
    """Of one pass."""


def half_open(count: int, path: Path) -> Part:
    """Connections that never get beyond their SYN, or their ClientHello."""
    of_one = [frame for frame in load(RECORDINGS[0]) if frame.from_client]
    in_one_pass = -(-count // HALF_OPEN_PASSES)
    frames = write_interleaved(path, (of_one[: 1 if number % 2 else 3] for number in range(in_one_pass)))
    return Part(path, 1, HALF_OPEN_PASSES, in_one_pass, frames)


def short(count: int, path: Path) -> Part:
    """Logins, good and failed ones."""
    recordings = [load(name) for name in RECORDINGS]
    in_one_pass = -(-count // PASSES)
    frames = write_interleaved(path, (recordings[number % len(recordings)] for number in range(in_one_pass)))
    return Part(path, 1 + HALF_OPEN_PASSES, PASSES, in_one_pass, frames)


class Meter:
    """Says how much memory a process has in use after so many connections."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._started = time.perf_counter()
        self._connections = self._packets = 0

    def say(self, part: Part, packets: int) -> None:
        """So many packets more of that part."""
        self._packets += packets
        self._connections += packets * part.in_one_pass // part.frames
        pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
        mib = pages * resource.getpagesize() / (1 << 20)
        seconds = time.perf_counter() - self._started
        so_far = f"{self._connections:>9,} connections, {self._packets:>11,} packets, {seconds:6.0f} s"
        print(f"{so_far}, {mib:6.0f} MiB  {part.path.stem}", flush=True)


def packets_of(part: Part, number: int = 0) -> Iterator[Packet]:
    """The packets of a part behind so many others, each pass in a network of its own and later than the one before."""
    with open_capture(str(part.path)) as file:
        frames = list(file)
    first_ns = frames[0].timestamp_ns or 0
    for network in range(part.first_network, part.first_network + part.passes):
        for frame in frames:
            data = bytearray(frame.data)
            for place in _NETWORKS:
                data[place] = network
            number += 1
            yield Packet(number, first_ns + number * _SPACING_NS, 1, bytes(data), len(data))


def through_the_pipeline(parts: Sequence[Part], folder: Path, given: Namespace) -> None:
    """The pipeline alone."""
    search_for_cycles_less_often()
    told: Counter[str] = Counter()

    def tell(report: ConnectionReport) -> None:
        told[report.verdict.rule if report.verdict else "none"] += 1

    files = PacketFiles(str(folder), most_bytes=FILE_BYTES, most_files=FILES) if given.write else None
    written = Written(files, comments, print) if files else None
    pipeline = LivePipeline(Diagnosis(load_catalogue(), Expectations((), ())), Options(), tell, None, written)
    meter, before = Meter(os.getpid()), 0
    for part in parts:
        step = part.frames * part.passes // STEPS
        for packet in packets_of(part, before):
            pipeline.feed(packet)
            if packet.number % TICK_PACKETS == 0:
                pipeline.tick(packet.timestamp_ns or 0)
            if (packet.number - before) % step == 0:
                meter.say(part, step)
        before = packet.number
    pipeline.flush()
    print(", ".join(f"{rule}: {times:,}" for rule, times in sorted(told.items())))
    if written is not None:
        written.files.close()
        print(f"written: {written.connections:,} connections, {written.packets:,} packets")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def through_a_veth_pair(parts: Sequence[Part], folder: Path, given: Namespace) -> None:
    """The whole command, and the kernel before it."""
    errors = folder.parent / "errors"
    writes = ("--write", str(folder), "--write-size", str(FILE_BYTES), "--write-files", str(FILES))
    senders = [FrameSender(part.path, SENDER, part.first_network - 1) for part in parts]
    with watching([*SNIFF, *(writes if given.write else ())], errors, senders=len(senders)) as process:
        meter = Meter(process.pid)
        for part, sender in zip(parts, senders, strict=True):
            for _ in range(STEPS):
                sent = sender.send(given.rate, part.frames * part.passes / given.rate / STEPS)
                meter.say(part, sent.frames)
        process.terminate()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    print(errors.read_text().rstrip())
    print(f"peak {usage.ru_maxrss / 1024:.0f} MiB")


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.benchmarks.soak", description="A long watch in short.")
    parser.add_argument("--connections", type=int, default=1_000_000, help="at least 200")
    parser.add_argument("--half-open", type=int, default=100_000, help="at least 50")
    parser.add_argument("--write", action="store_true", help="keep the packets of failed connections")
    parser.add_argument("--veth", action="store_true", help="through a veth pair and certwhy sniff")
    parser.add_argument("--rate", type=float, default=20_000, help="packets per second, with --veth")
    given = parser.parse_args()
    if given.veth:
        enter_namespace("tests.benchmarks.soak")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="certwhy-soak-")))
        (folder / "kept").mkdir()
        parts = [half_open(given.half_open, folder / "half-open"), short(given.connections, folder / "short")]
        (through_a_veth_pair if given.veth else through_the_pipeline)(parts, folder / "kept", given)


if __name__ == "__main__":
    main()
