"""The carriers: protocols whose clear text precedes TLS on the same connection.

A carrier is one module with ``recognise(client, server) -> Carrier | None`` and one line here. It gets what
each side sent before its first TLS record; the bytes are a stranger's, and may be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Callable

from analyzer.carriers import (
    http_connect,
    ldap,
    mysql,
    postgresql,
    proxy_protocol,
    rdp,
    socks,
    starttls,
    xmpp,
)
from analyzer.carriers.carrier import TCP, UNKNOWN, Carrier

_RECOGNISERS: tuple[Callable[[bytes, bytes], Carrier | None], ...] = (
    proxy_protocol.recognise,
    http_connect.recognise,
    postgresql.recognise,
    mysql.recognise,
    ldap.recognise,
    rdp.recognise,
    socks.recognise,
    xmpp.recognise,
    starttls.recognise,
)
"""Binary preambles first: they are told apart by their very first bytes."""


def recognise(client: bytes, server: bytes) -> Carrier:
    """Name what came before TLS; plain TCP where nothing did."""
    if not client and not server:
        return TCP
    for recogniser in _RECOGNISERS:
        found = recogniser(client, server)
        if found is not None:
            return found
    return UNKNOWN
