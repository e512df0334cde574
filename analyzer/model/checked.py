"""What a client's CertificateVerify came to, and with it what is kept of a handshake."""

from __future__ import annotations

import msgspec

from analyzer.packets import Side
from analyzer.tls.events import Event
from analyzer.x509 import WrongSignature


class ProofChecked(msgspec.Struct, frozen=True, gc=False):
    """What became of a client's CertificateVerify."""

    sender: Side
    valid: bool | None
    """None where it cannot be checked."""
    packet: int
    timestamp_ns: int | None
    fault: WrongSignature | None = None
    """Of one that does not verify: what could be shown."""
    key_exchange_control: bool | None = None
    """The server's signature over its key exchange; None where it was not checked or there is none."""


SeenEvent = Event | ProofChecked
"""What is kept of a handshake."""
