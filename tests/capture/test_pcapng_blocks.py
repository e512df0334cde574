"""What is written is read again: by certwhy, by Scapy, by tshark."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scapy.utils import RawPcapNgReader

from analyzer.capture import Commented, PacketFiles
from analyzer.capture.pcapng_blocks import MOST_COMMENT_BYTES, decryption_secrets, section_header
from analyzer.packets import Packet

from .wire import SEGMENT, ethernet, ipv4, read, tcp

START = 1_700_000_000_123_456_789
FRAME = ethernet(ipv4(tcp()))
PACKETS = [
    Packet(1, START, 1, FRAME, len(FRAME)),
    Packet(2, START + 1, 101, ipv4(tcp()), 1_500),
    Packet(3, None, 1, FRAME + b"odd", len(FRAME) + 3),
    Packet(4, 0, 1, FRAME, len(FRAME)),
    Packet(5, START + 2, 101, b"", 4),
]


def written(path: Path, *packets: Commented, secrets: bytes = b"") -> Path:
    files = PacketFiles(str(path))
    assert files.write(packets, secrets)
    files.close()
    return path


def test_certwhy_reads_what_was_written(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcapng", *map(Commented, PACKETS), secrets=b"CLIENT_RANDOM")
    assert read(path) == (PACKETS, None)


def test_scapy_reads_what_was_written(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcapng", Commented(PACKETS[0], ["one", "two"]), *map(Commented, PACKETS[1:]))
    reader: Any = RawPcapNgReader(str(path))
    found = list(reader)
    reader.close()
    assert [data for data, _ in found] == [packet.data for packet in PACKETS]
    assert [meta.wirelen for _, meta in found] == [packet.wire_length for packet in PACKETS]
    assert [meta.linktype for _, meta in found] == [packet.link_type for packet in PACKETS]
    assert [(meta.tshigh << 32) + meta.tslow for _, meta in found] == [p.timestamp_ns or 0 for p in PACKETS]
    assert found[0][1].comments == [b"one", b"two"]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_tshark_reads_what_was_written(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcapng", Commented(PACKETS[0], ["one", "two: ü"]), *map(Commented, PACKETS[1:]))
    fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.comment"]
    told = subprocess.run(["tshark", "-r", path, *fields], capture_output=True, text=True, check=True).stdout
    assert [line.split("\t") for line in told.splitlines()] == [
        ["1700000000.123456789", "59", "one,two: ü"],
        ["1700000000.123456790", "1500", ""],
        ["-1.000000000", "62", ""],
        ["0.000000000", "59", ""],
        ["1700000000.123456791", "4", ""],
    ]


def test_a_comment_is_cut_between_characters(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcapng", Commented(PACKETS[0], ["a" + "ü" * 50_000]))
    reader: Any = RawPcapNgReader(str(path))
    ((_, meta),) = list(reader)
    reader.close()
    (comment,) = meta.comments
    assert len(comment) == MOST_COMMENT_BYTES - 1
    assert set(comment[1:].decode()) == {"ü"}


def test_blocks_say_their_length_twice() -> None:
    for size in range(5):
        block = decryption_secrets(7, bytes(size))
        assert len(block) % 4 == 0
        assert struct.unpack_from("<I", block, 4) == struct.unpack_from("<I", block, len(block) - 4) == (len(block),)
        assert struct.unpack_from("<II", block, 8) == (7, size)
    assert b"certwhy 9" in section_header("certwhy 9")


def test_the_frame_holds_a_segment() -> None:
    """The frames above are no noise."""
    assert SEGMENT.payload in FRAME
