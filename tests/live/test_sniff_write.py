"""``certwhy sniff --write`` in a network namespace: what failed is in the files, and says there what was told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.namespaces import ROOT, SNIFF, in_namespace, may_capture
from tests.live.test_sniff import _last_told, _mint, _sniff, needs_ends

LOGINS = """
openssl s_server -accept 4433 -cert shop.example.pem -key shop.example.key -CAfile ca.pem -Verify 1 \\
    -verify_return_error -www -tls1_2 >/dev/null 2>&1 &
openssl s_server -accept 4434 -cert shop.example.pem -key shop.example.key -CAfile ca.pem -Verify 1 \\
    -verify_return_error -www -tls1_3 -keylogfile keys.log >/dev/null 2>&1 &
%(sniff)s lo --filter 'tcp port 4433 or 4434' --keys keys.log --format jsonl %(options)s >live.jsonl 2>live.err &
WATCH=$!
watching 1
request() { printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 3 openssl s_client -quiet "$@" >/dev/null 2>&1; }
for round in $(seq %(rounds)s); do
    request -connect 127.0.0.1:4433
    request -connect 127.0.0.1:4434
    request -connect 127.0.0.1:4433 -cert alice.pem -key alice.key
done
sleep 1
kill -%(signal)s $WATCH
wait $WATCH
echo "rc $?"
kill %%1 %%2
"""


def _logins(options: str, signal: str = "INT", rounds: int = 3) -> str:
    return LOGINS % {"sniff": SNIFF, "options": options, "signal": signal, "rounds": rounds}


def _watch(folder: Path, options: str, signal: str = "INT", rounds: int = 3) -> str:
    _mint(folder)
    ran = in_namespace(_logins(options, signal, rounds), folder)
    return ran.stdout + ran.stderr + (folder / "live.err").read_text()


def _read(path: Path) -> dict[int, tuple[str, str]]:
    """What is told of what was written; the secrets stand in it."""
    command = [sys.executable, "-m", "analyzer", "read", str(path), "--format", "jsonl"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return _last_told(map(json.loads, ran.stdout.splitlines()))


@may_capture
@needs_ends
@pytest.mark.parametrize("signal", ["INT", "TERM"])
def test_what_is_told_to_fail_is_written(signal: str, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    said = _watch(tmp_path, "--write kept", signal)
    assert "rc 1" in said
    assert "Failed connections written to kept/certwhy-" in said
    told = _last_told(map(json.loads, (tmp_path / "live.jsonl").read_text().splitlines()))
    failed = {port: verdict for port, verdict in told.items() if verdict[0] == "client-sent-empty-certificate"}
    assert (len(told), len(failed)) == (9, 6)
    assert _read(tmp_path / "kept") == failed


@may_capture
@needs_ends
@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_tshark_shows_what_was_told(tmp_path: Path) -> None:
    _watch(tmp_path, "--write kept.pcapng")
    fields = ["-T", "fields", "-e", "frame.comment"]
    shown = subprocess.run(["tshark", "-r", "kept.pcapng", *fields], cwd=tmp_path, capture_output=True, text=True)
    assert shown.returncode == 0
    assert shown.stdout.count("client-sent-empty-certificate (proved)") == 6


@may_capture
@needs_ends
def test_files_take_turns(tmp_path: Path) -> None:
    said = _watch(tmp_path, "--write kept/ --write-size 64K --write-files 2", rounds=20)
    assert "Failed connections written to kept/certwhy-" in said
    assert "full files were deleted for newer ones" in said
    paths = sorted((tmp_path / "kept").iterdir())
    assert len(paths) == 2
    told = _last_told(map(json.loads, (tmp_path / "live.jsonl").read_text().splitlines()))
    for path in paths:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.stat().st_size <= 65_536
        kept = _read(path)
        assert kept
        assert kept.items() <= told.items()


@may_capture
@needs_ends
def test_a_full_disk_is_said_at_once_and_the_watch_goes_on(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    _mint(tmp_path)
    logins = _logins("--write disk/kept.pcapng")
    script = f"mount -t tmpfs -o size=12k tmpfs disk\n{logins}\ncp disk/kept.pcapng kept.pcapng\n"
    ran = in_namespace(script, tmp_path, mounts=True)
    assert "rc 3" in ran.stdout, ran.stderr
    said = (tmp_path / "live.err").read_text().splitlines()
    assert said[0] == "certwhy: Packets cannot be written: No space left on device."
    assert any("failed connections could not be written: No space left on device." in line for line in said)
    told = _last_told(map(json.loads, (tmp_path / "live.jsonl").read_text().splitlines()))
    assert len(told) == 9
    kept = _read(tmp_path / "kept.pcapng")
    assert 0 < len(kept) < 6
    assert kept.items() <= told.items()


@may_capture
@needs_ends
def test_files_belong_to_the_user_that_root_became(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    os.chown(tmp_path / "kept", 65534, 65534)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    script = (
        f"{SNIFF} lo --user nobody --write kept --duration 1; echo rc $?; {SNIFF} lo --user nobody --write no.pcapng"
    )
    ran = in_namespace(f"umask 022\n{script} 2>&1", tmp_path)
    assert "rc 0" in ran.stdout, ran.stderr
    assert "No packets were written" in ran.stderr
    assert "no.pcapng cannot be written: Permission denied." in ran.stdout


LATE = """
import os, sys
OWN = (sys.argv[1], sys.base_prefix, sys.prefix)
def hook(event, arguments):
    if os.geteuid() == 0 or event not in ("import", "open", "os.listdir", "os.scandir"):
        return
    if event == "import" or str(arguments[0]).startswith(OWN):
        print("late:", event, arguments[0], file=sys.stderr)
sys.addaudithook(hook)
del sys.argv[1]
from analyzer.cli import main
main()
"""
"""Says what is imported, and which files of the program and of Python are opened, once root is given up."""


@may_capture
@needs_ends
@pytest.mark.parametrize("format_", ["terminal", "jsonl"])
def test_nothing_is_left_to_be_loaded_once_root_is_given_up(format_: str, tmp_path: Path) -> None:
    """The folders of the program and of Python may be ones that only root can read."""
    _mint(tmp_path)
    (tmp_path / "late.py").write_text(LATE)
    (tmp_path / "kept").mkdir()
    (tmp_path / "keys.log").touch()
    os.chown(tmp_path / "kept", 65534, 65534)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    options = f"--user nobody --write kept --format {format_}"
    script = _logins(options, rounds=1).replace(SNIFF, f"{sys.executable} late.py {ROOT} sniff")
    ran = in_namespace(f"umask 022\n{script}", tmp_path)
    said = (tmp_path / "live.err").read_text()
    assert "rc 1" in ran.stdout, said
    assert "late:" not in said
    assert list((tmp_path / "kept").iterdir())


def test_options_that_make_no_sense() -> None:
    for options in (["--write-size", "1"], ["--write-size", "much"], ["--write-files", "1"]):
        assert _sniff("lo", *options).returncode == 2
