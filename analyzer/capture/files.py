"""Opening a capture and reading its packets.

Everything that can be wrong before the first packet is the caller's problem and raises
``InputUnreadableError``. Once the header has been accepted nothing is raised any more: damage ends
the packets early and is told by ``truncated``. The kind of file is found by its first bytes alone,
never by its name.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import TracebackType
from typing import cast

from analyzer.capture import pcap, pcapng
from analyzer.capture.blocks import Blocks
from analyzer.capture.foreign import name_the_format
from analyzer.capture.progress import Progress, Secrets, Truncation
from analyzer.capture.sources import GZIP_MAGIC, GzipSource, PlainSource
from analyzer.errors import InputUnreadableError
from analyzer.lanes import Lanes
from analyzer.packets import Packet, Segment

STANDARD_INPUT = "-"

_HEAD = 32

Walk = Callable[[Lanes | None], Iterator[Packet | Segment]]
"""Starts the walk over a capture: over all packets, or over what these lanes need."""


class CaptureFile:
    """An open capture: iterate over it for its packets, once.

    The counters may be read at any time, also from within the loop.
    """

    def __init__(
        self,
        path: str,
        capture_format: str,
        walk: Walk,
        blocks: Blocks,
        progress: Progress,
        stream: io.RawIOBase | None,
    ) -> None:
        self.path = path
        """As it was given to :func:`open_capture`."""
        self.format = capture_format
        """``pcap`` or ``pcapng``, followed by `` (gzip)`` when packed."""
        self.size = _regular_size(stream)
        """Bytes of the stored file; None where that cannot be known."""
        self._walk = walk
        self._packets: Iterator[Packet] | None = None
        self._blocks = blocks
        self._progress = progress
        self._stream = stream

    @property
    def packets(self) -> int:
        """Packets and other numbered records so far: the number of the last packet."""
        return self._progress.packets

    @property
    def bytes(self) -> int:
        """Bytes of the (unpacked) capture that were walked over so far, exact at the end."""
        return self._progress.bytes

    @property
    def position(self) -> int:
        """Bytes of the stored file that were read so far; compare with ``size``."""
        return self._blocks.position

    @property
    def truncated(self) -> Truncation | None:
        """Where the capture is damaged; None while, and if, it is sound."""
        return self._progress.truncated

    @property
    def secrets(self) -> Secrets:
        """Type and content of the Decryption Secrets Blocks met so far, at most 16 MiB."""
        return self._progress.secrets

    def __iter__(self) -> Iterator[Packet]:
        if self._packets is None:
            self._packets = cast("Iterator[Packet]", self._walk(None))
        return self._packets

    def __next__(self) -> Packet:
        return next(iter(self))

    def segments(self, lanes: Lanes) -> Iterator[Packet | Segment]:
        """Walk instead over what somebody needs: segments of ordinary frames, and all other packets as they are."""
        return self._walk(lanes)

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self._stream is not None:
            self._stream.close()

    def __enter__(self) -> CaptureFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_capture(path: str) -> CaptureFile:
    """Open the capture at ``path``, or standard input for ``-``.

    Raises InputUnreadableError where there is nothing to read, or nothing that is a capture.
    """
    if path == STANDARD_INPUT:
        return _recognise(path, "standard input", PlainSource(_standard_input()), None)
    stream = _open(path)
    try:
        return _recognise(path, path, PlainSource(stream), stream)
    except BaseException:
        stream.close()
        raise


def _recognise(path: str, name: str, source: PlainSource, stream: io.RawIOBase | None) -> CaptureFile:
    """Find out by the first bytes what kind of capture this is."""
    blocks = Blocks(source)
    blocks.refill(0, _HEAD)
    head = bytes(blocks.view[: min(blocks.end, _HEAD)])
    if not head:
        if source.damage:
            raise InputUnreadableError(f"{name} cannot be read: {source.damage}.")
        raise InputUnreadableError(f"{name} is empty.", "Check that the capture was written to this file.")
    packing = ""
    if head.startswith(GZIP_MAGIC):
        packing = " (gzip)"
        blocks = Blocks(GzipSource(source, bytes(blocks.view[: blocks.end])))
        blocks.refill(0, _HEAD)
        head = bytes(blocks.view[: min(blocks.end, _HEAD)])
        if not head:
            raise InputUnreadableError(
                f"{name} is a gzip file from which nothing can be unpacked.", "Fetch the file again."
            )
    progress = Progress()
    if head[:4] in pcap.MAGICS:
        walk = _classic(name, head, blocks, progress)
        return CaptureFile(path, "pcap" + packing, walk, blocks, progress, stream)
    if head.startswith(pcapng.MAGIC):
        walk = _sections(name, head, blocks, progress)
        return CaptureFile(path, "pcapng" + packing, walk, blocks, progress, stream)
    what, try_this = name_the_format(head)
    raise InputUnreadableError(f"{name} is {what}.", try_this)


def _classic(name: str, head: bytes, blocks: Blocks, progress: Progress) -> Walk:
    if len(head) < pcap.HEADER_SIZE:
        raise _cut_header(name, "pcap", blocks)
    header = pcap.parse_header(head)
    if header.version[0] != 2:
        major, minor = header.version
        raise InputUnreadableError(f"{name} is a pcap file of the unknown version {major}.{minor}.")
    return partial(pcap.read_packets, blocks, progress, header)


def _sections(name: str, head: bytes, blocks: Blocks, progress: Progress) -> Walk:
    if len(head) < pcapng.SMALLEST_SECTION:
        raise _cut_header(name, "pcapng", blocks)
    if pcapng.section_order(head) is None:
        raise InputUnreadableError(f"{name} starts like a pcapng file but has no byte-order mark.")
    return pcapng.PcapngWalk(blocks, progress).packets


def _cut_header(name: str, kind: str, blocks: Blocks) -> InputUnreadableError:
    why = f": {blocks.damage}" if blocks.damage else ""
    return InputUnreadableError(
        f"{name} ends in the middle of its {kind} header{why}.", "Check that the capture was written to its end."
    )


def _open(path: str) -> io.FileIO:
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            raise InputUnreadableError(f"{path} is a directory.", "Name the capture files in it.")
        return io.FileIO(path)
    except FileNotFoundError:
        raise InputUnreadableError(f"{path} does not exist.", "Check the spelling of the path.") from None
    except PermissionError:
        raise InputUnreadableError(
            f"{path} may not be read by this user.", "Change its permissions or run as its owner."
        ) from None
    except OSError as error:
        raise InputUnreadableError(f"{path} cannot be opened: {error.strerror or error}.") from None
    except ValueError:
        raise InputUnreadableError(f"{path!r} cannot be the path of a file.") from None


def _standard_input() -> io.BufferedIOBase:
    stream: object = getattr(sys.stdin, "buffer", None)
    if not isinstance(stream, io.BufferedIOBase) or stream.closed:
        raise InputUnreadableError("Standard input is closed.", "Pipe a capture into the command.")
    if stream.isatty():
        raise InputUnreadableError(
            "Standard input is a terminal, not a capture.", "Pipe a capture into it: tcpdump -w - | ..."
        )
    return stream


def _regular_size(stream: io.RawIOBase | None) -> int | None:
    if stream is None:
        return None
    status = os.fstat(stream.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


TLS_KEY_LOG = 0x544C534B
"""Type of a Decryption Secrets Block that holds a TLS key log (pcapng section 4.7)."""


def can_be_read_twice(path: str) -> bool:
    """An ordinary file: what a pipe or standard input has given is gone."""
    return path != STANDARD_INPUT and os.path.isfile(path)


def collect_secrets(path: str) -> Secrets:
    """The Decryption Secrets Blocks of a pcapng file, wherever in it they are.

    They may come after the packets that need them, so a file is walked once before it is read. A pipe cannot be; for
    anything that is not pcapng, or not readable, there is nothing.
    """
    if not can_be_read_twice(path):
        return []
    try:
        with open_capture(path) as file:
            if file.format.startswith("pcapng"):
                for _ in file:
                    pass
            return file.secrets
    except InputUnreadableError:
        return []
