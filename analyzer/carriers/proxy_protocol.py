"""The PROXY protocol: a load balancer writes the real client's address before the client's own bytes."""

from __future__ import annotations

import ipaddress
import re

from analyzer.carriers.carrier import Carrier

_V1 = re.compile(rb"PROXY (?:TCP4|TCP6) (\S{1,45}) \S{1,45} (\d{1,5}) \d{1,5}\r\n")
_V2_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_V2_ADDRESS_BYTES = {1: 4, 2: 16}


def recognise(client: bytes, server: bytes) -> Carrier | None:
    """Version 1 is a line of text, version 2 a binary header."""
    line = _V1.match(client)
    if line is not None:
        return Carrier("proxy-protocol", f"for {line[1].decode('ascii', 'replace')} port {int(line[2])}")
    if client.startswith(b"PROXY UNKNOWN"):
        return Carrier("proxy-protocol")
    if client.startswith(_V2_SIGNATURE):
        return Carrier("proxy-protocol", _v2_source(client))
    return None


def _v2_source(client: bytes) -> str:
    size = _V2_ADDRESS_BYTES.get(client[13] >> 4) if len(client) > 16 else None
    if size is None or len(client) < 16 + 2 * size + 4:
        return ""
    address = ipaddress.ip_address(client[16 : 16 + size])
    port = int.from_bytes(client[16 + 2 * size : 18 + 2 * size], "big")
    return f"for {address} port {port}"
