"""What travels between the capture room and the rooms above it.

A packet keeps the number that Wireshark shows as ``frame.number``; every fact in a report
leads back to one or more of these numbers.
"""

from __future__ import annotations

import enum
from typing import Final, Literal

import msgspec


class Side(enum.IntEnum):
    """Which end of a TLS connection sent something. Never "local" and "remote": we are neither."""

    CLIENT = 0
    SERVER = 1

    @property
    def other(self) -> Side:
        """The opposite end."""
        return Side.SERVER if self is Side.CLIENT else Side.CLIENT

    @property
    def word(self) -> Literal["client", "server"]:
        """What people call it."""
        return "client" if self is Side.CLIENT else "server"


CLIENT: Final = Side.CLIENT
SERVER: Final = Side.SERVER
"""The same under names that a compiled module finds at once: on the way of a message Python's enumerations are dear."""


class TcpFlags(enum.IntFlag):
    """The control bits that matter here (RFC 9293 section 3.1)."""

    FIN = 0x01
    SYN = 0x02
    RST = 0x04
    PSH = 0x08
    ACK = 0x10


PACKET_BYTES = 200
"""What a packet that is held costs besides its bytes."""


class Packet(msgspec.Struct, frozen=True, gc=False):
    """One frame of a capture, undecoded."""

    number: int
    """1-based within its input, as Wireshark's frame.number counts."""
    timestamp_ns: int | None
    """Nanoseconds since 1970-01-01 UTC; None where the format stores no time."""
    link_type: int
    """LINKTYPE_ number, without the FCS bits of the pcap header word."""
    data: bytes
    wire_length: int
    """Length on the wire; larger than ``len(data)`` when the capture was cut by its snap length."""


class Segment(msgspec.Struct, frozen=True, gc=False):
    """One TCP segment (RFC 9293)."""

    path: bytes
    """Source address, destination address, source port, destination port, as on the wire:
    12 bytes for IPv4, 36 bytes for IPv6."""
    sequence: int
    acknowledgment: int
    flags: int
    payload: bytes
    cut: int
    """Bytes of payload that were on the wire but are not in the capture (snap length)."""
    packet: int
    timestamp_ns: int | None


class Datagram(msgspec.Struct, frozen=True, gc=False):
    """Something that is not TCP but may carry TLS: a UDP datagram or an EAPOL frame.

    It is looked at only far enough to say that it was seen and not read.
    """

    protocol: str
    """``udp`` or ``eapol``."""
    path: bytes
    """As in :class:`Segment`; empty for EAPOL."""
    payload: bytes
    packet: int
    timestamp_ns: int | None


def reverse_path(path: bytes) -> bytes:
    """The path of the opposite direction."""
    width = (len(path) - 4) // 2
    return path[width : 2 * width] + path[:width] + path[-2:] + path[-4:-2]
