"""Steps for what is below IP: Ethernet and its tags, Linux cooked, PPP, and other ordinary link layers."""

from __future__ import annotations

import struct

from analyzer.capture.layers import (
    BRIDGED_ETHERNET,
    IPV4,
    IPV6,
    LINK_TYPE,
    LLC,
    MPLS,
    PPP,
    PPPOE,
    RAW_IP,
    Layer,
    Step,
    UndecodableError,
)

_SHORT = struct.Struct(">H").unpack_from
_LARGEST_LENGTH = 1500  # IEEE 802.3: up to here the field is a length and LLC follows

# PF_INET and PF_INET6 of Linux, the BSDs, macOS and Windows.
_FAMILIES = {2: IPV4, 10: IPV6, 23: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
_PPP_PROTOCOLS = {0x21: IPV4, 0x57: IPV6, 0x281: MPLS, 0x283: MPLS}
_NLPIDS = {0xCC: IPV4, 0x8E: IPV6}
_NFULA_PAYLOAD = 9


def _typed(number: int, layer: Layer, start: int) -> Layer:
    """The layer behind an EtherType, or behind a length field in its place."""
    return Layer(LLC if number <= _LARGEST_LENGTH else number, layer.data, start, layer.end)


def ethernet(layer: Layer) -> Layer:
    """Ethernet II or IEEE 802.3."""
    return _typed(_SHORT(layer.data, layer.start + 12)[0], layer, layer.start + 14)


def vlan(layer: Layer) -> Layer:
    """One VLAN tag (IEEE 802.1Q, 802.1ad and their forerunners)."""
    return _typed(_SHORT(layer.data, layer.start + 2)[0], layer, layer.start + 4)


def llc(layer: Layer) -> Layer | None:
    """IEEE 802.2 LLC; only SNAP (RFC 1042) carries IP."""
    header = layer.data[layer.start : layer.start + 6]
    if header not in {b"\xaa\xaa\x03\0\0\0", b"\xaa\xaa\x03\0\0\xf8"}:
        return None
    return Layer(_SHORT(layer.data, layer.start + 6)[0], layer.data, layer.start + 8, layer.end)


def mpls(layer: Layer) -> Layer | None:
    """A stack of MPLS labels (RFC 3032). What follows is told by its first four bits (RFC 4928 section 2)."""
    data, start = layer.data, layer.start
    while not data[start + 2] & 1:
        start += 4
    start += 4
    nibble = data[start] >> 4
    if nibble in {4, 6}:
        return Layer(RAW_IP, data, start, layer.end)
    if nibble == 0:  # the control word of an Ethernet pseudowire (RFC 4448 section 4.6)
        return Layer(BRIDGED_ETHERNET, data, start + 4, layer.end)
    return None


def pppoe(layer: Layer) -> Layer:
    """A PPPoE session (RFC 2516)."""
    return Layer(PPP, layer.data, layer.start + 6, layer.end)


def ppp(layer: Layer) -> Layer | None:
    """PPP (RFC 1661), with or without HDLC framing and compressed fields."""
    data, start = layer.data, layer.start
    if data[start : start + 2] == b"\xff\x03":
        start += 2
    number = data[start]
    if number & 1:
        start += 1
    else:
        (number,) = _SHORT(data, start)
        start += 2
    kind = _PPP_PROTOCOLS.get(number)
    return None if kind is None else Layer(kind, data, start, layer.end)


def hdlc(layer: Layer) -> Layer | None:
    """Cisco HDLC, known by its address byte, or else PPP in HDLC-like framing (RFC 1662)."""
    if layer.data[layer.start] in {0x0F, 0x8F}:
        return _typed(_SHORT(layer.data, layer.start + 2)[0], layer, layer.start + 4)
    return ppp(layer)


def frame_relay(layer: Layer) -> Layer | None:
    """Frame Relay as RFC 2427 has it, or with an EtherType as Cisco has it."""
    data, start = layer.data, layer.start
    while not data[start] & 1:
        start += 1
    start += 1
    if data[start] != 0x03:
        return _typed(_SHORT(data, start)[0], layer, start + 2)
    start += 1 if data[start + 1] else 2
    if data[start : start + 4] == b"\x80\0\0\0":
        return _typed(_SHORT(data, start + 4)[0], layer, start + 6)
    kind = _NLPIDS.get(data[start])
    return None if kind is None else Layer(kind, data, start + 1, layer.end)


def cooked(layer: Layer) -> Layer:
    """Linux cooked capture, LINKTYPE_LINUX_SLL."""
    return Layer(_SHORT(layer.data, layer.start + 14)[0], layer.data, layer.start + 16, layer.end)


def cooked_2(layer: Layer) -> Layer:
    """Linux cooked capture, LINKTYPE_LINUX_SLL2."""
    return Layer(_SHORT(layer.data, layer.start)[0], layer.data, layer.start + 20, layer.end)


def loopback(layer: Layer) -> Layer | None:
    """BSD loopback: an address family in either byte order."""
    family = layer.data[layer.start : layer.start + 4]
    if len(family) < 4:
        raise UndecodableError("no address family")
    kind = _FAMILIES.get(int.from_bytes(family, "little")) or _FAMILIES.get(int.from_bytes(family, "big"))
    return None if kind is None else Layer(kind, layer.data, layer.start + 4, layer.end)


def raw_ip(layer: Layer) -> Layer:
    """IPv4 or IPv6, as the first four bits say."""
    version = layer.data[layer.start] >> 4
    if version not in {4, 6}:
        raise UndecodableError("neither IPv4 nor IPv6")
    return Layer(IPV4 if version == 4 else IPV6, layer.data, layer.start, layer.end)


def nflog(layer: Layer) -> Layer | None:
    """Linux netfilter log: attributes in the byte order of the capturing host."""
    data, start = layer.data, layer.start + 4
    kind = _FAMILIES.get(data[layer.start])
    order = "<" if struct.unpack_from("<H", data, start)[0] <= len(data) - start else ">"
    unpack = struct.Struct(order + "HH").unpack_from
    while kind is not None and start + 4 <= len(data):
        length, number = unpack(data, start)
        if number & 0x7FFF == _NFULA_PAYLOAD:
            return Layer(kind, data, start + 4, start + length)
        if length < 4:
            raise UndecodableError("an attribute shorter than its header")
        start += (length + 3) & ~3
    return None


def packet_tap(layer: Layer) -> Layer:
    """Apple's PKTAP: a header that names the link type of the frame behind it."""
    length, link_type = struct.unpack_from("<I4xI", layer.data, layer.start)
    if length < 12 or link_type > 0xFFFF:
        raise UndecodableError("a PKTAP header that cannot be")
    return Layer(LINK_TYPE + link_type, layer.data, layer.start + length, layer.end)


LINK_STEPS: dict[int, Step] = {
    LLC: llc,
    BRIDGED_ETHERNET: ethernet,
    0x8100: vlan,
    0x88A8: vlan,
    0x9100: vlan,
    0x9200: vlan,
    MPLS: mpls,
    0x8848: mpls,
    PPPOE: pppoe,
    LINK_TYPE + 0: loopback,
    LINK_TYPE + 1: ethernet,
    PPP: ppp,
    LINK_TYPE + 12: raw_ip,
    LINK_TYPE + 14: raw_ip,
    LINK_TYPE + 50: hdlc,
    LINK_TYPE + 51: pppoe,
    RAW_IP: raw_ip,
    LINK_TYPE + 104: hdlc,
    LINK_TYPE + 107: frame_relay,
    LINK_TYPE + 108: loopback,
    LINK_TYPE + 113: cooked,
    LINK_TYPE + 149: packet_tap,  # as Apple's tcpdump wrote it before PKTAP had a number
    LINK_TYPE + 228: raw_ip,
    LINK_TYPE + 229: raw_ip,
    LINK_TYPE + 239: nflog,
    LINK_TYPE + 258: packet_tap,
    LINK_TYPE + 276: cooked_2,
}
