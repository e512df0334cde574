"""What one connection is told of another one in the capture."""

from __future__ import annotations

import msgspec

from analyzer.model.handshake import Endpoint


class OriginalSession(msgspec.Struct, frozen=True, gc=False):
    """The handshake that created a session."""

    connection: int
    """Its connection's id."""
    requested: bool | None
    """Did the server ask for a client certificate? None where that was not visible."""
    client_certificate: str
    """``sent``, ``empty``, ``absent`` or ``unknown``."""
    packet: int
    """Of the client's Certificate message; else of the request, or the first packet of the handshake."""
    subject: str = ""
    """Of the client's certificate."""


class Meeting(msgspec.Struct, frozen=True, gc=False):
    """A connection in which the server asked for a certificate."""

    connection: int
    """Its id."""
    server: Endpoint
    sni: str | None
    first_packet: int
    hello_packet: int
    """The handshake's first one; what came before it is TCP, or what precedes TLS."""
    answered: bool
    """The client gave a certificate."""
    refused: bool
    """The server refused it, or its application did."""
