"""Finds TLS inside a connection, and from there on hands its bytes to a TLS session.

Theory of operation
-------------------
Until TLS is found, the bytes of both ends are kept, at most :data:`MAX_PREAMBLE` of each end and within a bound
over all connections. After each delivery these are tried, in this order, on the end that just spoke:

1. a ClientHello (or an SSLv2-style one, or a ServerHello) at the very start;
2. a ClientHello behind clear text: STARTTLS, PostgreSQL's SSLRequest, HTTP CONNECT, PROXY protocol ...;
3. where the start was not captured: a ServerHello, or two record headers in a row that fit.

What was kept is then replayed into the session. The clear text before TLS is shown to the carriers of
:mod:`analyzer.carriers.table`, which name it; a preamble that none of them knows is no obstacle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from analyzer.carriers.carrier import TCP, UNKNOWN, Carrier
from analyzer.carriers.detection import sender_of, starts_with_hello, starts_with_sslv2_hello
from analyzer.carriers.table import recognise
from analyzer.packets import CLIENT, SERVER, Side
from analyzer.streams import TcpConnection
from analyzer.streams.reassembly import Direction
from analyzer.tls import Budget, KeyRing, TlsSession
from analyzer.tls.events import Event
from analyzer.tls.records import (
    HEADER,
    HELLO_BYTES,
    MAX_FOREIGN,
    find_client_hello,
    find_records,
    find_server_hello,
    fits_header,
)

MAX_PREAMBLE = 64 * 1024
MAX_PIECES = 4096

_CLIENT_HELLO, _SERVER_HELLO = 1, 2


class TlsListener(Protocol):
    """What is told of a connection that carries TLS."""

    def event(self, event: Event) -> None:
        """The session saw something."""

    def settled(self) -> None:
        """The connection is over."""


class TlsFound(NamedTuple):
    """TLS was found on a connection."""

    connection: TcpConnection
    client_end: int
    carrier: Carrier
    from_the_start: tuple[bool, bool]
    """For the client and the server: was its stream followed from its first TLS record?"""
    greeting: tuple[bytes, int] | None = None
    """``(bytes, packet)``: how a server began to speak before a client that asked for nothing but TLS."""


class _Piece(NamedTuple):
    data: bytes
    packet: int
    timestamp_ns: int | None


class _End:
    """One end's bytes while TLS has not been found."""

    __slots__ = ("buffer", "missing", "pieces", "scanned")

    def __init__(self) -> None:
        self.buffer = b""
        self.pieces: list[_Piece] = []
        self.scanned = 0
        self.missing = False
        """Bytes at or before the start of the buffer are not in the capture."""


_NOTHING_KEPT = [_End(), _End()]
"""A list, because it is known by its identity: a tuple, compiled, has none."""


class _Start(NamedTuple):
    """Where TLS begins."""

    end: int
    offset: int
    client_end: int
    clear: bool
    """It begins with a hello, not in the middle."""
    sslv2: bool = False


