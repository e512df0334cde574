"""The TLS room: records, handshake messages, keys, events."""

from analyzer.tls.budget import Budget
from analyzer.tls.protection import KeyRing
from analyzer.tls.session import TlsSession

__all__ = ["Budget", "KeyRing", "TlsSession"]
