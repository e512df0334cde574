from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.capture import open_capture
from analyzer.errors import InputUnreadableError


@pytest.mark.parametrize(
    ("head", "what", "try_this"),
    [
        (b"snoop\0\0\0\0\0\0\2", "is a snoop capture, which is not read here", "editcap -F pcapng IN OUT"),
        (b"GMBU\0\2", "is a Microsoft Network Monitor 2 capture", "editcap -F pcapng IN OUT"),
        (b"\x28\xb5\x2f\xfd....", "is packed with zstd, not a capture", "zstd -d FILE"),
        (b"PK\x03\x04....", "is a zip archive, not a capture", "unzip FILE"),
        (b"-----BEGIN CERTIFICATE-----\n", "is a PEM file", "Give the packet capture"),
        (b"CLIENT_RANDOM 00 00", "is a TLS key log", "Give the packet capture"),
        (b"anything else", "is not a capture in the pcap or pcapng format", "editcap -F pcapng IN OUT"),
        (b"\0", "is not a capture in the pcap or pcapng format", "editcap -F pcapng IN OUT"),
    ],
)
def test_a_file_that_is_no_capture_is_named(tmp_path: Path, head: bytes, what: str, try_this: str) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(head)
    with pytest.raises(InputUnreadableError) as caught:
        open_capture(str(path))
    assert what in caught.value.sentence
    assert try_this in caught.value.try_this
