"""Files that packets are written to: one, or several that take turns, each of them complete by itself.

Theory of operation
-------------------
What belongs together (the packets of one connection, with its secrets) is written at once, so that no file ever ends
in the middle of a connection and every file may be read while the next connection is waited for. If the disk is full
in the middle of it, the file is cut back to what it held before; the next attempt may succeed.

A file that would grow too large is closed, and the next one begins, with everything a reader needs. Of too many, the
oldest goes; only files that were made here are ever deleted, and only a file that was named is ever overwritten. A
pipe or a device is written to as it is: it neither takes turns nor can be cut back.

All files are for their owner alone, as dumpcap's are: captures are confidential, and these may hold secrets.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from analyzer import __version__
from analyzer.capture.files import TLS_KEY_LOG
from analyzer.capture.pcapng_blocks import (
    decryption_secrets,
    enhanced_packet,
    interface_description,
    section_header,
)
from analyzer.errors import UsageError
from analyzer.packets import Packet

_MODE = 0o600
_MOST_NUMBERS = 100_000
"""Names that are tried for the next file."""


class Commented(NamedTuple):
    """A packet, and what is said of it."""

    packet: Packet
    comments: Sequence[str] = ()


class PacketFiles:
    """A file, or a folder in which files take turns.

    Raises:
        UsageError: nothing can be written there.
    """

    def __init__(self, target: str, *, most_bytes: int | None = None, most_files: int | None = None) -> None:
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._names = _Names(target)
        self._file: io.FileIO | None = None
        self._interfaces: dict[tuple[int, bool], int] = {}
        self._size = 0
        self._regular = False
        self._used = False
        """The current file holds packets."""
        self.paths: deque[Path] = deque()
        """The files that are there, the oldest first."""
        self.deleted = 0
        """Files that had to go for newer ones."""
        self.trouble = ""
        """What the system said when something could not be written last."""
        try:
            self._names.prepare()
            self._begin()
        except OSError as error:
            raise UsageError(
                f"{target} cannot be written: {error.strerror or error}.", "Name another file or folder with --write."
            ) from None

    def write(self, packets: Sequence[Commented], secrets: bytes = b"") -> bool:
        """Write what belongs together, the secrets (lines of a key log) before it; False where that failed."""
        try:
            if self._file is None:
                self._begin()
            data, interfaces = self._encoded(packets, secrets)
            if self._used and self._most_bytes is not None and self._size + len(data) > self._most_bytes:
                self._turn()
                data, interfaces = self._encoded(packets, secrets)
            self._append(data)
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return False
        self._interfaces.update(interfaces)
        self._used = True
        return True

    def close(self) -> None:
        """Nothing more will come. In a folder, a file without packets is taken away again."""
        self._let_go()
        if not self._used and self._names.in_folder and self.paths:
            with suppress(OSError):
                self.paths.pop().unlink()

    # -- one file

    def _begin(self) -> None:
        """Open the next file. A pipe or a device has none after it."""
        if self.paths and not self._regular:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        path, file = self._names.open_next()
        self._file, self._size, self._used = file, 0, False
        self._interfaces = {}
        self._regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        try:
            if self._regular and hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), _MODE)  # a file that was there before may have been open to all
            self._append(section_header(f"certwhy {__version__}"))
        except OSError:
            self._let_go()
            if self._regular:
                with suppress(OSError):
                    path.unlink()
            raise
        self.paths.append(path)

    def _encoded(self, packets: Sequence[Commented], secrets: bytes) -> tuple[bytes, dict[tuple[int, bool], int]]:
        """The blocks, with the descriptions of interfaces that this file does not hold yet; and these."""
        blocks: list[bytes] = []
        new: dict[tuple[int, bool], int] = {}
        for packet, comments in packets:
            key = (packet.link_type, packet.timestamp_ns is not None)
            index = self._interfaces.get(key, new.get(key))
            if index is None:
                index = new[key] = len(self._interfaces) + len(new)
            blocks.append(enhanced_packet(index, packet, comments))
        head = [interface_description(link_type, timed=timed) for link_type, timed in new]
        if secrets:
            head.append(decryption_secrets(TLS_KEY_LOG, secrets))
        return b"".join((*head, *blocks)), new

    def _append(self, data: bytes) -> None:
        """All of it or nothing, even if the user interrupts."""
        file = self._file
        assert file is not None
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[file.write(rest) or 0 :]
        except BaseException:
            self._cut_back(file)
            raise
        self._size += len(data)

    def _cut_back(self, file: io.FileIO) -> None:
        try:
            file.seek(self._size)
            file.truncate(self._size)
        except OSError:
            self._let_go()

    # -- several files

    def _turn(self) -> None:
        """The file is full: the next one, if files can take turns here."""
        if not self._regular:
            return
        while self._most_files is not None and len(self.paths) >= self._most_files:
            oldest = self.paths.popleft()
            with suppress(OSError):
                oldest.unlink()
            self.deleted += 1
        self._let_go()
        self._begin()

    def _let_go(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        self._file = None


class _Names:
    """The names of the files, one after the other."""

    def __init__(self, target: str) -> None:
        self._target = Path(target)
        self.in_folder = self._target.is_dir() or target.endswith(("/", os.sep))
        self._number = 0

    def prepare(self) -> None:
        """Make the folder, if one was meant."""
        if self.in_folder:
            self._target.mkdir(exist_ok=True)

    def open_next(self) -> tuple[Path, io.FileIO]:
        """The next file. The one that was named is overwritten; no other that is there already."""
        if not self._number and not self.in_folder:
            self._number = 1
            return self._target, io.FileIO(self._target, "w", opener=_private)
        while self._number < _MOST_NUMBERS:
            self._number += 1
            path = self._path()
            with suppress(FileExistsError):
                return path, io.FileIO(path, "x", opener=_private)
        raise OSError(f"there are too many files like {self._path().name}")

    def _path(self) -> Path:
        number = f"{self._number:04}"
        if self.in_folder:
            return self._target / f"certwhy-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{number}.pcapng"
        return self._target.with_name(f"{self._target.stem}-{number}{self._target.suffix}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _MODE)
