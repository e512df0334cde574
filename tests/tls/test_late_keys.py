from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.packets import Side
from analyzer.tls import KeyRing
from analyzer.tls import late_keys as module
from analyzer.tls.late_keys import KeptRecord, KeptRecords

CAPTURES = Path(__file__).parents[2] / "captures"
HEADER = b"\x17\x03\x03\x03\xe8"


def _record(packet: int, size: int = 1_000, side: Side = Side.CLIENT) -> KeptRecord:
    return KeptRecord(side, HEADER, bytes(size), packet, None)


def test_the_oldest_goes_first_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 3 * (1_000 + module.RECORD_BYTES))
    ring = KeyRing()
    kept = KeptRecords(ring)
    assert [kept.keep(_record(packet)) for packet in (1, 2, 3)] == [[], [], []]
    assert kept.keep(_record(4)) == [_record(1)]
    assert kept.lost == [True, False]
    assert ring.kept_dropped == 1
    assert [record.packet for record in kept.take_all()] == [2, 3, 4]
    assert ring.kept_bytes == 0


def test_all_connections_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT_IN_ALL", 5_000)
    ring = KeyRing()
    connections = [KeptRecords(ring) for _ in range(3)]
    for packet in range(30):
        connections[packet % 3].keep(_record(packet))
    assert ring.kept_bytes <= 5_000 + 3 * (1_000 + module.RECORD_BYTES)


def test_a_connection_that_is_over_waits_for_its_keys_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.tls.protection.MAX_POSTPONED", 2)
    ring = KeyRing()
    finished: list[int] = []
    for number in range(4):
        ring.postpone(lambda number=number: finished.append(number))  # type: ignore[misc]
    assert finished == [0, 1]
    ring.finish_postponed()
    assert finished == [0, 1, 2, 3]


def test_it_notices_that_the_log_has_grown() -> None:
    ring = KeyRing()
    kept = KeptRecords(ring)
    assert not kept.keys_came()
    ring.log.add(b"CLIENT_RANDOM " + b"ab" * 32 + b" " + b"cd" * 48 + b"\n")
    assert kept.keys_came()
    assert not kept.keys_came()


@pytest.mark.parametrize(
    "name",
    [
        "tls13-expired-secrets-last-curl-openssl",
        "tls13-expired-secrets-inside-curl-openssl",
        "renegotiation-good-secrets-inside-curl-apache",
    ],
)
def test_standard_input_is_decrypted_like_a_file(name: str) -> None:
    """It cannot be walked twice: secrets behind the packets open what was kept."""
    (path,) = (CAPTURES / name).glob("*.pcapng")
    report = [sys.executable, "-m", "analyzer", "read", "--format", "jsonl"]
    from_file = subprocess.run([*report, str(path)], capture_output=True, check=False)
    piped = subprocess.run([*report, "-"], input=path.read_bytes(), capture_output=True, check=False)
    assert b'"decrypted"' in from_file.stdout
    assert piped.stdout == from_file.stdout
