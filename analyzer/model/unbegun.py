"""TCP connections on which the client never said a word: the client's program failed before TLS, or was not let in.

Theory of operation
-------------------
A program that cannot read its key may connect first and find that out before its ClientHello (curl does). What remains
is a connection on which the client said nothing; a server may answer its close with an alert. Scanners, health checks
and keep-alive make many of them, so they are counted for each server, and told only of servers that speak TLS elsewhere
in the capture, or where there is no TLS in it at all. A connection counts only if its begin was captured and nothing of
it is missing.
"""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from analyzer.model.builder import endpoints
from analyzer.model.handshake import Endpoint
from analyzer.streams import TcpConnection
from analyzer.streams.reassembly import Direction

MAX_SERVERS = 1024


class Silent(msgspec.Struct):
    """What became of the silent connections to one server, in one way."""

    server: Endpoint
    ended: str
    """``client``, ``server``: who closed; ``refused``: there was nobody to connect to."""
    count: int
    first_packet: int


class Unbegun:
    """Counts them, by server. Bounded."""

    def __init__(self) -> None:
        self._silent: OrderedDict[tuple[Endpoint, str], Silent] = OrderedDict()
        self._speaking: OrderedDict[Endpoint, None] = OrderedDict()

    def speaks(self, connection: TcpConnection, client_end: int) -> None:
        """TLS was found on this connection."""
        self._speaking[endpoints(connection.path)[1 - client_end]] = None
        if len(self._speaking) > MAX_SERVERS:
            self._speaking.popitem(last=False)

    def see(self, connection: TcpConnection) -> None:
        """A connection has ended, or was given up, without TLS."""
        ended = _ended(connection)
        if ended is None:
            return
        server = endpoints(connection.path)[1]
        known = self._silent.get((server, ended))
        if known is not None:
            known.count += 1
        elif len(self._silent) < MAX_SERVERS:
            self._silent[server, ended] = Silent(server, ended, 1, connection.first_packet)

    def told(self) -> list[Silent]:
        """Those worth telling, in the order of their first packets."""
        found = (one for one in self._silent.values() if not self._speaking or one.server in self._speaking)
        return sorted(found, key=lambda one: one.first_packet)


def _ended(connection: TcpConnection) -> str | None:
    """Who ended it, if nobody had said anything before; None for all other connections."""
    client, server = connection.directions
    ending = connection.ending()
    if not client.syn_seen or ending.packet is None or not _is_silent(client):
        return None
    if not _is_silent(server) and (ending.by != 0 or server.latest < ending.packet):
        return None
    if not server.syn_seen:
        return "refused" if ending.by == 1 and ending.how == "rst" else None
    return "client" if ending.by == 0 else "server"


def _is_silent(direction: Direction) -> bool:
    """Not a byte of it was sent, nor lost."""
    return not direction.position and not direction.pending and not direction.held and not direction.gaps
