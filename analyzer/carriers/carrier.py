"""What a carrier tells of itself."""

from __future__ import annotations

import msgspec


class Carrier(msgspec.Struct, frozen=True, gc=False):
    """A protocol that TLS was found in."""

    name: str
    """``tcp``, ``starttls-smtp``, ``http-connect`` ..."""
    detail: str = ""
    """What its clear text tells besides: the target of a CONNECT, the address behind a proxy."""


TCP = Carrier("tcp")
UNKNOWN = Carrier("unknown-preamble")
