"""Files that take turns, a disk that is full, and what must never be overwritten."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from analyzer.capture import Commented, PacketFiles
from analyzer.errors import UsageError
from analyzer.packets import Packet
from tests.support.disks import needs_disks, with_disk

from .wire import read


def packets(number: int, count: int = 1, size: int = 1_000) -> list[Commented]:
    return [Commented(Packet(number + index, number, 1, bytes(size), size)) for index in range(count)]


def numbers(path: Path) -> list[int | None]:
    """The packets in a file, by their times."""
    found, truncated = read(path)
    assert truncated is None
    return [packet.timestamp_ns for packet in found]


def test_a_folder_gets_files_that_take_turns(tmp_path: Path) -> None:
    other = tmp_path / "certwhy-somebody-else-0001.pcapng"
    other.write_text("keep me")
    files = PacketFiles(str(tmp_path), most_bytes=3_500, most_files=2)
    for number in range(1, 10):
        assert files.write(packets(number))
    files.close()
    there = sorted(path.name for path in tmp_path.iterdir() if path != other)
    assert [name[-12:] for name in there] == ["-0002.pcapng", "-0003.pcapng"]
    assert [path.name for path in files.paths] == there
    assert [numbers(path) for path in files.paths] == [[4, 5, 6], [7, 8, 9]]
    assert all(path.stat().st_size <= 3_500 for path in files.paths)
    assert files.deleted == 1
    assert other.read_text() == "keep me"


def test_what_belongs_together_is_not_parted(tmp_path: Path) -> None:
    files = PacketFiles(str(tmp_path), most_bytes=5_000)
    assert files.write(packets(1, count=3))
    assert files.write(packets(2, count=3))
    assert files.write(packets(3, count=9), secrets=b"CLIENT_RANDOM 00 00\n")
    files.close()
    assert [numbers(path) for path in files.paths] == [[1] * 3, [2] * 3, [3] * 9]


def test_a_named_file_is_followed_by_numbered_ones(tmp_path: Path) -> None:
    (tmp_path / "out-0002.pcapng").write_text("of an earlier day")
    (tmp_path / "out.pcapng").write_text("to be overwritten")
    files = PacketFiles(str(tmp_path / "out.pcapng"), most_bytes=1_500)
    for number in (1, 2):
        assert files.write(packets(number))
    files.close()
    assert numbers(tmp_path / "out.pcapng") == [1]
    assert numbers(tmp_path / "out-0003.pcapng") == [2]
    assert (tmp_path / "out-0002.pcapng").read_text() == "of an earlier day"


def test_a_file_may_be_read_before_it_is_closed(tmp_path: Path) -> None:
    files = PacketFiles(str(tmp_path / "out.pcapng"))
    for number in (1, 2, 3):
        assert files.write(packets(number))
        assert numbers(tmp_path / "out.pcapng") == list(range(1, number + 1))
    files.close()


def test_without_packets(tmp_path: Path) -> None:
    PacketFiles(str(tmp_path)).close()
    assert list(tmp_path.iterdir()) == []
    PacketFiles(str(tmp_path / "named")).close()
    assert numbers(tmp_path / "named") == []
    PacketFiles(f"{tmp_path}/new/").close()
    assert (tmp_path / "new").is_dir()


@pytest.mark.skipif(os.name != "posix", reason="needs permissions")
def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = tmp_path / "before.pcapng"
    before.touch(0o644)
    for target in (before, tmp_path):
        files = PacketFiles(str(target))
        files.write(packets(1))
        files.close()
        assert stat.S_IMODE(files.paths[0].stat().st_mode) == 0o600


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for target in (tmp_path / "no" / "where", tmp_path / "file" / "inside"):
        with pytest.raises(UsageError, match="cannot be written"):
            PacketFiles(str(target))


class Full(io.FileIO):
    """A disk that takes so many bytes more."""

    room = 0

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]
        count = min(len(view), Full.room)
        if not count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        Full.room -= count
        return super().write(view[:count])


def test_a_disk_that_is_full_costs_only_what_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.capture.packet_files.io.FileIO", Full)
    path = tmp_path / "out.pcapng"
    Full.room = 2_000
    files = PacketFiles(str(path))
    assert files.write(packets(1))
    whole = path.read_bytes()
    assert not files.write(packets(2))
    assert "No space left" in files.trouble
    assert path.read_bytes() == whole
    Full.room = 5_000
    assert files.write([Commented(Packet(1, 3, 101, b"another link type", 17))])
    files.close()
    assert numbers(path) == [1, 3]


def test_where_the_next_file_cannot_begin_the_next_attempt_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.capture.packet_files.io.FileIO", Full)
    Full.room = 1_200
    files = PacketFiles(str(tmp_path), most_bytes=1_500, most_files=5)
    assert files.write(packets(1))
    Full.room = 10
    assert not files.write(packets(2))
    Full.room = 5_000
    assert files.write(packets(3))
    files.close()
    assert [numbers(path) for path in files.paths] == [[1], [3]]
    assert sorted(tmp_path.iterdir()) == list(files.paths)


FILL = """
from tests.capture.test_packet_files import packets, numbers
from analyzer.capture import PacketFiles
from pathlib import Path
files = PacketFiles("disk/out.pcapng")
took = [files.write(packets(number, size=30_000)) for number in range(1, 11)]
files.close()
assert took == [True] * took.count(True) + [False] * took.count(False), took
assert numbers(Path("disk/out.pcapng")) == list(range(1, took.count(True) + 1))
print(took.count(True), files.trouble)
"""


@needs_disks
def test_a_real_disk_that_is_full(tmp_path: Path) -> None:
    ran = with_disk(tmp_path, 128, f'exec {sys.executable} -c "$FILL"', FILL=FILL)
    assert ran.stdout == "4 No space left on device\n", ran.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_neither_takes_turns_nor_comes_again(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.pcapng"
    os.mkfifo(pipe)
    taken: list[bytes] = []
    reader = threading.Thread(target=lambda: taken.append(pipe.read_bytes()), daemon=True)
    reader.start()
    files = PacketFiles(str(pipe), most_bytes=1_500, most_files=2)
    for number in (1, 2, 3):
        assert files.write(packets(number))
    files.close()
    reader.join(timeout=10)
    (tmp_path / "copy").write_bytes(taken[0])
    assert numbers(tmp_path / "copy") == [1, 2, 3]
    assert not files.write(packets(4))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "pipe.pcapng"]
