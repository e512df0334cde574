"""Truncation and mutation give no undeclared exception, no hang, and no control character on any output.

The gate takes a sample; ``python -m tests.robustness.everything`` takes every offset and 100,000 mutations.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.robustness.damage import (
    capture_files,
    check_bytes,
    check_stream_cut,
    mutated,
    packet_boundaries,
    stream_boundaries,
)

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
            check_bytes(data[:at], tmp_path)


@pytest.mark.parametrize("name", STREAMS)
def test_cut_at_every_record_and_message_and_one_byte_beside_it(name: str) -> None:
    for path, boundary in stream_boundaries(name):
        for at in (boundary - 1, boundary, boundary + 1):
            check_stream_cut(name, path, at)


@pytest.mark.parametrize("seed", range(20))
def test_mutations(seed: int, tmp_path: Path) -> None:
    generator = random.Random(seed)
    for _ in range(MUTATIONS // 20):
        data = generator.choice(FILES).read_bytes()[:60_000]
        check_bytes(mutated(data, generator), tmp_path)
