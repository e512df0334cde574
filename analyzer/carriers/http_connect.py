"""HTTP CONNECT: a proxy is asked for a tunnel, and TLS follows inside it (RFC 9110 section 9.3.6)."""

from __future__ import annotations

import re

from analyzer.carriers.carrier import Carrier

_CONNECT = re.compile(rb"CONNECT (\S{1,300}) HTTP/1\.[01]\r\n")


def recognise(client: bytes, server: bytes) -> Carrier | None:
    """The request line names the target."""
    request = _CONNECT.match(client)
    if request is None:
        return None
    return Carrier("http-connect", "to " + request[1].decode("ascii", "backslashreplace"))
