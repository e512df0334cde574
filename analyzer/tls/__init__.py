"""The TLS room: records, handshake messages, events."""

from analyzer.tls.session import Budget, TlsSession

__all__ = ["Budget", "TlsSession"]
