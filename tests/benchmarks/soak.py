"""Weeks of a watch in minutes: ``python -m tests.benchmarks.soak [CONNECTIONS] [HALF_OPEN]``.

Recorded frames are replayed into the live pipeline under other addresses: a million short connections, failed and
good ones, and a hundred thousand that never go beyond their ClientHello. The clock is that of the packets. It prints
the memory in use as it goes; it should not grow.
"""

from __future__ import annotations

import resource
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.diagnose import Diagnosis, Expectations
from analyzer.diagnosis.report import ConnectionReport
from analyzer.packets import Packet
from analyzer.pipeline import LivePipeline, Options
from tests.benchmarks.big_captures import Frame, load

RECORDINGS = (
    "good-openssl-openssl",
    "expired-curl-openssl",
    "tls13-good-openssl-nginx",
    "empty-openssl-nginx-proxy-v2",
)
STEPS = 10
_ETHERNET = bytes(12) + b"\x08\x00"


def _packet(number: int, connection: int, frame: Frame) -> Packet:
    client = struct.pack(
        ">BBBBH", 10, (connection >> 22) & 255, (connection >> 14) & 255, 7, 20_000 + (connection & 0x3FFF)
    )
    server = struct.pack(">BBBBH", 10, 255, 0, 1, 443)
    source, destination = (client, server) if frame.from_client else (server, client)
    tcp = source[4:] + destination[4:]
    tcp += struct.pack(">IIBBHHH", frame.sequence, frame.acknowledgment, 0x50, frame.flags, 0xFFFF, 0, 0)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(frame.payload), 0, 0x4000, 64, 6, 0) + source[:4] + destination[:4]
    data = _ETHERNET + ip + tcp + frame.payload
    return Packet(number, 1_795_640_000_000_000_000 + number * 50_000, 1, data, len(data))


def _connections(count: int, half_open: int) -> Iterator[list[Frame]]:
    recordings = [load(name) for name in RECORDINGS]
    hello = [frame for frame in recordings[0] if frame.from_client][:3]
    every = max(count // half_open, 1) if half_open else 0
    for number in range(count):
        yield recordings[number % len(recordings)]
        if every and number % every == 0:
            yield hello


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    half_open = int(sys.argv[2]) if len(sys.argv) > 2 else count // 10
    told: Counter[str] = Counter()

    def tell(report: ConnectionReport) -> None:
        told[report.verdict.rule if report.verdict else "none"] += 1

    pipeline = LivePipeline(Diagnosis(load_catalogue(), Expectations((), ())), Options(), tell)
    number, started = 0, time.perf_counter()
    step = max((count + half_open) // STEPS, 1)
    for connection, frames in enumerate(_connections(count, half_open)):
        for frame in frames:
            number += 1
            packet = _packet(number, connection, frame)
            pipeline.feed(packet)
            if number % 5_000 == 0 and packet.timestamp_ns is not None:
                pipeline.tick(packet.timestamp_ns)
        if connection % step == step - 1:
            so_far = f"{connection + 1:>9,} connections, {number:>11,} packets, {time.perf_counter() - started:6.0f} s"
            print(f"{so_far}, {_resident_mib():6.0f} MiB", flush=True)
    pipeline.flush()
    print(", ".join(f"{rule}: {times:,}" for rule, times in sorted(told.items())))
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
