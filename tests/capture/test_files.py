from __future__ import annotations

import gzip
import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.capture import open_capture
from analyzer.capture.files import CaptureFile
from analyzer.errors import InputUnreadableError

from .wire import Pcapng, pcap, read

FRAMES = [b"first frame", b"second", b"the third one"]
CLASSIC = pcap(FRAMES)
SECTIONS = Pcapng().section().interface().enhanced(FRAMES[0]).enhanced(FRAMES[1]).enhanced(FRAMES[2]).data


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def from_standard_input(data: bytes, monkeypatch: pytest.MonkeyPatch) -> CaptureFile:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    return open_capture("-")


@pytest.mark.parametrize(("data", "name"), [(CLASSIC, "pcap"), (SECTIONS, "pcapng")])
@pytest.mark.parametrize("packed", [False, True])
def test_the_kind_is_found_by_content(
    tmp_path: Path, data: bytes, name: str, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "misleading.txt"
    stored = gzip.compress(data) if packed else data
    path.write_bytes(stored)
    with open_capture(str(path)) as capture:
        assert [packet.data for packet in capture] == FRAMES
        assert capture.format == name + " (gzip)" * packed
        assert capture.size == capture.position == len(stored)
        assert (capture.bytes, capture.truncated) == (len(data), None)
    with from_standard_input(stored, monkeypatch) as capture:
        assert [packet.data for packet in capture] == FRAMES
        assert (capture.path, capture.format) == ("-", name + " (gzip)" * packed)
        assert (capture.size, capture.position) == (None, len(stored))
    assert not sys.stdin.buffer.closed


def test_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    reader, writer = os.pipe()
    try:
        os.write(writer, CLASSIC)
        os.close(writer)
        path.symlink_to(f"/dev/fd/{reader}")
        with open_capture(str(path)) as capture:
            assert [packet.data for packet in capture] == FRAMES
            assert capture.size is None
    finally:
        os.close(reader)


def test_packed_members_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(gzip.compress(CLASSIC[:30]) + gzip.compress(CLASSIC[30:]))
    packets, truncated = read(path)
    assert ([packet.data for packet in packets], truncated) == (FRAMES, None)


@pytest.mark.parametrize("data", [CLASSIC, SECTIONS])
def test_gzip_cut_at_every_byte(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "capture"
    stored = gzip.compress(data)
    for size in range(len(stored)):
        path.write_bytes(stored[:size])
        try:
            packets, truncated = read(path)
        except InputUnreadableError:
            continue
        assert [packet.data for packet in packets] == FRAMES[: len(packets)]
        assert truncated is not None
        assert truncated.packet == len(packets)
        assert truncated.why.startswith("the gzip stream is cut short")
    assert len(packets) == 3


def test_gzip_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(gzip.compress(b""))
    with pytest.raises(InputUnreadableError, match="nothing can be unpacked"):
        open_capture(str(path))


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadableError, match="does not exist"):
        open_capture(str(tmp_path / "missing"))


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadableError, match="is a directory"):
        open_capture(str(tmp_path))


def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(b"")
    with pytest.raises(InputUnreadableError, match="is empty"):
        open_capture(str(path))


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: str) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("analyzer.capture.files.os.stat", refuse)
    with pytest.raises(InputUnreadableError, match="may not be read"):
        open_capture(str(tmp_path / "capture"))


@pytest.mark.parametrize("path", ["with\0zero", "x" * 5000])
def test_an_impossible_path(path: str) -> None:
    with pytest.raises(InputUnreadableError, match=r"cannot be"):
        open_capture(path)


def test_standard_input_that_is_no_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputUnreadableError, match="standard input is empty"):
        from_standard_input(b"", monkeypatch)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Terminal()))
    with pytest.raises(InputUnreadableError, match="is a terminal"):
        open_capture("-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputUnreadableError, match="is closed"):
        open_capture("-")


@given(st.data())
def test_no_bytes_raise_after_the_header(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([CLASSIC, SECTIONS, gzip.compress(CLASSIC)])))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with pytest.MonkeyPatch.context() as patch:
        try:
            with from_standard_input(bytes(whole), patch) as capture:
                packets = list(capture)
                assert [packet.number for packet in packets] == sorted({packet.number for packet in packets})
                assert all(packet.number <= capture.packets for packet in packets)
        except InputUnreadableError:
            pass
