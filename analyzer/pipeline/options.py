"""What a caller gives to an analysis, and what it is told on the way."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from analyzer.diagnosis.report import ConnectionReport
from analyzer.tls.decryption import ServerKey
from analyzer.tls.events import Event
from analyzer.x509 import CertificateInfo, RevocationList, SuppliedCertificate


class Options(msgspec.Struct, frozen=True):
    """What the user adds to the captures."""

    client_certs: tuple[SuppliedCertificate, ...] = ()
    trust: tuple[CertificateInfo, ...] = ()
    revocation_lists: tuple[RevocationList, ...] = ()
    servers: tuple[str, ...] = ()
    """Names, addresses, or either with a port, of servers that expect a client certificate."""
    key_logs: tuple[str, ...] = ()
    """Files in the SSLKEYLOGFILE format."""
    server_keys: tuple[ServerKey, ...] = ()
    """Private keys of servers, for RSA key exchange."""
    check_all: bool = False
    """Compute the controls of every handshake, not only where a client's signature does not verify."""


class Progress(msgspec.Struct, frozen=True):
    """How far reading has come."""

    path: str
    bytes_done: int
    """Of the stored file."""
    bytes_total: int | None
    packets: int
    connections: int
    failed: int


Sink = Callable[[ConnectionReport], None]


ProgressSink = Callable[[Progress], None]


EventSink = Callable[[int, Event], None]
"""Gets the number of a connection, in the order in which TLS was found, and one of its events."""
