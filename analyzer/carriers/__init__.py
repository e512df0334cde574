"""The carriers room: where in a TCP stream TLS is, and what it travels in."""

from analyzer.carriers.carrier import Carrier
from analyzer.carriers.flow import TlsFlow, TlsFound, TlsListener
from analyzer.carriers.unread import UnreadProtocols

__all__ = ["Carrier", "TlsFlow", "TlsFound", "TlsListener", "UnreadProtocols"]
