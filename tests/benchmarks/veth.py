"""A veth pair in a network namespace of its own: frames go into one end, a program watches the other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SENDER, WATCHED = "sender", "watched"
SNIFF = (sys.executable, "-m", "analyzer", "sniff", WATCHED, "--format", "jsonl")
_IN_NAMESPACE = "CERTWHY_BENCHMARK_NAMESPACE"
_GETTING_READY_S = 0.7
"""From the open socket on."""


def enter_namespace(module: str, *programs: str) -> None:
    """Start the module anew in a namespace that has the pair; there this returns."""
    if os.environ.get(_IN_NAMESPACE) is None:
        missing = [name for name in ("unshare", "ip", *programs) if shutil.which(name) is None]
        if missing or os.geteuid() != 0:
            raise SystemExit(f"This needs root, and {', '.join(missing) or 'nothing else'}.")
        os.environ[_IN_NAMESPACE] = "1"
        os.execvp("unshare", ["unshare", "-n", sys.executable, "-m", module, *sys.argv[1:]])
    for command in (
        # wide enough for recorded frames that a network card put together
        f"ip link add {SENDER} mtu 65535 type veth peer name {WATCHED} mtu 65535",
        f"ip link set {SENDER} up",
        f"ip link set {WATCHED} up",
    ):
        subprocess.run(command.split(), check=True)
    time.sleep(1)


@contextmanager
def watching(command: Sequence[str], errors: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program runs and has its socket open; the sender has its own."""
    with errors.open("wb") as stream:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stream)
    try:
        until = time.monotonic() + 20
        while len(Path("/proc/net/packet").read_text().splitlines()) < 3:  # a title, the sender's socket
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{command[0]} does not capture: {errors.read_text()}")
            time.sleep(0.1)
        time.sleep(_GETTING_READY_S)
        yield process
    finally:
        process.kill()
        process.wait()
