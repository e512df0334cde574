"""``certwhy read --write``, as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from analyzer.cli.write import parse_size
from analyzer.errors import UsageError
from tests.cli.command import CAPTURES, FAILED, GOOD, certwhy
from tests.support.disks import needs_disks, with_disk

OPENED = CAPTURES / "tls13-expired-curl-openssl"


def test_only_what_failed_is_written_and_it_says_the_same(tmp_path: Path) -> None:
    out = tmp_path / "out.pcapng"
    ran = certwhy("read", FAILED, GOOD, "--write", str(out), "--format", "json")
    assert ran.code == 1
    assert ran.err == f"certwhy: Failed connections written to {out}: 1, 12 packets in all.\n"
    again = certwhy("read", str(out), "--format", "json")
    (connection,) = json.loads(again.out)["connections"]
    assert connection == json.loads(ran.out)["connections"][0]


@pytest.mark.parametrize("format_name", ["terminal", "json", "jsonl"])
def test_standard_input_and_files_are_written_alike(format_name: str, tmp_path: Path) -> None:
    keys = ("--keys", str(OPENED / "keys.log"), "--format", format_name)
    capture = OPENED / "capture.pcap"
    assert certwhy("read", str(capture), *keys, "--write", str(tmp_path / "a")).code == 1
    assert certwhy("read", "-", *keys, "--write", str(tmp_path / "b"), stdin=capture.read_bytes()).code == 1
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert certwhy("read", str(tmp_path / "a")).out.count("decrypted") >= 1


def test_a_folder(tmp_path: Path) -> None:
    ran = certwhy("read", GOOD, "--write", str(tmp_path))
    assert (ran.code, ran.err) == (0, "certwhy: No packets were written.\n")
    assert list(tmp_path.iterdir()) == []
    certwhy("read", FAILED, "--write", str(tmp_path))
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("certwhy-")
    assert certwhy("read", str(tmp_path)).code == 1


def test_nothing_that_is_read_is_overwritten(tmp_path: Path) -> None:
    copy, keys = tmp_path / "copy.pcap", tmp_path / "keys.log"
    shutil.copy(FAILED, copy)
    shutil.copy(OPENED / "keys.log", keys)
    os.symlink(copy, tmp_path / "link")
    for target in (copy, keys, tmp_path / "link"):
        before = target.read_bytes()
        ran = certwhy("read", str(copy), "--keys", str(keys), "--write", str(target))
        assert ran.code == 2
        assert "is one of the other files" in ran.err
        assert target.read_bytes() == before
    assert certwhy("read", str(copy), "-o", str(tmp_path / "x"), "--write", str(tmp_path / "x")).code == 2


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    ran = certwhy("read", FAILED, "--write", str(tmp_path / "no" / "where"))
    assert ran.code == 2
    assert ran.err.startswith(f"certwhy: {tmp_path}/no/where cannot be written: No such file or directory.\nTry: ")


@needs_disks
@pytest.mark.parametrize("format_name", ["terminal", "json", "jsonl"])
def test_a_full_disk_costs_the_packets_not_the_report(format_name: str, tmp_path: Path) -> None:
    command = f"{sys.executable} -m analyzer read {CAPTURES}/expired* --format {format_name} --write disk/out"
    ran = with_disk(tmp_path, 16, f"{command}; echo rc $?; cp disk/out kept")
    assert "rc 3" in ran.stdout
    said = " ".join((ran.stdout + ran.stderr).split())
    sentence = "The packets of 4 failed connections could not be written: No space left on device."
    assert said.count(sentence) == (2 if format_name == "json" else 1)
    assert said.count("certificate_expired") > 3
    kept = certwhy("read", str(tmp_path / "kept"), "--format", "jsonl")
    assert (kept.code, len(kept.out.splitlines())) == (1, 3)


@pytest.mark.parametrize(("text", "size"), [("64k", 65_536), ("64M", 1 << 26), ("2G", 1 << 31), ("100000", 100_000)])
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "M", "64KB", "-1M", "63K", "1.5M", "٣M", "9" * 40])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError, match="is no size"):
        parse_size(text)
