"""A small disk, to be filled: a tmpfs that only the script sees, where the system allows one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False).returncode == 0


needs_disks = pytest.mark.skipif(not _can_mount(), reason="needs user and mount namespaces")


def with_disk(folder: Path, kilobytes: int, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder in which ``disk`` has so much room."""
    (folder / "disk").mkdir()
    return subprocess.run(
        ["unshare", "-Urm", "bash", "-c", f"mount -t tmpfs -o size={kilobytes}k tmpfs disk && {script}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
