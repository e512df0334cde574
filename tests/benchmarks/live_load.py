"""How many packets per second a live capture sustains without loss: ``python -m tests.benchmarks.live_load [SECONDS]``.

certwhy sniff, tshark and dumpcap take turns in one run, in a network namespace of its own: recorded frames go into
one end of a veth pair, and the program under test watches the other. All have the same buffer in the kernel.

A rate is sustained when the program has received every frame that was sent, reports no drop, and is done at most
:data:`MAX_BEHIND_S` after it was told to stop: a program that only puts packets off does not sustain them. The
highest such rate is found by bisection. Other work on the machine makes all of them slower, and not alike.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.against_tshark import FIELDS
from tests.benchmarks.big_captures import write_application_data, write_handshakes
from tests.benchmarks.frame_sender import FrameSender, Sent
from tests.benchmarks.veth import SENDER, SNIFF, WATCHED, enter_namespace, watching

MAX_BEHIND_S = 0.5
LOWEST = 10_000.0
TRIALS = 5
PRECISION = 1.1
_SETTLE_S = 0.25
_HOPELESS = 0.1
"""A rate that costs more than this part of the frames, or of the time, is not tried a second time."""

_FIELDS = [argument for field in FIELDS for argument in ("-e", field)]
_CAPTURE = ["-p", "-i", WATCHED, "-B", "64", "-f", "tcp"]
PROGRAMS = {
    "dumpcap": ["dumpcap", "-q", *_CAPTURE, "-w", "/dev/null"],
    "tshark": ["tshark", "-n", *_CAPTURE, "-Y", "tls.handshake", "-T", "fields", *_FIELDS],
    "certwhy": SNIFF,
}
_COUNTS = {
    "dumpcap": r"received/dropped on interface '\w+': (\d+)/(\d+)",
    "tshark": r"(\d+) packets? captured(?:.*?(\d+) packets? dropped)?",  # those that it has shown
    "certwhy": r"(\d+) packets, (\d+) dropped by the kernel, (\d+) dropped here",
}
"""What each says at its end: packets received, then packets dropped."""

WORKLOADS: dict[str, Callable[[Path], int]] = {
    "mutual handshakes": lambda path: write_handshakes(path, count=10_000),
    "application data": lambda path: write_application_data(path, packets=200_000),
}


class Workload:
    """Frames to send, and those among them that tshark shows."""

    def __init__(self, path: Path) -> None:
        self.sender = FrameSender(path, SENDER)
        command = ["tshark", "-n", "-r", str(path), "-Y", "tls.handshake", "-T", "fields", "-e", "frame.number"]
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        self._shown = [int(number) for number in shown.split()]

    def expected(self, name: str, sent: int) -> int:
        """What a program should say that it has received."""
        if name != "tshark":
            return sent
        passes, rest = divmod(sent, self.sender.frames)
        return passes * len(self._shown) + bisect_right(self._shown, rest)


class Trial(NamedTuple):
    """What one program made of one rate."""

    sent: Sent
    lost: int
    """Received less than expected, or dropped."""
    behind_s: float
    processor_s: float
    """Of the program and those that it has started."""

    @property
    def rate(self) -> float:
        return self.sent.frames / self.sent.seconds

    @property
    def sustained(self) -> bool:
        return not self.lost and self.behind_s <= MAX_BEHIND_S

    @property
    def hopeless(self) -> bool:
        """Far from sustained: not because of a moment's other work on the machine."""
        too_late = self.behind_s - MAX_BEHIND_S > _HOPELESS * self.sent.seconds
        return self.lost > _HOPELESS * self.sent.frames or too_late


def attempt(name: str, workload: Workload, rate: float, seconds: float, folder: Path) -> Trial:
    """One program, one rate."""
    errors = folder / "errors"
    with watching(PROGRAMS[name], errors) as process:
        sent = workload.sender.send(rate, seconds)
        time.sleep(_SETTLE_S)
        started = time.perf_counter()
        process.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        behind = time.perf_counter() - started
    said = re.search(_COUNTS[name], errors.read_text(), re.DOTALL)
    if said is None:
        raise SystemExit(f"{name} did not say what it received: {errors.read_text()}")
    received, *dropped = (int(number or 0) for number in said.groups())
    lost = max(workload.expected(name, sent.frames) - received, sum(dropped))
    return Trial(sent, lost, behind, usage.ru_utime + usage.ru_stime)


def best_of_two(name: str, workload: Workload, rate: float, seconds: float, folder: Path) -> Trial:
    """One rate, once more if it is narrowly missed: other work on the machine may have cost the first one."""
    for _ in range(2):
        trial = attempt(name, workload, rate, seconds, folder)
        outcome = f"{trial.lost:,} lost" if trial.lost else "none lost"
        said = f"{outcome}, {trial.behind_s:.1f} s behind, {trial.processor_s:.1f} s of processor"
        print(f"  {name:8} {trial.rate:>9,.0f}/s  {said}", flush=True)
        if trial.sustained or trial.hopeless:
            break
    return trial


def highest(name: str, workload: Workload, limit: float, seconds: float, folder: Path) -> float:
    """The highest rate without loss, up to what the sender reaches; a rate that it has really sent."""
    good, bad = 0.0, limit
    for _ in range(TRIALS):
        trial = best_of_two(name, workload, (max(good, LOWEST) * bad) ** 0.5, seconds, folder)
        if trial.sustained:
            good = max(good, trial.rate)
        else:
            bad = min(bad, trial.rate)
        if bad <= good * PRECISION:
            break
    return good


def main() -> None:
    enter_namespace("tests.benchmarks.live_load", "dumpcap", "tshark")
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    table: list[str] = []
    with tempfile.TemporaryDirectory(prefix="certwhy-load-") as folder:
        for title, write in WORKLOADS.items():
            capture = Path(folder) / "frames.pcap"
            write(capture)
            workload = Workload(capture)
            sent = workload.sender.send(1e12, 1)
            limit = sent.frames / sent.seconds
            print(f"{title}: the sender reaches {limit:,.0f}/s", flush=True)
            found = {name: highest(name, workload, limit, seconds, Path(folder)) for name in PROGRAMS}
            workload.sender.close()
            rates = "".join(_cell(found[name]) for name in PROGRAMS)
            table.append(f"{title:20}{limit:>12,.0f}{rates}{_times(found, 'dumpcap')}{_times(found, 'tshark')}")
    print("\nPackets per second without loss:")
    heads = ("sender", *PROGRAMS, "of dumpcap", "of tshark")
    print(" " * 20 + "".join(f"{head:>12}" for head in heads))
    print("\n".join(table))


def _cell(rate: float) -> str:
    return f"{rate:>12,.0f}" if rate else f"{'< ' + format(LOWEST, ',.0f'):>12}"


def _times(found: dict[str, float], other: str) -> str:
    """certwhy's rate as a multiple of another one's."""
    return f"{found['certwhy'] / found[other]:>12.2f}" if found[other] else f"{'-':>12}"


if __name__ == "__main__":
    main()
