"""The classic pcap format (draft-ietf-opsawg-pcap): a header of 24 bytes, then records.

The magic number tells the byte order and the unit of the time stamps. Alexey Kuznetsov's variant
("modified pcap", magic 0xa1b2cd34) has eight more bytes in the header of each record.

A record whose length is beyond all reason means that we are no longer at the start of a record;
everything after it would be noise, so reading stops there. The limit is libpcap's own, or what the
file's header allows if that is more.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from analyzer.capture.blocks import Blocks
from analyzer.capture.passing import next_needed
from analyzer.capture.plain import ETHERNET, PASSED, plain_frames
from analyzer.capture.progress import Progress
from analyzer.lanes import Lanes
from analyzer.packets import Packet, Segment

HEADER_SIZE = 24

LONGEST_PACKET = 256 * 1024 * 1024
"""No format and no header may claim more for one packet."""

_LONGEST_ORDINARY = 262_144  # MAXIMUM_SNAPLEN of libpcap
_LONG_LINK_TYPES = frozenset({231, 249, 279})  # D-Bus, USBPcap, EBHSCR: libpcap allows 128 MiB for some of them
_LONGEST_OF_THOSE = 128 * 1024 * 1024

_MAGICS = {
    # magic as stored: byte order, nanoseconds in one unit of the fraction, bytes of a record header
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    b"\x34\xcd\xb2\xa1": ("<", 1000, 24),
    b"\xa1\xb2\xcd\x34": (">", 1000, 24),
}
MAGICS = frozenset(_MAGICS)


class PcapHeader(msgspec.Struct, frozen=True):
    """What the first 24 bytes say."""

    order: str
    unit_ns: int
    record_header: int
    version: tuple[int, int]
    link_type: int
    longest: int


def parse_header(data: bytes) -> PcapHeader:
    """Read the file header; ``data`` has 24 bytes and starts with one of ``MAGICS``."""
    order, unit_ns, record_header = _MAGICS[data[:4]]
    major, minor, snap_length, link_word = struct.unpack_from(order + "HH8xII", data, 4)
    # The upper bits of the word hold the length of the frame check sequence (draft section 4).
    link_type = link_word & 0xFFFF
    longest = max(_LONGEST_ORDINARY, min(snap_length, LONGEST_PACKET))
    if link_type in _LONG_LINK_TYPES:
        longest = max(longest, _LONGEST_OF_THOSE)
    return PcapHeader(order, unit_ns, record_header, (major, minor), link_type, longest)


def read_packets(
    blocks: Blocks, progress: Progress, header: PcapHeader, lanes: Lanes | None = None
) -> Iterator[Packet | Segment]:
    """Yield every packet; with ``lanes``, of ordinary packets the segment, and only where somebody needs it.

    Where damage stops the reading, ``progress.truncated`` says so.
    """
    unpack = struct.Struct(header.order + "IIII").unpack_from
    record_header = header.record_header
    unit_ns = header.unit_ns
    link_type = header.link_type
    longest = header.longest
    # Before version 2.3 the two lengths were stored the other way round.
    swapped = header.version < (2, 3)
    take = plain_frames(lanes) if lanes is not None and link_type == ETHERNET else None
    skip_to = next_needed if take is not None and header.order == "<" and record_header == 16 else None
    number = 0
    offset = HEADER_SIZE
    need = record_header
    while True:
        progress.bytes = blocks.start + offset
        if not blocks.refill(offset, need):
            _finish(blocks, progress)
            return
        offset = 0
        need = record_header
        buffer, view, end = blocks.buffer, blocks.view, blocks.end
        window = bytes(view[:end]) if skip_to is not None else b""
        while (start := offset + record_header) <= end:
            if skip_to is not None and lanes is not None:
                offset, number, segment = skip_to(window, offset, lanes.lanes, lanes.next_advance_ns, unit_ns, number)
                progress.packets, start = number, offset + record_header
                if segment is not None:
                    yield segment
                    continue
                if start > end:
                    break
            seconds, fraction, captured, wire = unpack(buffer, offset)
            if swapped:
                captured, wire = wire, captured
            if captured > longest:
                progress.bytes = blocks.start + offset
                progress.stop(f"packet {number + 1} claims to be {captured} bytes long, which cannot be")
                return
            after = start + captured
            if after > end:
                need = after - offset
                break
            progress.packets = number = number + 1
            moment = seconds * 1_000_000_000 + fraction * unit_ns
            offset = after
            segment = (
                take(buffer, view, start, after, number, moment) if take is not None and captured >= wire else None
            )
            if segment is None:
                yield Packet(number, moment, link_type, bytes(view[start:after]), wire)
            elif segment is not PASSED:
                yield segment


def _finish(blocks: Blocks, progress: Progress) -> None:
    """The input has ended: at the end of a packet, in the middle of one, or because it is broken."""
    if blocks.damage:
        progress.stop(f"{blocks.damage} {progress.place}")
    elif blocks.end:
        progress.stop(f"the file ends in the middle of packet {progress.packets + 1}")
