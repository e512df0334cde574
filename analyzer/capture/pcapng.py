"""The pcapng format (draft-ietf-opsawg-pcapng): a sequence of blocks in one or more sections.

Every block says its length twice, in front and at its end. A section header sets the byte order
and forgets the interfaces; an interface description gives its packets a link type and the unit of
their time stamps. Packets stand in enhanced, simple (no time) or obsolete packet blocks.

The walk has two speeds. Enhanced packet blocks, which are nearly all of a file, are read in the
loop of ``packets``; whenever anything about a block is out of the ordinary, or the window ends in the
middle of one, ``_other`` looks again, slowly, and either handles it or says what is wrong.

Wireshark gives a frame number to some blocks that are no packets (custom blocks, journal entries,
system calls). They are counted, so that our numbers stay its numbers, and not yielded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from analyzer.capture.blocks import Blocks
from analyzer.capture.pcap import LONGEST_PACKET
from analyzer.capture.plain import ETHERNET, PASSED, plain_frames
from analyzer.capture.progress import Progress
from analyzer.lanes import Lanes
from analyzer.packets import Packet, Segment

MAGIC = b"\x0a\x0d\x0d\x0a"
SMALLEST_SECTION = 28

_SECTION = 0x0A0D0D0A
_INTERFACE = 1
_OBSOLETE_PACKET = 2
_SIMPLE_PACKET = 3
_ENHANCED_PACKET = 6
_SECRETS = 10
_NUMBERED_RECORDS = frozenset(
    {
        0x0BAD,  # custom block that may be copied
        0x4000_0BAD,  # custom block that may not be copied
        9,  # systemd journal export
        0x204,  # Sysdig events, in all their editions
        0x208,
        0x216,
        0x217,
        0x221,
        0x222,
    }
)

_IF_TSRESOL = 9
_IF_TSOFFSET = 14

# The end of the year 9999: nothing above can write a later date, and no capture means one.
_LATEST_NS = 253_402_300_800 * 1_000_000_000

_MOST_INTERFACES = 65_536

_Interface = tuple[int, int, int, int, int]
"""Link type, snap length, then ns = stamp * factor // divisor + shift."""


class DamagedBlockError(Exception):
    """A block that contradicts itself; ends the reading, never leaves this module."""


