"""Truncation and mutation give no undeclared exception, no hang, and no control character on any output.

The gate takes a sample; ``python -m tests.robustness.everything`` takes every offset and 100,000 mutations.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from analyzer.errors import InputUnreadableError
from tests.robustness.damage import (
    capture_files,
    check_bytes,
    check_stream_cut,
    key_log_beside,
    mutated,
    packet_boundaries,
    stream_boundaries,
)
from tests.support.traffic import key_log_of

FILES = capture_files()
STREAMS = (
    "good-openssl-openssl",
    "empty-no-certificate-openssl-openssl",
    "good-java-haproxy",
    "good-go-apache",
    "expired-curl-openssl",
    "no-certificate-message-tlslite-openssl",
    "tls13-good-curl-openssl",
    "good-openssl-openssl-tls10",
    "resumed-by-session-id-openssl-openssl",
)
STREAMS_WITH_KEYS = (
    "post-handshake-good-curl-apache",
    "renegotiation-good-cbc-etm-openssl-apache",
    "tls12-good-rc4-go-go",
    "tls12-good-tls10-go-go",
    "tls13-good-compressed-certificate-tlslite-tlslite",
    "tls13-good-key-update-openssl-openssl",
)
MUTATIONS = 2_000


def _id(path: Path) -> str:
    return path.parent.name


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_cut_at_every_packet_and_one_byte_beside_it(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    if data[:4] != b"\xd4\xc3\xb2\xa1":
        pytest.skip("not a little-endian pcap file")
    for boundary in packet_boundaries(data):
        for at in (boundary - 1, boundary, boundary + 1):
            check_bytes(data[:at], tmp_path, key_log_beside(path))


@pytest.mark.parametrize("name", STREAMS)
def test_cut_at_every_record_and_message_and_one_byte_beside_it(name: str) -> None:
    for path, boundary in stream_boundaries(name):
        for at in (boundary - 1, boundary, boundary + 1):
            check_stream_cut(name, path, at)


@pytest.mark.parametrize("name", STREAMS_WITH_KEYS)
def test_the_same_with_keys(name: str) -> None:
    for path, boundary in stream_boundaries(name):
        for at in (boundary - 1, boundary, boundary + 1):
            check_stream_cut(name, path, at, key_log_of(name))


@pytest.mark.parametrize("seed", range(20))
def test_mutations(seed: int, tmp_path: Path) -> None:
    generator = random.Random(seed)
    for _ in range(MUTATIONS // 20):
        path = generator.choice(FILES)
        data = path.read_bytes()[:60_000]
        check_bytes(mutated(data, generator), tmp_path, generator.choice((None, key_log_beside(path))))


@pytest.mark.parametrize("seed", range(10))
def test_mutations_of_key_logs(seed: int, tmp_path: Path) -> None:
    """What is not a key log at all is said so; nothing else may be raised, whatever the bytes are."""
    generator = random.Random(seed)
    files = [path for path in FILES if key_log_beside(path)]
    changed, read = tmp_path / "changed.log", 0
    for _ in range(50):
        path = generator.choice(files)
        log = key_log_beside(path)
        assert log is not None
        changed.write_bytes(mutated(log.read_bytes(), generator))
        try:
            check_bytes(path.read_bytes()[:60_000], tmp_path, changed)
        except InputUnreadableError:
            continue
        read += 1
    assert read >= 10  # enough of them are still key logs
