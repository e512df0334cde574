"""Collects the events of one handshake, without judging them yet.

What each field means is decided at the end, in :mod:`analyzer.model.conclusion`: only then is it known whether
something that did not appear was not sent, or could not be seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from analyzer.model.checked import ProofChecked, SeenEvent
from analyzer.model.handshake import (
    AnyCertificate,
    AnyName,
    CertificateBegun,
    NotTls,
    SeenAlert,
    SeenChain,
    SeenClientHello,
    SeenRequest,
    SeenServerHello,
    SeenVerify,
)
from analyzer.model.observed import Phase
from analyzer.packets import CLIENT, SERVER, Side
from analyzer.tls.codepoints import TLS_1_3, AlertDescription, ContentType, HandshakeType
from analyzer.tls.events import (
    AlertReceived,
    ApplicationDataReceived,
    BytesMissing,
    CipherSpecChanged,
    EncryptedRecordReceived,
    FinishedChecked,
    HandshakeMessageReceived,
    Malformed,
    MessageLost,
    MessageUnfinished,
    RecordsOpened,
    RecordsSealed,
)
from analyzer.tls.messages import (
    Certificate,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    NewSessionTicket,
    OtherMessage,
    ServerHello,
)
from analyzer.tls.protection import Sealed
from analyzer.x509 import read_certificate, read_name

MAX_ALERTS = 16
MAX_TICKETS = 8
"""Session tickets kept of one handshake, the first ones."""
MAX_PIECES = 8
"""Pieces of decrypted application data kept of one handshake."""
HEAD_BYTES = 300
"""Kept of what the client's application sends first."""
_OPENED_KINDS = frozenset((ApplicationDataReceived, RecordsOpened, RecordsSealed, FinishedChecked, ProofChecked))


def session_name(ticket: bytes) -> bytes:
    """A short name for a session ticket or session id, for comparison only; empty for an empty one."""
    return hashlib.blake2b(ticket, digest_size=16).digest() if ticket else b""


