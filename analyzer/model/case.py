"""A case: one handshake, its connection, and what the user and the rest of the capture add to it."""

from __future__ import annotations

import msgspec

from analyzer.model.capture_index import CaptureIndex
from analyzer.model.handshake import Connection, Handshake
from analyzer.x509 import RequestMatch, SuppliedCertificate


class Supplied(msgspec.Struct, frozen=True):
    """The certificate that the user says the client meant to use, held against the request."""

    certificate: SuppliedCertificate
    match: RequestMatch | None
    """None where no request could be read."""


class Case(msgspec.Struct, frozen=True):
    """What a rule looks at."""

    handshake: Handshake
    connection: Connection
    capture: CaptureIndex
    supplied: Supplied | None = None
    certificate_expected: bool = False
    """The user said that this server expects a client certificate (``--server``)."""
