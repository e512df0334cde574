"""``certwhy sniff`` in a network namespace, with real ends: what it says is what ``read`` says afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.diagnosis.new_rule import write_rule
from tests.live.namespaces import ROOT, SNIFF, in_namespace, may_capture, needs

CAPTURES = ROOT / "captures"

needs_ends = needs("openssl", "tcpdump")


def _mint(folder: Path) -> None:
    """A CA, a certificate of a server and one of a client."""
    script = """
    set -e
    EC="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    openssl req -x509 $EC -keyout ca.key -out ca.pem -subj /CN=Root -days 30
    for who in shop.example alice; do
        openssl req $EC -keyout $who.key -out $who.csr -subj /CN=$who
        openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $who.pem -days 10
    done
    """
    subprocess.run(["bash", "-c", script], cwd=folder, check=True, capture_output=True)


LOGINS = """
openssl s_server -accept 4433 -cert shop.example.pem -key shop.example.key -CAfile ca.pem -Verify 1 \\
    -verify_return_error -www -tls1_2 >/dev/null 2>&1 &
openssl s_server -accept 4434 -cert shop.example.pem -key shop.example.key -CAfile ca.pem -Verify 1 \\
    -verify_return_error -www -tls1_3 -keylogfile keys.log >/dev/null 2>&1 &
tcpdump -i lo -U --immediate-mode -s 0 -Z root -w beside.pcap 'tcp port 4433 or tcp port 4434' 2>/dev/null &
TCPDUMP=$!
%s lo --filter 'tcp port 4433 or tcp port 4434' --keys keys.log --format jsonl --duration 9 > live.jsonl 2> live.err &
WATCH=$!
watching 2
request() { printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 3 openssl s_client -quiet "$@" >/dev/null 2>&1; }
request -connect 127.0.0.1:4433
request -connect 127.0.0.1:4434
request -connect 127.0.0.1:4433 -cert alice.pem -key alice.key
request -connect 127.0.0.1:4434 -cert alice.pem -key alice.key
wait $WATCH
echo "rc $?"
kill -INT $TCPDUMP
kill %%1 %%2
wait $TCPDUMP
"""


@may_capture
@needs_ends
def test_what_is_told_live_is_what_a_capture_beside_it_tells(tmp_path: Path) -> None:
    _mint(tmp_path)
    ran = in_namespace(LOGINS % SNIFF, tmp_path)
    assert "rc 1" in ran.stdout, ran.stderr + (tmp_path / "live.err").read_text()
    told = _last_told(map(json.loads, (tmp_path / "live.jsonl").read_text().splitlines()))
    command = [sys.executable, "-m", "analyzer", "read", "beside.pcap", "--keys", "keys.log", "--format", "jsonl"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    read = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert told == _last_told(map(json.loads, read.stdout.decode().splitlines()))
    assert sorted(rule for rule, _ in told.values()) == [
        "client-sent-empty-certificate",
        "client-sent-empty-certificate",
        "tls-succeeded",
        "tls-succeeded",
    ]


def _last_told(connections: object) -> dict[int, tuple[str, str]]:
    """Verdict and confidence by the client's port; a later line corrects an earlier one."""
    told = {}
    for one in connections:  # type: ignore[attr-defined]
        verdict = one["verdict"]
        told[one["client"]["port"]] = (verdict["rule"], verdict["confidence"]) if verdict else ("none", "")
    return told


@may_capture
def test_sigterm_ends_it_in_good_order(tmp_path: Path) -> None:
    script = f"{SNIFF} lo >out 2>err & W=$!; watching 1; kill -TERM $W; wait $W; echo rc $?"
    ran = in_namespace(script, tmp_path)
    assert "rc 0" in ran.stdout
    assert "0 logins" in (tmp_path / "err").read_text()
    assert "0 dropped by the kernel" in (tmp_path / "err").read_text()


@may_capture
def test_an_interface_that_goes_away_is_reported(tmp_path: Path) -> None:
    script = (
        f"ip link add gone type veth peer name other; ip link set gone up; {SNIFF} gone >out 2>err & W=$!; "
        "watching 1; ip link del gone; wait $W; echo rc $?"
    )
    ran = in_namespace(script, tmp_path)
    assert "rc 3" in ran.stdout
    assert "gone went away" in (tmp_path / "err").read_text()


def _sniff(*arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*prefix, sys.executable, "-m", "analyzer", "sniff", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=ROOT, check=False)


def test_an_interface_that_is_not_there() -> None:
    ran = _sniff("nowhere0")
    assert ran.returncode == 3
    assert "There is no interface nowhere0." in ran.stderr
    assert "certwhy interfaces" in ran.stderr


@may_capture
def test_a_filter_that_is_none() -> None:
    ran = _sniff("lo", "--filter", "tcp and and")
    assert ran.returncode == 3
    assert 'The filter "tcp and and" cannot be compiled.' in ran.stderr


@may_capture
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv, to take the right away")
def test_without_the_right_it_says_how_to_get_it() -> None:
    ran = _sniff("lo", prefix=("setpriv", "--bounding-set=-net_raw"))
    assert ran.returncode == 3
    assert "needs a right" in ran.stderr
    assert "setcap cap_net_raw" in ran.stderr


def test_options_that_make_no_sense() -> None:
    assert _sniff("lo", "--format", "xml").returncode == 2
    assert _sniff("lo", "--only", "some").returncode == 2


def test_interfaces_are_listed() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "analyzer", "interfaces"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert any("loopback" in line for line in ran.stdout.splitlines())


@may_capture
def test_ctrl_c_ends_it_in_good_order(tmp_path: Path) -> None:
    script = f"{SNIFF} lo >out 2>err & W=$!; watching 1; kill -INT $W; wait $W; echo rc $?"
    ran = in_namespace(script, tmp_path)
    assert "rc 0" in ran.stdout
    assert "0 failed" in (tmp_path / "err").read_text()


@may_capture
def test_rules_of_ones_own_are_loaded(tmp_path: Path) -> None:
    write_rule("my-rule", "unanswered", tmp_path / "own")
    watch = f"{SNIFF} lo --rules own --duration 0.5 2>err; echo rc $?"
    script = f"{watch}; echo 'raise KeyError(4711)' >own/unanswered/my_rule.py; {watch}"
    ran = in_namespace(script, tmp_path)
    assert ran.stdout.split() == ["rc", "0", "rc", "2"]
    assert "my_rule.py cannot be loaded: KeyError(4711)." in (tmp_path / "err").read_text()
