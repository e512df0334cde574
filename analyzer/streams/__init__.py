"""TCP segments become ordered bytes, in both directions, with the gaps left visible."""

from analyzer.streams.connections import StreamConsumer, TcpConnection, TcpTracker
from analyzer.streams.ending import Ending
from analyzer.streams.reassembly import Direction

__all__ = ["Direction", "Ending", "StreamConsumer", "TcpConnection", "TcpTracker"]
