"""Runs the command in a fresh interpreter, as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures"


def capture(folder: str) -> str:
    return str(CAPTURES / folder / "capture.pcap")


FAILED = capture("expired-curl-openssl")
GOOD = capture("good-java-haproxy")


class Ran:
    """What came of it."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.code = done.returncode
        self.raw = done.stdout
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")


def certwhy(*arguments: str, stdin: bytes | None = b"", **environment: str) -> Ran:
    """Run ``certwhy`` with these arguments, and with these changes to a plain environment."""
    plain = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", *arguments],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env=plain | {"PYTHONUTF8": "1"} | environment,
        timeout=60,
        check=False,
    )
    return Ran(done)