class Collector:
    """What was seen of one handshake so far."""

    __slots__ = (
        "alerts",
        "alpn",
        "application",
        "certificate_begun",
        "certificates",
        "change_cipher_spec",
        "client_begins",
        "client_hello",
        "client_key_exchange",
        "client_verify",
        "data",
        "encrypted",
        "finished",
        "finished_valid",
        "hello_retry",
        "lost_after",
        "lost_place",
        "lost_types",
        "malformed_types",
        "new_tickets",
        "no_certificate",
        "not_tls",
        "opened",
        "phase",
        "proof",
        "protected",
        "request",
        "sealed",
        "server_hello",
        "server_hello_done",
        "server_key_exchange",
        "server_later",
        "ticket_lifetimes",
        "version",
        "went_on",
        "whole_flight",
    )

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        self.client_hello: SeenClientHello | None = None
        self.server_hello: SeenServerHello | None = None
        self.version: int | None = None
        """The negotiated version, once known."""
        self.hello_retry = False
        self.alpn: tuple[str, ...] | None = None
        """What the server chose, in its ServerHello or EncryptedExtensions."""
        self.certificates: list[SeenChain | None] = [None, None]
        self.request: SeenRequest | None = None
        self.server_key_exchange = 0
        self.server_hello_done = 0
        self.client_key_exchange = 0
        self.client_verify: SeenVerify | None = None
        self.change_cipher_spec = [0, 0]
        self.finished = [0, 0]
        self.went_on = 0
        self.data = [0, 0]
        self.encrypted = [0, 0]
        """First opaque record of each side (TLS 1.3, or where the version is not known)."""
        self.opened = [False, False]
        """That side's encrypted records are read."""
        self.sealed: list[Sealed | None] = [None, None]
        """Why that side's encrypted records are not read, or no longer, although keys were given."""
        self.protected = False
        """Something was read that travelled encrypted."""
        self.server_later: list[int] = []
        """Packets of decrypted session tickets and application data of the server, the first and the last few."""
        self.certificate_begun: CertificateBegun | None = None
        self.client_begins = b""
        """The first bytes of the client's application data, where it was decrypted."""
        self.application: list[tuple[bytes, int]] = []
        """The first decrypted application data of the server, with its packets."""
        self.finished_valid: list[bool | None] = [None, None]
        self.proof: ProofChecked | None = None
        self.alerts: list[SeenAlert] = []
        self.no_certificate: SeenChain | None = None
        """The client's warning no_certificate: in SSL 3.0 the empty answer (RFC 6101 section 5.4.2)."""
        self.new_tickets: list[bytes] = []
        """Their names (:func:`session_name`)."""
        self.ticket_lifetimes: list[int] = []
        """Seconds, of the same tickets."""
        self.lost_place = [0, 0]
        """Packet at which a gap hid what that side sent in the clear."""
        self.not_tls: list[NotTls | None] = [None, None]
        """What that side sent in place of its first record."""
        self.lost_after = [0, 0]
        """Packet at which a gap hid what that side sent after its Finished."""
        self.whole_flight = [False, False]
        """That side's ServerHelloDone or ClientKeyExchange came while its place had not been lost."""
        self.lost_types: dict[tuple[Side, int], int] = {}
        """Packet at which a gap damaged a message of that side and type."""
        self.malformed_types: dict[tuple[Side, str], str] = {}
        """What was wrong with a message of that side and name."""

    @property
    def complete(self) -> bool:
        """Both Finished messages went by."""
        return bool(self.finished[0] and self.finished[1])

    def collect(self, events: Sequence[SeenEvent]) -> Collector:
        """Take all events of the handshake, in their order."""
        for event in events:
            kind = type(event)
            if kind is HandshakeMessageReceived:
                self._message(event)  # type: ignore[arg-type]
            elif kind is EncryptedRecordReceived:
                self._encrypted_record(event)  # type: ignore[arg-type]
            elif kind is CipherSpecChanged:
                if not self.change_cipher_spec[event.sender]:
                    self.change_cipher_spec[event.sender] = event.packet
            elif kind is AlertReceived:
                self._alert(event)  # type: ignore[arg-type]
            elif kind in _OPENED_KINDS:
                self._opened_record(event)
            else:
                self._trouble(event)
        return self

    def _opened_record(self, event: SeenEvent) -> None:
        """What only keys show."""
        sender = event.sender
        if isinstance(event, ApplicationDataReceived):
            if sender is CLIENT and not self.data[CLIENT]:
                self.client_begins = event.data[:HEAD_BYTES]
            self.data[sender] = self.data[sender] or event.packet
            if sender is SERVER:
                self._later(event.packet)
                if len(self.application) < MAX_PIECES:
                    self.application.append((event.data, event.packet))
        elif isinstance(event, RecordsOpened):
            self.opened[sender] = True
        elif isinstance(event, RecordsSealed):
            self.sealed[sender] = event.why
        elif isinstance(event, FinishedChecked):
            self.finished_valid[sender] = event.valid
        elif isinstance(event, ProofChecked):
            self.proof = event

    def _later(self, packet: int) -> None:
        if len(self.server_later) < MAX_PIECES:
            self.server_later.append(packet)
        else:
            self.server_later[-1] = packet

    def _message(self, event: HandshakeMessageReceived) -> None:
        """A handshake message was read."""
        message, kind, packet = event.message, type(event.message), event.packet
        self.protected |= event.protected
        if kind is Certificate:
            if self.certificates[event.sender] is None:
                self.certificates[event.sender] = _chain(event, message)  # type: ignore[arg-type]
        elif kind is OtherMessage:
            self._milestone(event.sender, event.message_type, packet)
        elif kind is CertificateVerify:
            if event.sender is CLIENT:
                self.client_verify = SeenVerify(message.scheme, packet, event.timestamp_ns)  # type: ignore[union-attr]
        elif kind is CertificateRequest:
            self.request = self.request or _request(event, message)  # type: ignore[arg-type]
        elif kind is ClientHello:
            if self.client_hello is None:
                self.client_hello = SeenClientHello(message, packet, event.timestamp_ns)  # type: ignore[arg-type]
        elif kind is ServerHello:
            self._server_hello(event, message)  # type: ignore[arg-type]
        elif kind is NewSessionTicket:
            self._ticket(event, message)  # type: ignore[arg-type]
        elif kind is EncryptedExtensions:
            self.alpn = message.extensions.alpn  # type: ignore[union-attr]

    def _ticket(self, event: HandshakeMessageReceived, message: NewSessionTicket) -> None:
        if len(self.new_tickets) < MAX_TICKETS:
            self.new_tickets.append(message.ticket)
            self.ticket_lifetimes.append(message.lifetime_s)
        if event.protected:
            self._later(event.packet)

    def _server_hello(self, event: HandshakeMessageReceived, message: ServerHello) -> None:
        if message.is_hello_retry_request:
            self.hello_retry = True
        elif self.server_hello is None:
            self.server_hello = SeenServerHello(message, event.packet, event.timestamp_ns)
            self.alpn = message.extensions.alpn
            self.version = message.version

    def _milestone(self, sender: Side, message_type: int, packet: int) -> None:
        if message_type == HandshakeType.finished:
            self.finished[sender] = self.finished[sender] or packet
            if self.version is not None and self.version >= TLS_1_3:
                self.whole_flight[sender] = not self.lost_place[sender]
        elif message_type == HandshakeType.server_hello_done:
            self.server_hello_done = packet
            self.whole_flight[SERVER] = not self.lost_place[SERVER]
        elif message_type == HandshakeType.client_key_exchange:
            self.client_key_exchange = packet
            self.whole_flight[CLIENT] = not self.lost_place[CLIENT]
        elif message_type == HandshakeType.server_key_exchange:
            self.server_key_exchange = packet

    def _alert(self, event: AlertReceived) -> None:
        """An alert was read; one of them may be the empty answer."""
        if len(self.alerts) < MAX_ALERTS:
            self.alerts.append(
                SeenAlert(
                    event.sender,
                    event.level,
                    event.description,
                    event.packet,
                    event.timestamp_ns,
                    protected=event.protected,
                )
            )
        if (
            event.description == AlertDescription.no_certificate
            and event.sender is CLIENT
            and event.level == 1
            and self.no_certificate is None
        ):
            self.no_certificate = SeenChain((), 0, event.packet, event.timestamp_ns, ssl3_no_certificate=True)

    def _encrypted_record(self, event: EncryptedRecordReceived) -> None:
        """A record that cannot be read: Finished, application data, or anything at all in TLS 1.3."""
        sender, kind = event.sender, event.content_type
        if kind == ContentType.application_data:
            version = self.version
            mark = self.encrypted if version is None or version >= TLS_1_3 else self.data
            mark[sender] = mark[sender] or event.packet
        elif kind == ContentType.handshake and self.change_cipher_spec[sender]:
            if self.finished[0] and self.finished[1]:
                self.went_on = self.went_on or event.packet
            self.finished[sender] = self.finished[sender] or event.packet

    def _trouble(self, event: SeenEvent) -> None:
        if isinstance(event, BytesMissing):
            self._lost(event.sender, event.packet, event.place_lost)
        elif isinstance(event, MessageUnfinished):
            self.certificate_begun = CertificateBegun(event.length, event.packet)
        elif isinstance(event, MessageLost):
            if event.message_type is not None:
                self.lost_types[event.sender, event.message_type] = event.packet
        elif isinstance(event, Malformed):
            self.malformed_types[event.sender, event.what] = event.error
            if event.data and not self._heard(event.sender):
                self.not_tls[event.sender] = NotTls(event.data, event.packet)
            self._lost(event.sender, event.packet, event.what == "record header")

    def _heard(self, side: Side) -> bool:
        """Has any TLS come from that side, or may it be among what is missing?"""
        if self.phase is not Phase.INITIAL:
            return True
        hello = self.client_hello if side is CLIENT else self.server_hello or self.hello_retry
        spoke = hello or self.encrypted[side] or self.change_cipher_spec[side] or self.lost_place[side]
        return bool(spoke) or any(alert.sender is side for alert in self.alerts)

    def _lost(self, side: Side, packet: int, place_lost: bool) -> None:
        """Bytes of a side are missing; after its Finished nothing in the clear can have been among them."""
        if self.finished[side]:
            self.lost_after[side] = self.lost_after[side] or packet
        elif place_lost:
            self.lost_place[side] = self.lost_place[side] or packet


def _chain(event: HandshakeMessageReceived, message: Certificate) -> SeenChain:
    return SeenChain(
        _read_chain(message.certificates),
        event.length,
        event.packet,
        event.timestamp_ns,
        message.damaged,
    )


@lru_cache(maxsize=512)
def _read_chain(certificates: tuple[bytes, ...]) -> tuple[AnyCertificate, ...]:
    """A chain that many connections send is one value, wherever it appears."""
    return tuple(read_certificate(der) for der in certificates)


@lru_cache(maxsize=512)
def _read_names(authorities: tuple[bytes, ...]) -> tuple[AnyName, ...]:
    return tuple(read_name(der) for der in authorities)


def _request(event: HandshakeMessageReceived, message: CertificateRequest) -> SeenRequest:
    return SeenRequest(
        _read_names(message.authorities),
        message.list_bytes,
        message.list_bytes_actual,
        message.certificate_types,
        message.signature_schemes,
        event.length,
        event.records,
        event.packet,
        event.timestamp_ns,
        message.damaged,
    )
