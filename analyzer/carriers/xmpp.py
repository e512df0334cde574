"""XMPP: the client asks for TLS inside its XML stream (RFC 6120 section 5)."""

from __future__ import annotations

from analyzer.carriers.carrier import Carrier

_NAMESPACE = b"urn:ietf:params:xml:ns:xmpp-tls"


def recognise(client: bytes, server: bytes) -> Carrier | None:
    """The namespace of the starttls element is unmistakable."""
    return Carrier("starttls-xmpp") if _NAMESPACE in client or _NAMESPACE in server else None
