"""Events become connections: the listener of one TLS session, and the :class:`Connection` it ends in.

One connection may hold several handshakes. A ClientHello or HelloRequest after a completed handshake begins the
next one; a second ClientHello after a HelloRetryRequest does not (RFC 8446 section 4.1.4).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from analyzer.carriers import TlsFound
from analyzer.model.collector import Collector
from analyzer.model.conclusion import Conclusion, SideView
from analyzer.model.handshake import Connection, ConnectionEnding, Endpoint
from analyzer.model.observed import Phase
from analyzer.packets import Side
from analyzer.streams import TcpConnection
from analyzer.tls.events import (
    AlertReceived,
    BytesMissing,
    CipherSpecChanged,
    EncryptedRecordReceived,
    Event,
    HandshakeMessageReceived,
    Malformed,
    MessageLost,
)
from analyzer.tls.ja4 import ja4
from analyzer.tls.messages import ClientHello, HelloRequest

MAX_HANDSHAKES = 32
MAX_PROBLEMS = 16


class ConnectionBuilder:
    """Listens to one TLS session (a :class:`analyzer.carriers.TlsListener`)."""

    __slots__ = ("_collectors", "_current", "_done", "_found", "_malformed", "_missing")

    def __init__(self, found: TlsFound, done: Callable[[ConnectionBuilder], None]) -> None:
        self._found = found
        self._done = done
        self._current = Collector(Phase.INITIAL)
        self._collectors = [self._current]
        self._malformed: list[tuple[int, str]] = []
        self._missing: list[tuple[int, Side, int]] = []

    def event(self, event: Event) -> None:
        """See :meth:`analyzer.carriers.TlsListener.event`."""
        kind = type(event)
        if kind is HandshakeMessageReceived:
            self._message(event)  # type: ignore[arg-type]
        elif kind is EncryptedRecordReceived:
            self._current.encrypted_record(event)  # type: ignore[arg-type]
        elif kind is CipherSpecChanged:
            self._current.cipher_spec_changed(event)  # type: ignore[arg-type]
        elif kind is AlertReceived:
            self._current.alert(event)  # type: ignore[arg-type]
        else:
            self._trouble(event)

    def _message(self, event: HandshakeMessageReceived) -> None:
        message = type(event.message)
        if (message is ClientHello or message is HelloRequest) and self._begins_another(message):
            self._begin_another()
        self._current.message(event)

    def _begins_another(self, message: type) -> bool:
        current = self._current
        if current.complete:
            return True
        return message is ClientHello and current.client_hello is not None and bool(current.data[Side.CLIENT])

    def _begin_another(self) -> None:
        if len(self._collectors) < MAX_HANDSHAKES:
            self._current = Collector(Phase.RENEGOTIATION)
            self._collectors.append(self._current)

    def _trouble(self, event: Event) -> None:
        if isinstance(event, BytesMissing):
            self._current.bytes_missing(event)
            if len(self._missing) < MAX_PROBLEMS:
                self._missing.append((event.packet, event.sender, event.length))
        elif isinstance(event, MessageLost):
            self._current.message_lost(event)
        elif isinstance(event, Malformed):
            self._current.malformed(event)
            if len(self._malformed) < MAX_PROBLEMS:
                self._malformed.append((event.packet, f"{event.what}: {event.error}"))

    def settled(self) -> None:
        """See :meth:`analyzer.carriers.TlsListener.settled`."""
        self._done(self)

    def build(self, connection_id: int) -> Connection:
        """The finished connection. To be called once, when it has settled."""
        tcp = self._found.connection
        client_end = self._found.client_end
        ending = _ending(tcp, client_end)
        views = self._views(tcp, client_end)
        last = self._collectors[-1]
        handshakes = tuple(
            Conclusion(seen, views, ending, last=seen is last).handshake(index)
            for index, seen in enumerate(self._collectors)
        )
        hello = self._collectors[0].client_hello
        server_hello = self._collectors[0].server_hello
        alpn = server_hello.message.extensions.alpn if server_hello else None
        ends = _endpoints(tcp.path)
        return Connection(
            id=connection_id,
            client=ends[client_end],
            server=ends[1 - client_end],
            carrier=self._found.carrier.name,
            carrier_detail=self._found.carrier.detail,
            sni=hello.message.extensions.server_name if hello else None,
            alpn=alpn[0] if alpn else None,
            ja4=ja4(hello.message) if hello else None,
            first_packet=tcp.first_packet,
            last_packet=tcp.last_packet,
            started_ns=tcp.started_ns,
            ending=ending,
            start_captured=tcp.syn_seen,
            handshakes=handshakes,
            malformed=tuple(self._malformed),
            missing=tuple(self._missing),
        )

    def _views(self, tcp: TcpConnection, client_end: int) -> tuple[SideView, SideView]:
        views = []
        for side in Side:
            direction = tcp.directions[client_end if side is Side.CLIENT else 1 - client_end]
            ended = tcp.rst is not None or direction.fin_at is not None
            captured = direction.first_payload_packet > 0 or direction.syn_seen
            views.append(SideView(captured, self._found.from_the_start[side], ended))
        return views[0], views[1]


def _endpoints(path: bytes) -> tuple[Endpoint, Endpoint]:
    width = (len(path) - 4) // 2
    source, destination = ipaddress.ip_address(path[:width]), ipaddress.ip_address(path[width : 2 * width])
    return (
        Endpoint(str(source), int.from_bytes(path[-4:-2], "big")),
        Endpoint(str(destination), int.from_bytes(path[-2:], "big")),
    )


def _ending(tcp: TcpConnection, client_end: int) -> ConnectionEnding:
    ending = tcp.ending()
    by = None
    if ending.by is not None:
        by = Side.CLIENT if ending.by == client_end else Side.SERVER
    return ConnectionEnding(
        by,
        ending.how,
        ending.packet,
        server_closed=_closed(tcp, 1 - client_end),
        client_closed=_closed(tcp, client_end),
    )


def _closed(tcp: TcpConnection, end: int) -> int | None:
    """Packet of that end's FIN or RST, whichever came first."""
    direction = tcp.directions[end]
    packets = [direction.fin_packet] if direction.fin_at is not None else []
    if tcp.rst is not None and tcp.rst[0] == end:
        packets.append(tcp.rst[1])
    return min(packets) if packets else None
