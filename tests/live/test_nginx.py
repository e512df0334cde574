"""Logins at nginx: what ``sniff`` says as they happen is what ``read`` says of a capture taken beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.live.namespaces import ROOT, in_namespace, may_capture, needs

pytestmark = [may_capture, needs("nginx", "openssl", "curl", "tcpdump")]

EXPECTED = {
    "good": ("tls-succeeded", "note"),
    "none": ("client-sent-empty-certificate", "failure"),
    "unknown CA": ("ca-list-excludes-issuer", "failure"),
    "expired": ("client-certificate-expired", "failure"),
}
Told = dict[int, tuple[str, object]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the logins have left what was told and captured."""
    path = tmp_path_factory.mktemp("nginx")
    ran = in_namespace(f"cd {ROOT} && {sys.executable} -m tests.live.nginx_logins {path}", path, seconds=180)
    assert ran.returncode == 0, ran.stderr
    return path


@pytest.fixture(scope="module")
def afterwards(folder: Path) -> Told:
    command = [sys.executable, "-m", "analyzer", "read", "beside.pcap", "--keys", "keys.log", "--format", "jsonl"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return _last_told(ran.stdout.splitlines())


def _last_told(lines: Iterable[str]) -> Told:
    """When it began, and the verdict, by the client's port; a later line corrects an earlier one."""
    connections = [json.loads(line) for line in lines]
    return {one["client"]["port"]: (one["started_at"], one["verdict"]) for one in connections}


def test_the_same_verdicts_live_and_afterwards(folder: Path, afterwards: Told) -> None:
    live = _last_told((folder / "live.jsonl").read_text().splitlines())
    assert {port: verdict for port, (_, verdict) in live.items()} == {
        port: verdict for port, (_, verdict) in afterwards.items()
    }
    assert "0 dropped by the kernel, 0 dropped here, 16 logins" in (folder / "live.err").read_text()


def test_each_login_has_the_verdict_of_what_it_was(folder: Path, afterwards: Told) -> None:
    logins = json.loads((folder / "logins.json").read_text())
    assert len(logins) == len(afterwards) == 16
    in_order = sorted(afterwards.values(), key=lambda told: told[0])
    for (verify, version, what, program), (_, verdict) in zip(logins, in_order, strict=True):
        rule, severity = EXPECTED[what]
        if verify == "optional" and what == "none":
            severity = "warning"  # it was let in without one
        assert isinstance(verdict, dict), (verify, version, what, program)
        assert (verdict["rule"], verdict["severity"]) == (rule, severity), (verify, version, what, program)
