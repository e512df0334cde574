"""PostgreSQL: an SSLRequest of eight bytes, answered with one letter (protocol documentation, "SSL Session
Encryption")."""

from __future__ import annotations

from analyzer.carriers.carrier import Carrier

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


def recognise(client: bytes, server: bytes) -> Carrier | None:
    """The request's magic number is unmistakable."""
    return Carrier("postgresql") if client == SSL_REQUEST or (not client and server == b"S") else None
