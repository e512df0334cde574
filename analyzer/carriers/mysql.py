"""MySQL and MariaDB: the server greets, the client answers with a short SSLRequest packet, TLS follows."""

from __future__ import annotations

from analyzer.carriers.carrier import Carrier

_CLIENT_SSL = 0x0800


def recognise(client: bytes, server: bytes) -> Carrier | None:
    """A handshake packet (sequence 0, protocol 10), and an answer of 32 bytes with CLIENT_SSL set."""
    greeting = len(server) > 5 and server[3] == 0 and server[4] == 10
    request = (
        len(client) == 36 and client[:4] == b"\x20\0\0\x01" and int.from_bytes(client[4:6], "little") & _CLIENT_SSL
    )
    if greeting and (request or not client):
        version = server[5:45].split(b"\0", 1)[0].decode("ascii", "backslashreplace")
        return Carrier("mysql", f"server {version}")
    return Carrier("mysql") if request else None
