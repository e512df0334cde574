"""Events become connections: the listener of one TLS session, and the :class:`Connection` it ends in.

One connection may hold several handshakes. A ClientHello or HelloRequest after a completed handshake begins the
next one; a second ClientHello after a HelloRetryRequest does not (RFC 8446 section 4.1.4).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from analyzer.carriers import TlsFound
from analyzer.model.checked import SeenEvent
from analyzer.model.collector import Collector, session_name
from analyzer.model.conclusion import Conclusion
from analyzer.model.handshake import Connection, Endpoint, Handshake, NotTls
from analyzer.model.observed import Phase, Unseen
from analyzer.model.proof import check_client_proof
from analyzer.model.sight import SideView
from analyzer.model.transport import ending_of, sent_again_of, stalled_of
from analyzer.packets import CLIENT, SERVER, Side
from analyzer.streams import TcpConnection
from analyzer.tls.codepoints import HandshakeType
from analyzer.tls.events import (
    BytesMissing,
    Event,
    HandshakeMessageReceived,
    Malformed,
    ProofReceived,
    RecordsOpened,
    RecordsSealed,
)
from analyzer.tls.messages import Certificate, CertificateRequest, CertificateVerify, NewSessionTicket

MAX_HANDSHAKES = 32
MAX_BYTES = 8 * 1024 * 1024
"""Of all handshake messages of one connection that are kept; one may be a megabyte, and there may be thousands."""
MAX_EVENTS = 256
"""Events kept of one handshake."""
MAX_PROBLEMS = 16

_REQUEST, _SERVER_HELLO = int(HandshakeType.certificate_request), int(HandshakeType.server_hello)
_FINISHED = int(HandshakeType.finished)
_LATE = frozenset(
    int(kind)
    for kind in (
        HandshakeType.server_hello,
        HandshakeType.certificate_request,
        HandshakeType.certificate,
        HandshakeType.compressed_certificate,
    )
)
"""What begins a handshake where it comes, encrypted, after the one before: a request after the handshake (RFC 8446
section 4.6.2), or, where what came before it could not be read, the first message that could."""
_CLIENT_HELLO = int(HandshakeType.client_hello)
"""HelloRequest is 0, ClientHello is 1: the two messages that may begin a handshake."""
_SERVERS_FIRST = (int(HandshakeType.hello_request), int(HandshakeType.server_hello))


class ConnectionBuilder:
    """Listens to one TLS session (a :class:`analyzer.carriers.TlsListener`).

    While the connection lives, its events are only kept; they are judged when it is over.
    """

    __slots__ = ("_bytes", "_check_all", "_done", "_finished", "_found", "_handshakes", "_judged")

    def __init__(
        self, found: TlsFound, done: Callable[[ConnectionBuilder], None] | None, *, check_all: bool = False
    ) -> None:
        """``done`` is called when it is over; None where whoever hands the events on knows that himself."""
        self._found = found
        self._done = done
        self._check_all = check_all
        self._bytes = 0
        first: list[SeenEvent] = []
        self._handshakes = [first]
        self._finished = [False, False]
        """Sides of which a decrypted Finished has been seen on this connection."""
        self._judged = 0
        """Events kept when a hello was last held against them: a stranger may send millions."""

    def event(self, event: Event) -> None:
        """See :meth:`analyzer.carriers.TlsListener.event`."""
        events = self._handshakes[-1]
        kind = type(event)
        if isinstance(event, HandshakeMessageReceived):
            late = event.protected and self._may_be_late(event)
            if (event.message_type <= _CLIENT_HELLO or late) and len(events) != self._judged:
                events = self._next_handshake(events, event)
                self._judged = min(len(events) + 1, MAX_EVENTS)
            self._bytes += event.length
            if self._bytes > MAX_BYTES:
                return
        if len(events) >= MAX_EVENTS:
            return
        if kind is ProofReceived and event.sender is CLIENT:
            events.append(check_client_proof(events, event, check_all=self._check_all))  # type: ignore[arg-type]
        else:
            events.append(_kept(event) if isinstance(event, HandshakeMessageReceived) else event)

    def _may_be_late(self, event: HandshakeMessageReceived) -> bool:
        """Is it worth a closer look? Nearly always a handshake has not seen a Finished, and then it is not."""
        kind = event.message_type
        if kind == _FINISHED:
            self._finished[event.sender] = True
        return kind in _LATE and (
            self._finished[CLIENT] or kind == _SERVER_HELLO or (kind == _REQUEST and self._finished[SERVER])
        )

    def _next_handshake(self, events: list[SeenEvent], event: HandshakeMessageReceived) -> list[SeenEvent]:
        """A hello or a late request begins another handshake, or belongs to the current one."""
        if len(self._handshakes) >= MAX_HANDSHAKES:
            return events
        seen = Collector(Phase.INITIAL).collect(events)
        if _answers_the_other(events, event) or _precedes_its_answer(seen, event):
            return events
        return self._begin(event) if seen.complete or self._comes_later(seen, event) else events

    def _comes_later(self, seen: Collector, event: HandshakeMessageReceived) -> bool:
        """Does a message belong to a later handshake, although the end of the one before was not seen?"""
        kind, message = event.message_type, event.message
        if kind == _CLIENT_HELLO:
            return seen.client_hello is not None and bool(seen.data[CLIENT] or event.protected)
        if kind in _SERVERS_FIRST:  # encrypted, and so after an earlier one
            return event.protected and seen.server_hello is not None
        if isinstance(message, Certificate):
            return bool(message.context and seen.finished[CLIENT])
        if isinstance(message, CertificateRequest) and message.certificate_types is None:
            return bool(seen.finished[SERVER] or (seen.finished[CLIENT] and len(self._handshakes) > 1))
        return False

    def _begin(self, first: HandshakeMessageReceived) -> list[SeenEvent]:
        """Another list of events. What stayed closed before stays closed, and the new handshake has to know."""
        events: list[SeenEvent] = [
            msgspec.structs.replace(sealed, packet=first.packet, timestamp_ns=first.timestamp_ns)
            for sealed in _sealed(self._handshakes[-1])
        ]
        self._handshakes.append(events)
        return events

    @property
    def tcp(self) -> TcpConnection:
        """The TCP connection underneath."""
        return self._found.connection

    def settled(self) -> None:
        """See :meth:`analyzer.carriers.TlsListener.settled`."""
        if self._done is not None:
            self._done(self)

    def build(self, connection_id: int) -> Connection:
        """The connection as far as it has come; finished once it has settled."""
        tcp, client_end = self._found.connection, self._found.client_end
        ending = ending_of(tcp, client_end)
        malformed, missing = self._troubles()
        views = self._views(tcp, client_end, missing)
        last = len(self._handshakes) - 1
        handshakes: list[Handshake] = []
        not_tls = None if self._found.greeting is None else NotTls(*self._found.greeting)
        for index, events in enumerate(self._handshakes):
            phase = _phase(index, events)
            before = handshakes[0] if handshakes else None
            conclusion = Conclusion(
                phase, events, views, ending, last=index == last, before=before, check_all=self._check_all
            )
            handshakes.append(conclusion.handshake(index))
            not_tls = not_tls or conclusion.not_tls
        hello = handshakes[0].client_hello
        ends = endpoints(tcp.path)
        return Connection(
            id=connection_id,
            client=ends[client_end],
            server=ends[1 - client_end],
            carrier=self._found.carrier.name,
            carrier_detail=self._found.carrier.detail,
            sni=None if isinstance(hello, Unseen) else hello.message.extensions.server_name,
            alpn=handshakes[0].alpn,
            first_packet=tcp.first_packet,
            last_packet=tcp.last_packet,
            started_ns=tcp.started_ns,
            ending=ending,
            start_captured=tcp.syn_seen,
            handshakes=tuple(handshakes),
            malformed=tuple((event.packet, f"{event.what}: {event.error}") for event in malformed),
            missing=tuple((event.packet, event.sender, event.length) for event in missing),
            stalled=stalled_of(tcp, client_end),
            sent_again=sent_again_of(tcp, client_end),
            server_silent=views[SERVER].captured and not tcp.directions[1 - client_end].latest,
            not_tls=not_tls,
        )

    def _troubles(self) -> tuple[list[Malformed], list[BytesMissing]]:
        """What could not be read, and what is missing; nearly always nothing."""
        malformed: list[Malformed] = []
        missing: list[BytesMissing] = []
        for events in self._handshakes:
            for event in events:
                kind = type(event)
                if kind is Malformed:
                    malformed.append(event)  # type: ignore[arg-type]
                elif kind is BytesMissing:
                    missing.append(event)  # type: ignore[arg-type]
        return malformed[:MAX_PROBLEMS], missing[:MAX_PROBLEMS]

    def _views(self, tcp: TcpConnection, client_end: int, missing: Sequence[BytesMissing]) -> tuple[SideView, SideView]:
        views = []
        for side in (CLIENT, SERVER):
            direction = tcp.directions[client_end if side is CLIENT else 1 - client_end]
            reset = tcp.rst is not None and (tcp.rst[0] == direction.end or tcp.rst_acknowledges)
            ended = reset or direction.fin_at is not None
            captured = direction.latest > 0 or direction.syn_seen
            gaps = bool(missing) and any(event.sender is side for event in missing)
            views.append(SideView(captured, self._found.from_the_start[side], ended, gaps))
        return views[0], views[1]


def _kept(event: HandshakeMessageReceived) -> HandshakeMessageReceived:
    """Without what is long: a signature comes again with what it signs, and a ticket is only ever compared."""
    message = event.message
    if type(message) is CertificateVerify:
        return msgspec.structs.replace(event, message=CertificateVerify(message.scheme, b""))
    if type(message) is NewSessionTicket:
        name = session_name(message.ticket)
        return msgspec.structs.replace(event, message=NewSessionTicket(message.lifetime_s, name))
    return event


def _answers_the_other(events: Sequence[SeenEvent], event: HandshakeMessageReceived) -> bool:
    """Do a request and a Certificate after the handshake name the same context? Either may be delivered first."""
    message = event.message
    if not isinstance(message, CertificateRequest | Certificate) or not message.context:
        return False
    other = Certificate if isinstance(message, CertificateRequest) else CertificateRequest
    return any(
        isinstance(earlier, HandshakeMessageReceived)
        and isinstance(earlier.message, other)
        and earlier.message.context == message.context
        for earlier in events
    )


def _precedes_its_answer(seen: Collector, event: HandshakeMessageReceived) -> bool:
    """Is it the ClientHello of a ServerHello that was delivered before it? A gap holds back what one side sent."""
    missing = event.message_type == _CLIENT_HELLO and seen.client_hello is None
    return missing and seen.server_hello is not None and event.packet <= seen.server_hello.packet


def _sealed(events: Sequence[SeenEvent]) -> list[RecordsSealed]:
    """For each side whose records were closed at the end, the event that says so."""
    last: dict[Side, RecordsSealed | RecordsOpened] = {}
    for event in events:
        if isinstance(event, RecordsSealed | RecordsOpened):
            last[event.sender] = event
    return [event for event in last.values() if isinstance(event, RecordsSealed)]


def _phase(index: int, events: Sequence[SeenEvent]) -> Phase:
    """Only a request or an answer of TLS 1.3 begins a handshake without hellos; they have a context."""
    if not index:
        return Phase.INITIAL
    first = next((event.message for event in events if isinstance(event, HandshakeMessageReceived)), None)
    if isinstance(first, CertificateRequest) and first.certificate_types is None:
        return Phase.POST_HANDSHAKE
    if isinstance(first, Certificate) and first.context:
        return Phase.POST_HANDSHAKE
    return Phase.RENEGOTIATION


def endpoints(path: bytes) -> tuple[Endpoint, Endpoint]:
    """Both ends of a connection, in the order of its path (:attr:`analyzer.packets.Segment.path`)."""
    width = (len(path) - 4) // 2
    return (
        Endpoint(_address(path[:width]), int.from_bytes(path[-4:-2], "big")),
        Endpoint(_address(path[width : 2 * width]), int.from_bytes(path[-2:], "big")),
    )


@lru_cache(maxsize=4096)
def _address(packed: bytes) -> str:
    return str(ipaddress.ip_address(packed))