def section_order(head: bytes) -> str | None:
    """Byte order of the section that starts with ``head``; None where the magic is wrong."""
    return {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(head[8:12])


class PcapngWalk:
    """One walk over the blocks of a file."""

    def __init__(self, blocks: Blocks, progress: Progress) -> None:
        self._blocks = blocks
        self._progress = progress
        self._order = "<"
        self._interfaces: list[_Interface] = []

    def packets(self, lanes: Lanes | None = None) -> Iterator[Packet | Segment]:
        """Yield every packet; with ``lanes``, of ordinary packets the segment, and only where somebody needs it.

        Where damage stops the reading, ``progress.truncated`` says so.
        """
        blocks, progress = self._blocks, self._progress
        take = None if lanes is None else plain_frames(lanes)
        offset = 0
        while offset >= 0:
            buffer, view, end = blocks.buffer, blocks.view, blocks.end
            unpack = struct.Struct(self._order + "IIIIIII").unpack_from
            unpack_length = struct.Struct(self._order + "I").unpack_from
            interfaces = self._interfaces
            known = len(interfaces)
            number = progress.packets
            while (start := offset + 28) <= end:
                kind, total, interface, high, low, captured, wire = unpack(buffer, offset)
                after = offset + total
                if (
                    kind != _ENHANCED_PACKET
                    or after > end
                    or captured > total - 32
                    or interface >= known
                    or total & 3
                    or unpack_length(buffer, after - 4)[0] != total
                ):
                    break
                link_type, _, factor, divisor, shift = interfaces[interface]
                moment = (high << 32 | low) * factor // divisor + shift
                progress.packets = number = number + 1
                offset = after
                timestamp_ns = moment if 0 <= moment < _LATEST_NS else None
                if take is not None and link_type == ETHERNET and captured >= wire:
                    segment = take(buffer, view, start, start + captured, number, timestamp_ns)
                    if segment is PASSED:
                        continue
                    if segment is not None:
                        yield segment
                        continue
                yield Packet(number, timestamp_ns, link_type, bytes(view[start : start + captured]), wire)
            packet, offset = self._other(offset)
            if packet is not None:
                yield packet

    def _other(self, offset: int) -> tuple[Packet | None, int]:
        """Handle one block of any kind: the packet in it, if any, and where the next block starts or -1."""
        blocks, progress = self._blocks, self._progress
        progress.bytes = blocks.start + offset
        try:
            offset = self._hold(offset, 12)
            if offset < 0:
                return None, -1
            kind, total = struct.unpack_from(self._order + "II", blocks.buffer, offset)
            if kind == _SECTION:
                offset = self._hold(offset, SMALLEST_SECTION)
                if offset < 0:
                    return None, -1
                total = self._open_section(offset)
            if not 12 <= total <= LONGEST_PACKET:
                raise DamagedBlockError(f"a block claims to be {total} bytes long, which cannot be,")
            # Some writers forgot the padding in the length.
            size = (total + 3) & ~3
            offset = self._hold(offset, size)
            if offset < 0:
                return None, -1
            if struct.unpack_from(self._order + "I", blocks.buffer, offset + size - 4)[0] != total:
                raise DamagedBlockError("a block has two different lengths")
            packet = self._block(kind, blocks.view[offset + 8 : offset + total - 4])
        except DamagedBlockError as error:
            progress.stop(f"{error} {progress.place}")
            return None, -1
        except struct.error:
            progress.stop(f"a block is too short for what it should hold {progress.place}")
            return None, -1
        return packet, offset + size

    def _hold(self, offset: int, need: int) -> int:
        """Have ``need`` bytes in the window: where they start now, or -1 where the input ended, noting how."""
        blocks, progress = self._blocks, self._progress
        if blocks.end - offset >= need:
            return offset
        if blocks.refill(offset, need):
            return 0
        if blocks.damage:
            progress.stop(f"{blocks.damage} {progress.place}")
        elif blocks.end:
            progress.stop(f"the file ends in the middle of a block {progress.place}")
        return -1

    def _open_section(self, offset: int) -> int:
        """Start a section: its total length, now that the byte order is known."""
        buffer = self._blocks.buffer
        order = section_order(bytes(buffer[offset : offset + 12]))
        if order is None:
            raise DamagedBlockError("a section has no byte-order mark")
        total, major, minor = struct.unpack_from(order + "4xI4xHH", buffer, offset)
        if major != 1:
            raise DamagedBlockError(f"a section of the unknown version {major}.{minor} begins")
        if total < SMALLEST_SECTION:
            raise DamagedBlockError(f"a block claims to be {total} bytes long, which cannot be,")
        self._order = order
        self._interfaces = []
        return int(total)

    def _block(self, kind: int, body: memoryview) -> Packet | None:
        """Take in one block, without its type and lengths."""
        order = self._order
        if kind == _INTERFACE:
            if len(self._interfaces) == _MOST_INTERFACES:
                raise DamagedBlockError(f"more than {_MOST_INTERFACES} interfaces are described")
            self._interfaces.append(parse_interface(order, body))
        elif kind == _ENHANCED_PACKET:
            interface, high, low, captured, wire = struct.unpack_from(order + "IIIII", body)
            return self._take(interface, high << 32 | low, captured, wire, body[20:])
        elif kind == _OBSOLETE_PACKET:
            interface, high, low, captured, wire = struct.unpack_from(order + "HxxIIII", body)
            return self._take(interface, high << 32 | low, captured, wire, body[20:])
        elif kind == _SIMPLE_PACKET:
            (wire,) = struct.unpack_from(order + "I", body)
            snap_length = self._interfaces[0][1] if self._interfaces else 0
            captured = min(wire, len(body) - 4, snap_length or wire)
            return self._take(0, None, captured, wire, body[4:])
        elif kind == _SECRETS:
            secrets_kind, length = struct.unpack_from(order + "II", body)
            self._progress.keep_secrets(secrets_kind, bytes(body[8 : 8 + length]))
        elif kind in _NUMBERED_RECORDS:
            self._progress.packets += 1
        return None

    def _take(self, index: int, stamp: int | None, captured: int, wire: int, data: memoryview) -> Packet:
        if index >= len(self._interfaces):
            raise DamagedBlockError(f"a packet of the undescribed interface {index} follows")
        if captured > len(data):
            raise DamagedBlockError("a packet longer than its block follows")
        link_type, _, factor, divisor, shift = self._interfaces[index]
        moment = None if stamp is None else stamp * factor // divisor + shift
        if moment is not None and not 0 <= moment < _LATEST_NS:
            moment = None
        self._progress.packets += 1
        return Packet(self._progress.packets, moment, link_type, bytes(data[:captured]), wire)


def parse_interface(order: str, body: bytes | memoryview) -> _Interface:
    """Read an Interface Description Block (section 4.2), which says how to read its packets' times."""
    link_type, snap_length = struct.unpack_from(order + "HxxI", body)
    factor, divisor, shift = 1000, 1, 0
    offset = 8
    while offset + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, offset)
        value = body[offset + 4 : offset + 4 + length]
        offset += 4 + ((length + 3) & ~3)
        if code == 0:
            break
        if code == _IF_TSRESOL and len(value) == 1:
            # "If the Most Significant Bit is 0, the remaining bits indicate the resolution as a negative
            # power of 10; if it is 1, as a negative power of 2."
            exponent = value[0] & 0x7F
            if value[0] & 0x80:
                factor, divisor = 1_000_000_000, 1 << exponent
            else:
                factor, divisor = 10 ** max(9 - exponent, 0), 10 ** max(exponent - 9, 0)
        elif code == _IF_TSOFFSET and len(value) == 8:
            shift = struct.unpack(order + "q", value)[0] * 1_000_000_000
    return link_type, snap_length, factor, divisor, shift
