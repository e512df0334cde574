"""Running things in a network namespace, and knowing whether that is allowed here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SNIFF = f"{sys.executable} -m analyzer sniff"
UNSHARE = ("unshare", "--net", "--pid", "--fork", "--kill-child")
"""With processes of its own as well: servers that a script has started end with it, however it ends."""


def _why_not() -> str:
    """Why no network namespace can be made here; empty if one can."""
    missing = [name for name in ("unshare", "ip") if shutil.which(name) is None]
    if missing:
        return f"needs {' and '.join(missing)}"
    if os.geteuid() != 0:
        return "needs root, to capture in a network namespace"
    attempt = [*UNSHARE, "ip", "link", "set", "lo", "up"]
    if subprocess.run(attempt, capture_output=True, check=False).returncode != 0:
        return "needs network namespaces, which are not allowed here"
    return ""


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip where one of these programs is missing."""
    missing = [name for name in programs if shutil.which(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {' and '.join(missing)}")


_REASON = _why_not()
may_capture = pytest.mark.skipif(bool(_REASON), reason=_REASON)


PRELUDE = """
set -u
watching() { until [ "$(wc -l </proc/net/packet)" -gt "$1" ]; do sleep 0.1; done; sleep 1; }
ip link set lo up
"""
"""``watching N`` waits until N sockets capture, however long programs take to start on a busy machine."""


def in_namespace(
    script: str, folder: Path, seconds: float = 120, *, mounts: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a script in a network namespace whose loopback is up; with ``mounts`` it may mount for itself alone."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*UNSHARE, *(["--mount"] if mounts else []), "bash", "-c", f"{PRELUDE}cd {folder}\n{script}\n"]
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=environment, check=False)
