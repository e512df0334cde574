"""LDAP: the StartTLS extended operation (RFC 4511 section 4.14)."""

from __future__ import annotations

from analyzer.carriers.carrier import Carrier

_START_TLS = b"1.3.6.1.4.1.1466.20037"


def recognise(client: bytes, server: bytes) -> Carrier | None:
    """The operation's name is an OID in text."""
    if client.startswith(b"0") and _START_TLS in client:
        return Carrier("starttls-ldap")
    return None
