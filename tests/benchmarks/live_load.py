"""How many packets per second a live capture sustains without loss: ``python -m tests.benchmarks.live_load [SECONDS]``.

certwhy sniff, tshark and dumpcap take turns in one run, in a network namespace of its own: recorded frames go into
one end of a veth pair, and the program under test watches the other. A rate is sustained when the program has
received every frame that was sent, reports no drop, and is done at most :data:`MAX_BEHIND_S` after it was told to
stop: a program that only puts packets off does not sustain them. The highest such rate is found by bisection.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.against_tshark import FIELDS
from tests.benchmarks.big_captures import write_application_data, write_handshakes
from tests.benchmarks.frame_sender import FrameSender, Sent

SENDER, WATCHED = "sender", "watched"
MAX_BEHIND_S = 2.0
LOWEST = 10_000.0
MAX_TRIALS = 12
PRECISION = 1.05
_GETTING_READY_S = 2.0
"""From the open socket on: certwhy loads its rules meanwhile."""
_SETTLE_S = 1.0

_FIELDS = [argument for field in FIELDS for argument in ("-e", field)]
PROGRAMS = {
    "dumpcap": ["dumpcap", "-q", "-p", "-i", WATCHED, "-f", "tcp", "-w", "/dev/null"],
    "tshark": ["tshark", "-n", "-p", "-i", WATCHED, "-f", "tcp", "-Y", "tls.handshake", "-T", "fields", *_FIELDS],
    "certwhy": [sys.executable, "-m", "analyzer", "sniff", WATCHED, "--format", "jsonl"],
}
_COUNTS = {
    "dumpcap": r"received/dropped on interface '\w+': (\d+)/(\d+)",
    "tshark": r"(\d+) packets? captured(?:.*?(\d+) packets? dropped)?",  # those that it has shown
    "certwhy": r"(\d+) packets, (\d+) dropped by the kernel, (\d+) dropped here",
}
"""What each says at its end: packets received, then packets dropped."""

WORKLOADS: dict[str, Callable[[Path], int]] = {
    "mutual handshakes": write_handshakes,
    "application data": lambda path: write_application_data(path, packets=300_000),
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


@contextmanager
def watching(name: str, errors: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program runs and has its socket open."""
    with errors.open("wb") as stream:
        process = subprocess.Popen(PROGRAMS[name], stdout=subprocess.DEVNULL, stderr=stream)
    try:
        until = time.monotonic() + 20
        while len(Path("/proc/net/packet").read_text().splitlines()) < 3:  # a title, the sender's socket
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{name} does not capture: {errors.read_text()}")
            time.sleep(0.1)
        time.sleep(_GETTING_READY_S)
        yield process
    finally:
        process.kill()
        process.wait()


def attempt(name: str, workload: Workload, rate: float, seconds: float, folder: Path) -> Trial:
    """One program, one rate."""
    errors = folder / "errors"
    with watching(name, errors) as process:
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
    """One rate, once more if it is not sustained: other work on the machine may have cost the first one."""
    for _ in range(2):
        trial = attempt(name, workload, rate, seconds, folder)
        outcome = f"{trial.lost:,} lost" if trial.lost else "none lost"
        said = f"{outcome}, {trial.behind_s:.1f} s behind, {trial.processor_s:.1f} s of processor"
        print(f"  {name:8} {trial.rate:>9,.0f}/s  {said}", flush=True)
        if trial.sustained:
            break
    return trial


def highest(name: str, workload: Workload, limit: float, seconds: float, folder: Path) -> float:
    """The highest rate without loss, up to what the sender reaches; all rates are those that it has really sent."""
    good, bad, rate = 0.0, float("inf"), LOWEST
    for _ in range(MAX_TRIALS):
        trial = best_of_two(name, workload, rate, seconds, folder)
        if trial.sustained:
            good = max(good, trial.rate)
            if rate >= limit:
                break
        else:
            bad = min(bad, trial.rate)
        if not good or bad <= good * PRECISION:
            break
        rate = min(rate * 2, limit) if bad > limit else (good * bad) ** 0.5
    return good


def prepare() -> None:
    """The two ends of a veth pair, wide enough for recorded frames that a network card put together."""
    for command in (
        f"ip link add {SENDER} mtu 65535 type veth peer name {WATCHED} mtu 65535",
        f"ip link set {SENDER} up",
        f"ip link set {WATCHED} up",
    ):
        subprocess.run(command.split(), check=True)
    time.sleep(1)


def main() -> None:
    if os.environ.get("CERTWHY_LOAD_NAMESPACE") is None:
        missing = [name for name in ("unshare", "ip", "dumpcap", "tshark") if shutil.which(name) is None]
        if missing or os.geteuid() != 0:
            raise SystemExit(f"This needs root, and {', '.join(missing) or 'nothing else'}.")
        os.environ["CERTWHY_LOAD_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "-n", sys.executable, "-m", "tests.benchmarks.live_load", *sys.argv[1:]])
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    prepare()
    table: list[str] = []
    with tempfile.TemporaryDirectory(prefix="certwhy-load-") as folder:
        for title, write in WORKLOADS.items():
            capture = Path(folder) / "frames.pcap"
            write(capture)
            workload = Workload(capture)
            sent = workload.sender.send(1e12, 2)
            limit = sent.frames / sent.seconds
            print(f"{title}: the sender reaches {limit:,.0f}/s", flush=True)
            found = {name: highest(name, workload, limit, seconds, Path(folder)) for name in PROGRAMS}
            workload.sender.close()
            ratios = ", ".join(f"{found['certwhy'] / found[name]:.2f} of {name}" for name in ("dumpcap", "tshark"))
            rates = "".join(f"{found[name]:>12,.0f}" for name in PROGRAMS)
            table.append(f"{title:20}{limit:>12,.0f}{rates}   certwhy: {ratios}")
    print(f"\n{'packets per second':20}{'sender':>12}" + "".join(f"{name:>12}" for name in PROGRAMS))
    print("\n".join(table))


if __name__ == "__main__":
    main()
