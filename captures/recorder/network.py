"""A network of its own for one recording: loopback, a packet recorder, readiness of ports.

The process that calls `prepare` must already be in a fresh network namespace (`unshare -n`).
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

SERVER = "192.0.2.1"
CLIENT = "192.0.2.2"
SERVER_V6 = "2001:db8::1"
CLIENT_V6 = "2001:db8::2"

_LISTEN = "0A"
_SETTLE = 0.5


def prepare(*, offload: bool, worsened_by: Iterable[str] = ()) -> None:
    """Bring up loopback with an Ethernet's MTU and distinct addresses for server and client."""
    _run("ip link set lo up")
    if not offload:
        _run("ip link set lo mtu 1500")
        _run("ethtool -K lo tso off gso off gro off")
    for prefix, server, client in (("32", SERVER, CLIENT), ("128", SERVER_V6, CLIENT_V6)):
        _run(f"ip address add {server}/{prefix} dev lo")
        _run(f"ip address add {client}/{prefix} dev lo")
    # Connections to the server's address leave from the client's.
    _run(f"ip route replace local {SERVER} dev lo src {CLIENT} table local")
    _run(f"ip -6 route replace local {SERVER_V6} dev lo src {CLIENT_V6} table local")
    for command in worsened_by:
        _run(command)


def _run(command: str) -> None:
    subprocess.run(command.split(), check=True, capture_output=True)


class Recorder:
    """tcpdump on loopback, from entering to half a second after leaving."""

    def __init__(self, path: Path, filter_expression: str) -> None:
        self._path = path
        self._filter = filter_expression

    def __enter__(self) -> Recorder:
        command = [
            "tcpdump",
            "-i",
            "lo",
            "-U",
            "--immediate-mode",
            "-s",
            "0",
            "-B",
            "4096",
            "-Z",
            "root",
            "-w",
        ]
        self._process = subprocess.Popen(
            [*command, str(self._path), self._filter], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: self._path.exists() and self._path.stat().st_size >= 24, "tcpdump to start")
        time.sleep(0.2)
        return self

    def __exit__(self, *_exception: object) -> None:
        time.sleep(_SETTLE)
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=10)


def is_listening(port: int) -> bool:
    suffix = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if local.endswith(suffix) and state == _LISTEN:
                return True
    return False


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.02)
