"""From a frame to the TCP segment in it.

Almost every packet of a big capture is Ethernet, IPv4 without options, TCP. That case is decided by
:mod:`analyzer.capture.plain`. Everything else takes the layers off one by one (see ``layers``), which is four to
five times slower and knows every case, this one included.

Nothing is ever raised. A frame that holds neither TCP nor something that may carry TLS is passed over
without a word (ARP, ICMP); a frame whose headers lie or are cut off is counted.
"""

from __future__ import annotations

import struct

from analyzer.capture.fragments import Reassembler
from analyzer.capture.internet import INTERNET_STEPS
from analyzer.capture.layers import (
    EAPOL,
    LINK_TYPE,
    TCP,
    TUNNEL_PORT,
    UDP,
    Fragment,
    Layer,
    Step,
    UndecodableError,
)
from analyzer.capture.links import LINK_STEPS
from analyzer.capture.other_links import OtherLinks
from analyzer.capture.plain import ETHERNET, plain_frames
from analyzer.capture.tunnels import TUNNEL_STEPS
from analyzer.packets import Datagram, Packet, Segment

MOST_LAYERS = 64
"""Headers in one frame; nesting deeper than that is an attack on decoders."""

_STEPS: dict[int, Step] = {**LINK_STEPS, **INTERNET_STEPS, **TUNNEL_STEPS}

_plain = plain_frames()
_TCP = struct.Struct(">4xIIBB").unpack_from
_UDP = struct.Struct(">HHHxx").unpack_from


class FrameDecoder:
    """Decodes the frames of one input, in order; holds the fragments that wait for others."""

    def __init__(self, *, keep_pieces: bool = False) -> None:
        self._keep_pieces = keep_pieces
        self._pieces: list[Packet] = []
        self.snapped = 0
        """Packets that the snap length cut."""
        self.undecodable = 0
        """Frames whose headers lie, are cut off, or nest without end."""
        self.unknown_link_types: dict[int, int] = {}
        """Frames of link types that nobody here knows, by link type."""
        self._reassembler = Reassembler()
        self._other_links = OtherLinks()

    def take_pieces(self) -> list[Packet]:
        """The packets before the latest one that its datagram was made of, if they are kept: nearly always none."""
        if not self._pieces:
            return []
        pieces, self._pieces = self._pieces, []
        return pieces[:-1]

    @property
    def fragments_dropped(self) -> int:
        """IP fragments given up: too many at a time, too late, or impossible."""
        return self._reassembler.dropped

    @property
    def fragments_waiting(self) -> int:
        """IP fragments whose datagram is not complete; at the end of the input they are lost too."""
        return self._reassembler.waiting

    def decode(self, packet: Packet) -> Segment | Datagram | None:
        """The TCP segment in a frame, or the datagram that may carry TLS; None where there is neither."""
        data = packet.data
        if packet.link_type == ETHERNET and packet.wire_length <= len(data):
            segment = _plain(data, data, 0, len(data), packet.number, packet.timestamp_ns)
            if segment is not None:
                return segment
        return self._decode_any(packet)

    def _decode_any(self, packet: Packet) -> Segment | Datagram | None:
        data = packet.data
        size = len(data)
        if packet.wire_length > size:
            self.snapped += 1
            end = packet.wire_length
        else:
            end = size
        try:
            return self._take_off(Layer(LINK_TYPE + packet.link_type, data, 0, end), packet, MOST_LAYERS)
        except (UndecodableError, struct.error, IndexError):
            self.undecodable += 1
            return None

    def _take_off(self, layer: Layer | None, packet: Packet, most: int) -> Segment | Datagram | None:
        """Take layers off until TCP, UDP or EAPOL appears."""
        while layer is not None:
            kind = layer.kind
            if kind == TCP:
                return _segment(layer, packet)
            if kind == UDP:
                return self._datagram(layer, packet, most)
            if kind == EAPOL:
                return Datagram("eapol", b"", layer.data[layer.start : layer.end], packet.number, packet.timestamp_ns)
            if not most:
                raise UndecodableError("nested without end")
            most -= 1
            step = _STEPS.get(kind)
            found = step(layer) if step is not None else self._unknown(layer)
            layer = self._put_together(found, packet) if isinstance(found, Fragment) else found
        return None

    def _put_together(self, fragment: Fragment, packet: Packet) -> Layer | None:
        """The datagram, if this piece makes it whole. A piece may come in a datagram that came in pieces itself."""
        if not self._keep_pieces:
            return self._reassembler.add(fragment, packet.timestamp_ns)
        layer = self._reassembler.add(fragment, packet.timestamp_ns, self._pieces or [packet])
        self._pieces = self._reassembler.made_of if layer is not None else []
        return layer

    def _unknown(self, layer: Layer) -> Layer | None:
        """No step for this kind: Scapy may know a link type; a protocol is simply none of ours."""
        link_type = layer.kind - LINK_TYPE
        if link_type < 0:
            return None
        if self._other_links.knows(link_type):
            return self._other_links.inner(link_type, layer.data[layer.start :], layer.end - layer.start)
        self.unknown_link_types[link_type] = self.unknown_link_types.get(link_type, 0) + 1
        return None

    def _datagram(self, layer: Layer, packet: Packet, most: int) -> Segment | Datagram | None:
        """A UDP datagram, or what is in it if its port is that of a tunnel and a tunnel is in it."""
        data, start = layer.data, layer.start
        source, destination, length = _UDP(data, start)
        end = min(layer.end, start + length) if length >= 8 else layer.end
        # One port only: trying both would double the work with every level of nesting.
        kind = TUNNEL_PORT + (destination if TUNNEL_PORT + destination in _STEPS else source)
        if kind in _STEPS and most:
            try:
                inner = self._take_off(Layer(kind, data, start + 8, end), packet, most - 1)
            except (UndecodableError, struct.error, IndexError):
                inner = None
            if inner is not None:
                return inner
        path = layer.addresses + data[start : start + 4]
        return Datagram("udp", path, data[start + 8 : end], packet.number, packet.timestamp_ns)


def _segment(layer: Layer, packet: Packet) -> Segment:
    data, start, end = layer.data, layer.start, layer.end
    sequence, acknowledgment, offset, flags = _TCP(data, start)
    body = start + (offset >> 2 & 0x3C)
    if not start + 20 <= body <= end:
        raise UndecodableError("a TCP header that cannot be")
    return Segment(
        layer.addresses + data[start : start + 4],
        sequence,
        acknowledgment,
        flags,
        data[body:end],
        max(0, end - max(len(data), body)),
        packet.number,
        packet.timestamp_ns,
    )