class TlsFlow:
    """The consumer of one TCP connection (a :class:`analyzer.streams.StreamConsumer`)."""

    __slots__ = (
        "_budget",
        "_charged",
        "_connection",
        "_ends",
        "_found",
        "_given_up",
        "_keys",
        "_listener",
        "_no_tls",
        "_owed",
        "_session",
        "_sides",
    )

    def __init__(
        self,
        connection: TcpConnection,
        found: Callable[[TlsFound], TlsListener],
        budget: Budget,
        keys: KeyRing | None = None,
        no_tls: Callable[[TcpConnection], None] | None = None,
    ) -> None:
        """``no_tls`` is told once it is clear that no TLS will be found here, at the latest at the end."""
        self._connection = connection
        self._found = found
        self._no_tls = no_tls
        self._budget = budget
        self._keys = keys
        self._charged = 0
        self._session: TlsSession | None = None
        self._listener: TlsListener | None = None
        self._sides: tuple[Side, Side] = (CLIENT, SERVER)
        self._ends = _NOTHING_KEPT
        self._owed = [0, 0]
        """Bytes of each end that the session does not need, but that will be delivered (after a replay only)."""
        self._given_up = False

    def deliver(self, end: int, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        """See :meth:`analyzer.streams.StreamConsumer.deliver`."""
        session = self._session
        if session is not None:
            if self._owed[end]:
                self._owed[end] = self._feed(end, data, packet, timestamp_ns)
                return self._take_owed(end)
            return session.feed(self._sides[end], data, packet, timestamp_ns)
        if self._given_up:
            return -1
        if self._ends is _NOTHING_KEPT:
            self._ends = [_End(), _End()]
        kept = self._ends[end]
        kept.pieces.append(_Piece(data, packet, timestamp_ns))
        kept.buffer = kept.buffer + data if kept.buffer else data
        start = self._look(end, final=False)
        if start is not None:
            self._begin(start)
            return self._take_owed(end)
        self._charge(len(data))
        if len(kept.buffer) > MAX_PREAMBLE or len(kept.pieces) > MAX_PIECES:
            self._give_up()
        return -1 if self._given_up else 0

    def gap(self, end: int, length: int, packet: int) -> None:
        """See :meth:`analyzer.streams.StreamConsumer.gap`."""
        if self._session is not None:
            covered = min(self._owed[end], length)
            self._owed[end] -= covered
            if length > covered:
                self._session.gap(self._sides[end], length - covered, packet)
            return
        if self._ends is _NOTHING_KEPT:
            self._ends = [_End(), _End()]
        kept = self._ends[end]
        kept.buffer, kept.pieces, kept.scanned, kept.missing = b"", [], 0, True

    def settled(self, connection: TcpConnection) -> None:
        """See :meth:`analyzer.streams.StreamConsumer.settled`."""
        if self._session is None and not self._given_up:
            for end in (0, 1):
                start = self._look(end, final=True) if self._ends[end].buffer else None
                if start is not None:
                    self._begin(start)
                    break
        self._let_go()
        if self._session is None and self._no_tls is not None:
            self._no_tls(connection)
        if self._session is not None and self._session.waits_for_keys and self._keys is not None:
            directions = connection.directions  # which are taken apart in the meantime
            self._keys.postpone(lambda: self._finish(connection, directions))
        else:
            self._finish(connection, connection.directions)

    def _finish(self, connection: TcpConnection, directions: tuple[Direction, ...]) -> None:
        if self._session is not None and self._listener is not None:
            kept, connection.directions = connection.directions, directions
            if self._keys is not None:
                self._keys.followers.pop(self._session, None)
            self._session.end()
            self._listener.settled()
            connection.directions = kept

    # -- looking

    def _look(self, end: int, *, final: bool) -> _Start | None:
        """Try to find TLS in what this end has sent so far."""
        kept = self._ends[end]
        data = kept.buffer
        if starts_with_hello(data, _CLIENT_HELLO):
            return _Start(end, 0, end, clear=True)
        if starts_with_hello(data, _SERVER_HELLO):
            return _Start(end, 0, 1 - end, clear=True)
        from_start = self._from_start(end)
        if from_start and starts_with_sslv2_hello(data):
            return _Start(end, 0, end, clear=True, sslv2=True)
        start = max(kept.scanned - HELLO_BYTES, 0)
        kept.scanned = len(data)
        at = find_client_hello(data, start)
        if at is not None:
            return _Start(end, at, end, clear=True)
        at = find_server_hello(data, start)
        if at is not None:
            return _Start(end, at, 1 - end, clear=True)
        if not from_start:
            at = find_records(data, 0, final=final)
            if at is not None:
                return _Start(end, at, self._client_of(end, sender_of(data, at)), clear=False)
        return None

    def _from_start(self, end: int) -> bool:
        return self._connection.directions[end].syn_seen and not self._ends[end].missing

    def _client_of(self, end: int, sender: str | None) -> int:
        """Which end is the client, in the middle of a stream: by what was sent, or else by the ports."""
        if sender is not None:
            return end if sender == "client" else 1 - end
        path = self._connection.path
        source, destination = int.from_bytes(path[-4:-2], "big"), int.from_bytes(path[-2:], "big")
        return 0 if source >= destination else 1

    # -- beginning

    def _begin(self, start: _Start) -> None:
        """Make the session, tell who listens, and replay what was kept in the order of the packets."""
        self._sides = (CLIENT, SERVER) if start.client_end == 0 else (SERVER, CLIENT)
        speaker = self._sides[start.end]
        whole = [self._from_start(start.client_end), self._from_start(1 - start.client_end)]
        whole[speaker] = start.clear
        greeting = self._greeting(start)
        carrier = self._carrier(start) if greeting is None else TCP
        found = TlsFound(self._connection, start.client_end, carrier, (whole[0], whole[1]), greeting)
        listener = self._found(found)
        self._listener = listener
        self._session = TlsSession(listener.event, self._budget, self._keys)
        if self._keys is not None and self._keys.may_grow:
            self._keys.followers[self._session] = None
        self._owed[start.end] = start.offset
        self._prepare(self._session, start)
        kept = [(end, piece) for end in (0, 1) for piece in self._ends[end].pieces]
        if len(kept) > 1:
            kept.sort(key=lambda item: item[1].packet)
        self._let_go()
        for end, piece in kept:
            self._owed[end] = self._feed(end, *piece)

    def _greeting(self, start: _Start) -> tuple[bytes, int] | None:
        """What the server said before a client that begins with its ClientHello, and so asked for nothing."""
        server = self._ends[1 - start.client_end]
        if start.end != start.client_end or start.offset or not start.clear:
            return None
        if not (self._from_start(0) and self._from_start(1)):
            return None
        if len(server.buffer) < HEADER or fits_header(server.buffer, 0):
            return None
        return server.buffer[:MAX_FOREIGN], server.pieces[0].packet

    def _carrier(self, start: _Start) -> Carrier:
        """What the clear text before TLS tells. Where its start was not captured, it need not be clear text."""
        client, server = self._ends[start.client_end].buffer, self._ends[1 - start.client_end].buffer
        if start.end == start.client_end:
            carrier = recognise(client[: start.offset], server)
        else:
            carrier = recognise(client, server[: start.offset])
        whole = self._from_start(0) and self._from_start(1)
        return TCP if carrier is UNKNOWN and not whole else carrier

    def _let_go(self) -> None:
        """Nothing needs to be kept any more."""
        if self._charged:
            self._charge(-self._charged)
        self._ends = _NOTHING_KEPT

    def _prepare(self, session: TlsSession, start: _Start) -> None:
        """Tell the session where each direction stands."""
        speaker = self._sides[start.end]
        if not start.clear:
            session.begin_in_the_middle(speaker)
        if start.sslv2:
            piece = self._ends[start.end].pieces[-1]
            self._owed[start.end] += session.begin_with_sslv2_hello(
                self._ends[start.end].buffer, piece.packet, piece.timestamp_ns
            )
        other = self._ends[1 - start.end]
        if not self._from_start(1 - start.end):
            session.begin_in_the_middle(speaker.other)
        elif other.buffer and not any(starts_with_hello(other.buffer, kind) for kind in (1, 2)):
            session.begin_after_preamble(speaker.other)

    def _feed(self, end: int, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        """Feed the session, passing over bytes that it does not need; returns what it then does not need."""
        owed = self._owed[end]
        if owed < 0:
            return -1
        if owed >= len(data):
            return owed - len(data)
        self._owed[end] = 0
        assert self._session is not None
        return self._session.feed(self._sides[end], data[owed:], packet, timestamp_ns)

    def _take_owed(self, end: int) -> int:
        owed, self._owed[end] = self._owed[end], 0
        return owed

    # -- bounds

    def _charge(self, count: int) -> None:
        self._charged += count
        self._budget.held += count
        if self._budget.held > self._budget.limit and count > 0:
            self._budget.given_up += 1
            self._give_up()

    def _give_up(self) -> None:
        """Whatever this is, it is not TLS, or there is no room to find out."""
        self._given_up = True
        self._let_go()
        if self._no_tls is not None:
            self._no_tls(self._connection)
