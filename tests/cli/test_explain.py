from __future__ import annotations

import fcntl
import gzip
import json
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.cli.command import ROOT, certwhy

LINE = "2026/03/02 09:14:22 [info] 7#7: *1 client sent no required SSL certificate, client: 192.0.2.7, server: shop"


def test_a_message_is_explained() -> None:
    ran = certwhy("explain", LINE)
    assert ran.code == 0
    assert ran.err == ""
    assert "client-sent-empty-certificate" in ran.out


def test_words_may_come_without_quotes() -> None:
    assert "client-sent-empty-certificate" in certwhy("explain", *LINE.split()).out


@pytest.mark.parametrize("query", ["No client certificate was presented during SSL Handshake", "alert 116", "403.7"])
def test_what_people_ask_has_an_answer(query: str) -> None:
    ran = certwhy("explain", query, "--format", "json")
    assert ran.code == 0
    answer = json.loads(ran.out)
    assert answer["query"] == query
    assert answer["readings"][0]["causes"]


def test_a_text_about_something_else_is_answered_too() -> None:
    ran = certwhy("explain", "the printer is out of paper")
    assert ran.code == 0
    assert "nothing about a login with a client certificate" in ran.out
    assert "tcpdump" in ran.out


def test_a_log_on_standard_input_and_as_a_file(tmp_path: Path) -> None:
    data = (f"{LINE}\nall is well\n" * 50).encode()
    path, packed = tmp_path / "app.log", tmp_path / "app.log.gz"
    path.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    for ran in (
        certwhy("explain", "-", "--format", "json", stdin=data),
        certwhy("explain", "--file", str(path), "--format", "json"),
        certwhy("explain", "--file", str(packed), "--format", "json"),
    ):
        assert (ran.code, ran.err) == (0, "")
        answer = json.loads(ran.out)
        assert answer["log"]["lines"] == 100
        (reading,) = answer["readings"]
        assert (reading["lines"]["first"], reading["lines"]["last"], reading["lines"]["count"]) == (1, 99, 50)


def test_what_cannot_be_read_is_exit_code_3(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.log", tmp_path):
        ran = certwhy("explain", "--file", str(path))
        assert ran.code == 3
        assert str(path) in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("x", "--list"),
        ("x", "--file", "app.log"),
        ("x", "--product", "nginx"),
        ("--list", "--product", "no such product"),
        ("x", "--format", "yaml"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    ran = certwhy("explain", *arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err


def test_the_list_of_a_product() -> None:
    ran = certwhy("explain", "--list", "--product", "nginx")
    assert ran.code == 0
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert rows
    assert all("nginx" in product.lower() for _, product, _, _ in rows)
    assert {row[0] for row in rows} <= {line.split("\t")[0] for line in certwhy("explain", "--list").out.splitlines()}


def test_a_reader_that_leaves_is_no_error() -> None:
    command = f"{sys.executable} -m analyzer explain --list | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, cwd=ROOT, check=False, timeout=60)
    assert done.stderr == b""


def _wait_until_read(pipe: int, seconds: float = 30) -> None:
    """Until the other end of this pipe has taken all that was written, and has come to wait for more."""
    until = time.monotonic() + seconds
    while struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]:
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.5)


def test_ctrl_c_reports_what_was_found() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "analyzer", "explain", "-", "--format", "json"],
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a run in the background ignores it
    )
    assert process.stdin is not None
    process.stdin.write((LINE + "\n").encode())
    process.stdin.flush()
    _wait_until_read(process.stdin.fileno())
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)  # standard input stays open: it is the signal that ends it
    out, err = process.communicate()
    assert process.returncode == 0, err
    answer = json.loads(out)
    assert answer["log"]["stopped"] == "interrupted"
    assert answer["readings"][0]["lines"]["count"] == 1


EXPIRED = "curl: (35) error:0A000415:SSL routines::sslv3 alert certificate expired"


def test_a_capture_of_the_login_is_asked_too() -> None:
    capture = str(ROOT / "captures/expired-curl-openssl/capture.pcap")
    ran = certwhy("explain", EXPIRED, "--capture", capture, "--format", "json")
    assert ran.code == 0
    there = json.loads(ran.out)["readings"][0]["capture"]
    assert (there["agrees"], there["packet"]) == ("confirms", 9)
    assert there["verdict"]["rule"] == "client-certificate-expired"
    assert "In the capture" in certwhy("explain", EXPIRED, "--capture", capture).out


def test_a_capture_that_is_not_there_is_said() -> None:
    ran = certwhy("explain", EXPIRED, "--capture", "nope.pcap")
    assert ran.code == 3
    assert "nope.pcap" in ran.err


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)], ids=["first", "last"])
def test_of_several_captures_the_one_is_named_that_the_message_is_of(order: slice) -> None:
    captures = [str(ROOT / "captures" / name) for name in ("expired-curl-openssl", "good-openssl-openssl")][order]
    for asked in (["--capture", *captures], ["--capture", captures[0], "--capture", captures[1]]):
        ran = certwhy("explain", EXPIRED, *asked, "--format", "json")
        assert ran.code == 0
        answer = json.loads(ran.out)
        assert answer["query"] == EXPIRED
        there = answer["readings"][0]["capture"]
        assert there["file"] == str(ROOT / "captures/expired-curl-openssl/capture.pcap")
        assert (there["agrees"], there["verdict"]["rule"]) == ("confirms", "client-certificate-expired")


def test_a_capture_that_cannot_be_read_keeps_no_other_from_being_asked() -> None:
    capture = str(ROOT / "captures/expired-curl-openssl/capture.pcap")
    ran = certwhy("explain", EXPIRED, "--capture", capture, "--capture", "nope.pcap")
    assert ran.code == 3
    assert "nope.pcap" in ran.err
    assert f"connection 1 of {capture}" in ran.out


def test_a_log_and_a_capture_cannot_both_come_by_standard_input() -> None:
    assert certwhy("explain", "-", "--capture", "-").code == 2


def test_keys_are_for_a_capture() -> None:
    assert certwhy("explain", EXPIRED, "--keys", "keys.log").code == 2
