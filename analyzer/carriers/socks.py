"""SOCKS: a proxy is asked for a connection, and TLS follows inside it (RFC 1928)."""

from __future__ import annotations

from analyzer.carriers.carrier import Carrier

_GRANTED_V4 = b"\0\x5a"


def recognise(client: bytes, server: bytes) -> Carrier | None:
    """Version 5: methods, then a CONNECT. Version 4: one request of nine bytes or more."""
    if len(client) >= 3 and client[0] == 5 and len(client) >= 2 + client[1] and server[:1] == b"\x05":
        return Carrier("socks5")
    if len(client) >= 9 and client[:2] == b"\x04\x01" and server[:2] == _GRANTED_V4:
        return Carrier("socks4")
    return None
