"""Steps for IP: IPv4 (RFC 791), IPv6 (RFC 8200) and its extension headers."""

from __future__ import annotations

import struct

from analyzer.capture.layers import (
    IP_PROTOCOL,
    IPV4,
    IPV6,
    Fragment,
    Layer,
    Step,
    UndecodableError,
)

_IPV4 = struct.Struct(">BxHHHxBxx8x").unpack_from
_IPV6 = struct.Struct(">B3xHBx32x").unpack_from
_FRAGMENT = struct.Struct(">BxH4s").unpack_from

_MORE_FRAGMENTS = 0x2000


def ipv4(layer: Layer) -> Layer | Fragment:
    """An IPv4 header; or an IPv6 one behind a type that says IPv4, which rewriting tools leave behind."""
    data, start = layer.data, layer.start
    if data[start] >> 4 == 6:
        return ipv6(layer)
    first, total, identity, fragment, protocol = _IPV4(data, start)
    header = (first & 0x0F) * 4
    body = start + header
    # With segmentation offload the capture sees the datagram before its length is filled in.
    end = start + total if total else layer.end
    if first >> 4 != 4 or header < 20 or end < body:
        raise UndecodableError("an IPv4 header that cannot be")
    addresses = data[start + 12 : start + 20]
    kind = IP_PROTOCOL + protocol
    if not fragment & 0x3FFF:
        return Layer(kind, data, body, end, addresses)
    # RFC 791 section 3.2: a datagram is identified by its identification, addresses and protocol.
    key = addresses + identity.to_bytes(2, "big") + protocol.to_bytes(1, "big")
    return Fragment(
        key,
        kind,
        addresses,
        (fragment & 0x1FFF) * 8,
        not fragment & _MORE_FRAGMENTS,
        end - body,
        data[body:end],
    )


def ipv6(layer: Layer) -> Layer:
    """An IPv6 header."""
    data, start = layer.data, layer.start
    first, length, following = _IPV6(data, start)
    if first >> 4 != 6:
        raise UndecodableError("an IPv6 header that cannot be")
    body = start + 40
    end = body + length if length else max(layer.end, body)
    return Layer(IP_PROTOCOL + following, data, body, end, data[start + 8 : body])


def options(layer: Layer) -> Layer:
    """A header of the form that most IPv6 extension headers have (RFC 6564 section 4)."""
    following, length = layer.data[layer.start], layer.data[layer.start + 1]
    return _inner(layer, following, 8 + 8 * length)


def authentication(layer: Layer) -> Layer:
    """The Authentication Header (RFC 4302 section 2.2), which hides nothing."""
    following, length = layer.data[layer.start], layer.data[layer.start + 1]
    return _inner(layer, following, 8 + 4 * length)


def fragment_header(layer: Layer) -> Layer | Fragment:
    """The IPv6 Fragment header (RFC 8200 section 4.5)."""
    following, word, identity = _FRAGMENT(layer.data, layer.start)
    inner = _inner(layer, following, 8)
    offset, last = word & 0xFFF8, not word & 1
    if last and not offset:  # an "atomic fragment" (RFC 6946) is a whole datagram
        return inner
    return Fragment(
        layer.addresses + identity,
        inner.kind,
        layer.addresses,
        offset,
        last,
        inner.end - inner.start,
        layer.data[inner.start : inner.end],
    )


def _inner(layer: Layer, following: int, size: int) -> Layer:
    start = layer.start + size
    if start > layer.end:
        raise UndecodableError("an extension header longer than its datagram")
    return Layer(IP_PROTOCOL + following, layer.data, start, layer.end, layer.addresses)


INTERNET_STEPS: dict[int, Step] = {
    IPV4: ipv4,
    IPV6: ipv6,
    IP_PROTOCOL + 0: options,  # hop-by-hop
    IP_PROTOCOL + 43: options,  # routing
    IP_PROTOCOL + 44: fragment_header,
    IP_PROTOCOL + 51: authentication,
    IP_PROTOCOL + 60: options,  # destination
    IP_PROTOCOL + 135: options,  # mobility (RFC 6275)
    IP_PROTOCOL + 139: options,  # host identity (RFC 7401)
    IP_PROTOCOL + 140: options,  # shim6 (RFC 5533)
}
