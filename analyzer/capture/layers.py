"""One layer of a frame, and the numbers that say what it is.

A frame is decoded by steps. Each step takes the layer that it knows, reads its header, and answers
with the layer inside, or None where nothing of ours can be inside. Which step is next follows from
``kind`` alone: a number in one space that holds EtherTypes, IP protocols, ports of UDP tunnels and link
types side by side. So a tunnel in a tunnel needs no code of its own.

A header that contradicts itself or is cut off raises: UndecodableError where the step looks,
``struct.error`` or IndexError where the bytes run out. All three mean the same to the decoder.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

# Where each family of numbers starts; EtherTypes (and 4 for IEEE 802.2 LLC) stand for themselves.
IP_PROTOCOL = 0x1_0000
TUNNEL_PORT = 0x2_0000
LINK_TYPE = 0x4_0000

LLC = 4
IPV4 = 0x0800
BRIDGED_ETHERNET = 0x6558
IPV6 = 0x86DD
MPLS = 0x8847
PPPOE = 0x8864
EAPOL = 0x888E

TCP = IP_PROTOCOL + 6
UDP = IP_PROTOCOL + 17

RAW_IP = LINK_TYPE + 101
PPP = LINK_TYPE + 9


class UndecodableError(Exception):
    """A header that lies or is cut off; never leaves this folder."""


class Layer(msgspec.Struct, frozen=True, gc=False):
    """Bytes of a frame from one header on."""

    kind: int
    data: bytes
    start: int
    """Where the header begins in ``data``."""
    end: int
    """Where the layer ended on the wire, as an offset in ``data``; beyond its end if it was cut."""
    addresses: bytes = b""
    """Source and destination address of the IP header around it."""


class Fragment(msgspec.Struct, frozen=True, gc=False):
    """A piece of an IP datagram."""

    key: bytes
    """The same for all pieces of one datagram, and for no other at the same time."""
    kind: int
    """What the whole datagram holds; true for the first piece."""
    addresses: bytes
    offset: int
    last: bool
    length: int
    """Bytes on the wire; more than in ``body`` where the frame was cut."""
    body: bytes


Step = Callable[[Layer], Layer | Fragment | None]
