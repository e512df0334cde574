"""PostgreSQL: an SSLRequest of eight bytes, answered with one letter (protocol documentation, "SSL Session
Encryption")."""

from __future__ import annotations

from analyzer.carriers.carrier import Carrier

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
GSS_REQUEST = bytes.fromhex("0000000804d21630")


def recognise(client: bytes, server: bytes) -> Carrier | None:
    """The request's magic number is unmistakable. Clients with Kerberos ask for GSS encryption first."""
    asked = client in (SSL_REQUEST, GSS_REQUEST + SSL_REQUEST)
    return Carrier("postgresql") if asked or (not client and server == b"S") else None
