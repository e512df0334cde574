"""Weeks of a watch in minutes: ``python -m tests.benchmarks.soak [--write] [--veth] [--connections N] ...``.

Recorded frames are replayed under ever other addresses: a million short connections, failed and good ones, and a
hundred thousand that never go beyond their SYN or their ClientHello. The memory in use is printed as it goes; it
should not grow.

They go into the live pipeline, and its clock is that of the packets. With ``--veth`` they go into one end of a veth
pair whose other end ``certwhy sniff`` watches, with its rings and by the real clock (Linux, root). With ``--write`` the
packets of failed connections are held and written, to a few small files that take turns.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
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
from tests.benchmarks.big_captures import Frame, load, write_interleaved
from tests.benchmarks.frame_sender import FrameSender
from tests.benchmarks.veth import SENDER, SNIFF, enter_namespace, watching

RECORDINGS = (
    "good-openssl-openssl",
    "expired-curl-openssl",
    "tls13-good-openssl-nginx",
    "empty-openssl-nginx-proxy-v2",
)
STEPS = 10
PASSES = 250
"""So many networks of addresses, at most 255."""
FILES, FILE_BYTES = 3, 4 << 20
TICK_PACKETS = 5_000
_NETWORKS = (27, 31)
"""Where the second bytes of the two IPv4 addresses stand in an Ethernet frame."""
_SPACING_NS = 50_000


class Soak(NamedTuple):
    """What is to be replayed, and how."""

    connections: int
    half_open: int
    write: bool
    rate: float

    @property
    def in_one_pass(self) -> int:
        return -(-self.connections // PASSES) + -(-self.half_open // PASSES)

    def frames(self) -> Iterator[list[Frame]]:
        """The connections of one pass."""
        recordings = [load(name) for name in RECORDINGS]
        from_client = [frame for frame in recordings[0] if frame.from_client]
        connections = -(-self.connections // PASSES)
        half_open = 0
        for number in range(connections):
            yield recordings[number % len(recordings)]
            while half_open * connections < (number + 1) * -(-self.half_open // PASSES):
                yield from_client[: 1 if half_open % 2 else 3]
                half_open += 1


def sayer(pid: int, soak: Soak, frames: int) -> Callable[[int], None]:
    """Says how things stand after so many packets, of which one pass has so many frames."""
    started = time.perf_counter()

    def say(packets: int) -> None:
        connections = packets * soak.in_one_pass // frames
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        mib = pages * resource.getpagesize() / (1 << 20)
        so_far = f"{connections:>9,} connections, {packets:>11,} packets, {time.perf_counter() - started:6.0f} s"
        print(f"{so_far}, {mib:6.0f} MiB", flush=True)

    return say


def packets_of(path: Path) -> Iterator[Packet]:
    """The packets of a recording, again and again, each pass in other networks and later than the one before."""
    with open_capture(str(path)) as file:
        frames = list(file)
    first_ns, number = frames[0].timestamp_ns or 0, 0
    for network in range(PASSES):
        for frame in frames:
            data = bytearray(frame.data)
            for place in _NETWORKS:
                data[place] = network + 1
            number += 1
            yield Packet(number, first_ns + number * _SPACING_NS, 1, bytes(data), len(data))


def through_the_pipeline(soak: Soak, path: Path, frames: int, folder: Path) -> None:
    """The pipeline alone."""
    search_for_cycles_less_often()
    told: Counter[str] = Counter()

    def tell(report: ConnectionReport) -> None:
        told[report.verdict.rule if report.verdict else "none"] += 1

    files = PacketFiles(str(folder), most_bytes=FILE_BYTES, most_files=FILES) if soak.write else None
    written = Written(files, comments, print) if files else None
    pipeline = LivePipeline(Diagnosis(load_catalogue(), Expectations((), ())), Options(), tell, None, written)
    say = sayer(os.getpid(), soak, frames)
    for packet in packets_of(path):
        pipeline.feed(packet)
        if packet.number % TICK_PACKETS == 0:
            pipeline.tick(packet.timestamp_ns or 0)
        if packet.number % (frames * PASSES // STEPS) == 0:
            say(packet.number)
    pipeline.flush()
    print(", ".join(f"{rule}: {times:,}" for rule, times in sorted(told.items())))
    if written is not None:
        written.files.close()
        print(f"written: {written.connections:,} connections, {written.packets:,} packets")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def through_a_veth_pair(soak: Soak, path: Path, frames: int, folder: Path) -> None:
    """The whole command, and the kernel before it."""
    sender, errors = FrameSender(path, SENDER), folder.parent / "errors"
    writes = ("--write", str(folder), "--write-size", str(FILE_BYTES), "--write-files", str(FILES))
    seconds = frames * PASSES / soak.rate / STEPS
    with watching([*SNIFF, *(writes if soak.write else ())], errors) as process:
        say, sent = sayer(process.pid, soak, frames), 0
        for _ in range(STEPS):
            sent += sender.send(soak.rate, seconds).frames
            say(sent)
        process.terminate()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    print(errors.read_text().rstrip())
    print(f"peak {usage.ru_maxrss / 1024:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description="A long watch in short.")
    parser.add_argument("--connections", type=int, default=1_000_000)
    parser.add_argument("--half-open", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="keep the packets of failed connections")
    parser.add_argument("--veth", action="store_true", help="through a veth pair and certwhy sniff")
    parser.add_argument("--rate", type=float, default=20_000, help="packets per second, with --veth")
    given = parser.parse_args()
    if given.veth:
        enter_namespace("tests.benchmarks.soak")
    soak = Soak(given.connections, given.half_open, given.write, given.rate)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="certwhy-soak-")))
        path, kept = folder / "frames.pcap", folder / "kept"
        kept.mkdir()
        frames = write_interleaved(path, soak.frames())
        (through_a_veth_pair if given.veth else through_the_pipeline)(soak, path, frames, kept)


if __name__ == "__main__":
    main()
