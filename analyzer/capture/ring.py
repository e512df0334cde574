"""A packet socket's ring: the kernel writes frames into memory that we read, many at a time (Linux, packet(7)).

Theory of operation
-------------------
TPACKET_V3 divides the ring into blocks. The kernel fills one block after another; a block is ours once it is full, or
has held a frame for :data:`RETIRE_MS`. We copy its frames out and give it back. So a frame costs no system call and no
switch of threads, and while the analysis is busy with something else the ring itself is the queue, bounded in bytes.
When it is full the kernel drops, and counts what it drops.

The numbers below are those of <linux/if_packet.h>.
"""

from __future__ import annotations

import mmap
import socket
import struct

Frame = tuple[int, int, bytes, int]
"""When it came in nanoseconds, its link type, its bytes, and its length on the wire."""

BLOCK = 1 << 20
"""A frame must fit into a block; the largest that Linux puts together (BIG TCP) have half a mebibyte."""
BLOCKS = (64, 16, 4)
"""How many all rings have together; the smaller ones are tried where memory is scarce."""
RETIRE_MS = 40

SOL_PACKET = 263
_RX_RING, _VERSION = 5, 10
_V3 = 2
_NO_RING = bytes(28)
_OUTGOING = 4
_FRAME = 2048
"""Must divide a block; in version 3 frames are as long as they are."""
_BLOCK_HEADER = struct.Struct("=8xIII")
_STATUS_AT = 8
_KERNEL = b"\0\0\0\0"
_USER = 1
_FRAME_HEADER = struct.Struct("=6IH2x4xIH")
_PACKET_TYPE_AT = 48 + 10
"""In the struct sockaddr_ll behind a frame's header."""
_VLAN_VALID, _VLAN_TPID_VALID = 1 << 4, 1 << 6
_VLAN = 0x8100


class PacketRing:
    """Reads one packet socket through a ring; the socket stays its owner's.

    Raises:
        OSError: the kernel refuses the ring.
    """

    def __init__(self, sock: socket.socket, link_type: int, *, skip_outgoing: bool, rings: int = 1) -> None:
        self._link_type = link_type
        self._skip_outgoing = skip_outgoing
        sock.setsockopt(SOL_PACKET, _VERSION, _V3)
        self.blocks = _ask_for_ring(sock, rings)
        self._next = 0
        try:
            self._memory = mmap.mmap(sock.fileno(), self.blocks * BLOCK)
        except OSError:
            sock.setsockopt(SOL_PACKET, _RX_RING, _NO_RING)
            raise

    def read(self, frames: list[Frame]) -> bool:
        """Append the frames of the next block that is ours; False if there is none."""
        memory, start = self._memory, self._next * BLOCK
        status, count, first = _BLOCK_HEADER.unpack_from(memory, start)
        if not status & _USER:
            return False
        at = start + first
        link_type, skip_outgoing, unpack = self._link_type, self._skip_outgoing, _FRAME_HEADER.unpack_from
        for _ in range(count):
            following, seconds, nanoseconds, kept, length, flags, mac, tci, tpid = unpack(memory, at)
            if not (skip_outgoing and memory[at + _PACKET_TYPE_AT] == _OUTGOING):
                data = memory[at + mac : at + mac + kept]
                if flags & _VLAN_VALID:  # the network card has taken the tag out
                    tag = struct.pack(">HH", tpid if flags & _VLAN_TPID_VALID else _VLAN, tci)
                    data = data[:12] + tag + data[12:]
                    length += 4
                frames.append((seconds * 1_000_000_000 + nanoseconds, link_type, data, length))
            at += following
        memory[start + _STATUS_AT : start + _STATUS_AT + 4] = _KERNEL
        self._next = (self._next + 1) % self.blocks
        return True

    def close(self) -> None:
        """Read no more; the kernel keeps the ring until the socket is closed."""
        self._memory.close()

    def undo(self, sock: socket.socket) -> None:
        """Make it a socket without a ring again."""
        self.close()
        sock.setsockopt(SOL_PACKET, _RX_RING, _NO_RING)


def _ask_for_ring(sock: socket.socket, rings: int) -> int:
    """The number of blocks that the kernel has memory for, in one ring of so many."""
    refusal = OSError()
    for together in BLOCKS:
        blocks = max(together // rings, 2)
        request = struct.pack("7I", BLOCK, blocks, _FRAME, BLOCK // _FRAME * blocks, RETIRE_MS, 0, 0)
        try:
            sock.setsockopt(SOL_PACKET, _RX_RING, request)
        except OSError as error:
            refusal = error
        else:
            return blocks
    raise refusal
