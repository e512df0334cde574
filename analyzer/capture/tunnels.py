"""Steps for tunnels: something with an address of its own inside IP or UDP.

They are decoded by hand although Scapy knows them too. Each is a few lines, and a capture from a
cloud's traffic mirror is VXLAN or GENEVE in every packet: Scapy measured 190 microseconds for
one such packet, these steps and all around them four.
"""

from __future__ import annotations

import struct

from analyzer.capture.layers import (
    BRIDGED_ETHERNET,
    IP_PROTOCOL,
    IPV4,
    IPV6,
    MPLS,
    PPP,
    RAW_IP,
    TUNNEL_PORT,
    Layer,
    Step,
    UndecodableError,
)

_ERSPAN_2 = 0x88BE
_ERSPAN_3 = 0x22EB
_GRE_PPP = 0x880B

_CHECKSUM = 0x8000
_ROUTING = 0x4000
_KEY = 0x2000
_SEQUENCE = 0x1000
_ACKNOWLEDGMENT = 0x0080

_GTP_PLAIN_PACKET = 255


def ipv4_inside(layer: Layer) -> Layer:
    """IPv4 in IP (RFC 2003)."""
    return Layer(IPV4, layer.data, layer.start, layer.end)


def ipv6_inside(layer: Layer) -> Layer:
    """IPv6 in IP (RFC 4213)."""
    return Layer(IPV6, layer.data, layer.start, layer.end)


def mpls_inside(layer: Layer) -> Layer:
    """MPLS in IP (RFC 4023)."""
    return Layer(MPLS, layer.data, layer.start, layer.end)


def gre(layer: Layer) -> Layer:
    """GRE (RFC 2784, RFC 2890), and the version of it that PPTP uses (RFC 2637)."""
    flags, kind = struct.unpack_from(">HH", layer.data, layer.start)
    if flags & _ROUTING:
        raise UndecodableError("GRE source routing")
    start = layer.start + 4 + 4 * sum(bool(flags & bit) for bit in (_CHECKSUM, _KEY, _SEQUENCE, _ACKNOWLEDGMENT))
    if kind == _GRE_PPP:
        kind = PPP
    elif kind == _ERSPAN_2 and not flags & _SEQUENCE:
        kind = BRIDGED_ETHERNET  # ERSPAN type I has no header of its own
    return Layer(kind, layer.data, start, layer.end)


def erspan_2(layer: Layer) -> Layer:
    """ERSPAN type II: 8 bytes before the mirrored frame."""
    return Layer(BRIDGED_ETHERNET, layer.data, layer.start + 8, layer.end)


def erspan_3(layer: Layer) -> Layer:
    """ERSPAN type III: 12 bytes, and 8 more where the last bit says so."""
    size = 20 if layer.data[layer.start + 11] & 1 else 12
    return Layer(BRIDGED_ETHERNET, layer.data, layer.start + size, layer.end)


def vxlan(layer: Layer) -> Layer:
    """VXLAN (RFC 7348 section 5)."""
    if not layer.data[layer.start] & 0x08:
        raise UndecodableError("VXLAN without a network identifier")
    return Layer(BRIDGED_ETHERNET, layer.data, layer.start + 8, layer.end)


def geneve(layer: Layer) -> Layer:
    """GENEVE (RFC 8926 section 3.4)."""
    first, kind = struct.unpack_from(">BxH", layer.data, layer.start)
    if first >> 6:
        raise UndecodableError("an unknown version of GENEVE")
    return Layer(kind, layer.data, layer.start + 8 + 4 * (first & 0x3F), layer.end)


def gtp(layer: Layer) -> Layer | None:
    """The user plane of GTP version 1 (3GPP TS 29.281 section 5)."""
    data, start = layer.data, layer.start
    flags, message = data[start], data[start + 1]
    if flags >> 4 != 3 or message != _GTP_PLAIN_PACKET:
        return None
    body = start + 8
    if flags & 7:
        body += 4
        following = data[body - 1]
        while following:
            size = 4 * data[body]
            if not size:
                raise UndecodableError("an empty extension header")
            body += size
            following = data[body - 1]
    return Layer(RAW_IP, data, body, layer.end)


TUNNEL_STEPS: dict[int, Step] = {
    IP_PROTOCOL + 4: ipv4_inside,
    IP_PROTOCOL + 41: ipv6_inside,
    IP_PROTOCOL + 47: gre,
    IP_PROTOCOL + 137: mpls_inside,
    _ERSPAN_2: erspan_2,
    _ERSPAN_3: erspan_3,
    TUNNEL_PORT + 2152: gtp,
    TUNNEL_PORT + 4789: vxlan,
    TUNNEL_PORT + 8472: vxlan,  # Linux's default before the port was assigned
    TUNNEL_PORT + 6081: geneve,
}
