"""Collects the events of one handshake, without judging them yet.

What each field means is decided at the end, in :mod:`analyzer.model.conclusion`: only then is it known whether
something that did not appear was not sent, or could not be seen.
"""

from __future__ import annotations

import hashlib

from analyzer.model.handshake import (
    SeenAlert,
    SeenChain,
    SeenClientHello,
    SeenRequest,
    SeenServerHello,
    SeenVerify,
)
from analyzer.model.observed import Phase
from analyzer.model.story import Story
from analyzer.packets import Side
from analyzer.tls.codepoints import SSL_3, TLS_1_3, AlertDescription, ContentType, HandshakeType
from analyzer.tls.events import (
    AlertReceived,
    BytesMissing,
    CipherSpecChanged,
    EncryptedRecordReceived,
    HandshakeMessageReceived,
    Malformed,
    MessageLost,
)
from analyzer.tls.messages import (
    Certificate,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    NewSessionTicket,
    ServerHello,
)
from analyzer.x509 import read_certificate, read_name

MAX_ALERTS = 16


def session_name(ticket: bytes) -> bytes:
    """A short name for a session ticket or session id, for comparison only; empty for an empty one."""
    return hashlib.blake2b(ticket, digest_size=16).digest() if ticket else b""


class Collector:
    """What was seen of one handshake so far."""

    __slots__ = (
        "alerts",
        "certificates",
        "change_cipher_spec",
        "client_hello",
        "client_key_exchange",
        "client_verify",
        "data",
        "encrypted",
        "finished",
        "first_packet",
        "hello_retry",
        "last_packet",
        "lost_place",
        "lost_types",
        "malformed_types",
        "new_ticket",
        "phase",
        "request",
        "server_hello",
        "server_hello_done",
        "server_key_exchange",
        "started_ns",
        "story",
        "version",
    )

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        self.story = Story()
        self.first_packet = 0
        self.last_packet = 0
        self.started_ns: int | None = None
        self.client_hello: SeenClientHello | None = None
        self.server_hello: SeenServerHello | None = None
        self.version: int | None = None
        """The negotiated version, once known."""
        self.hello_retry = False
        self.certificates: list[SeenChain | None] = [None, None]
        self.request: SeenRequest | None = None
        self.server_key_exchange = 0
        self.server_hello_done = 0
        self.client_key_exchange = 0
        self.client_verify: SeenVerify | None = None
        self.change_cipher_spec = [0, 0]
        self.finished = [0, 0]
        self.data = [0, 0]
        self.encrypted = [0, 0]
        """First opaque record of each side (TLS 1.3, or where the version is not known)."""
        self.alerts: list[SeenAlert] = []
        self.new_ticket = b""
        """A digest: tickets are long, and only ever compared."""
        self.lost_place = [0, 0]
        """Packet at which a gap hid what that side sent in the clear."""
        self.lost_types: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.malformed_types: tuple[dict[str, str], dict[str, str]] = ({}, {})

    @property
    def started(self) -> bool:
        """Something was seen."""
        return self.first_packet > 0

    @property
    def complete(self) -> bool:
        """Both Finished messages went by."""
        return bool(self.finished[0] and self.finished[1])

    def touch(self, packet: int, timestamp_ns: int | None) -> None:
        """A packet took part in this handshake."""
        if not self.first_packet or packet < self.first_packet:
            self.first_packet = packet
            self.started_ns = timestamp_ns
        self.last_packet = max(self.last_packet, packet)

    # -- events

    def message(self, event: HandshakeMessageReceived) -> None:
        """A handshake message was read."""
        message, sender, packet = event.message, event.sender, event.packet
        self.touch(packet, event.timestamp_ns)
        retry = type(message) is ServerHello and message.is_hello_retry_request
        self.story.message(sender, event.message_type, packet, event.timestamp_ns, event.length, retry=retry)
        if type(message) is ClientHello:
            if self.client_hello is None:
                self.client_hello = SeenClientHello(message, packet, event.timestamp_ns)
        elif type(message) is ServerHello:
            if retry:
                self.hello_retry = True
            elif self.server_hello is None:
                self.server_hello = SeenServerHello(message, packet, event.timestamp_ns)
                self.version = message.version
        elif type(message) is Certificate:
            if self.certificates[sender] is None:
                self.certificates[sender] = _chain(event, message)
        elif type(message) is CertificateRequest:
            self.request = self.request or _request(event, message)
        elif type(message) is CertificateVerify:
            if sender is Side.CLIENT:
                self.client_verify = SeenVerify(message.scheme, packet, event.timestamp_ns)
        elif type(message) is NewSessionTicket:
            self.new_ticket = session_name(message.ticket)
        else:
            self._milestone(event.message_type, packet)

    def _milestone(self, message_type: int, packet: int) -> None:
        if message_type == HandshakeType.server_hello_done:
            self.server_hello_done = packet
        elif message_type == HandshakeType.client_key_exchange:
            self.client_key_exchange = packet
        elif message_type == HandshakeType.server_key_exchange:
            self.server_key_exchange = packet

    def alert(self, event: AlertReceived) -> None:
        """An alert was read. In SSL 3.0 one of them is the empty answer (RFC 6101 section 5.4.2)."""
        self.touch(event.packet, event.timestamp_ns)
        self.story.alert(event.sender, event.packet, event.timestamp_ns, readable=True)
        if len(self.alerts) < MAX_ALERTS:
            self.alerts.append(
                SeenAlert(event.sender, event.level, event.description, event.packet, event.timestamp_ns)
            )
        if (
            event.description == AlertDescription.no_certificate
            and event.sender is Side.CLIENT
            and event.level == 1
            and self.version == SSL_3
            and self.certificates[Side.CLIENT] is None
        ):
            self.certificates[Side.CLIENT] = SeenChain(
                (), 0, event.packet, event.timestamp_ns, ssl3_no_certificate=True
            )

    def cipher_spec_changed(self, event: CipherSpecChanged) -> None:
        """ChangeCipherSpec was seen."""
        self.touch(event.packet, event.timestamp_ns)
        self.story.change_cipher_spec(event.sender, event.packet, event.timestamp_ns)
        if not self.change_cipher_spec[event.sender]:
            self.change_cipher_spec[event.sender] = event.packet

    def encrypted_record(self, event: EncryptedRecordReceived) -> None:
        """A record that cannot be read: Finished, an alert, application data, or anything at all in TLS 1.3."""
        sender, kind, packet = event.sender, event.content_type, event.packet
        self.touch(packet, event.timestamp_ns)
        version = self.version
        if kind == ContentType.alert:
            self.story.alert(sender, packet, event.timestamp_ns, readable=False)
            return
        if kind == ContentType.handshake and self.change_cipher_spec[sender] and not self.finished[sender]:
            self.finished[sender] = packet
            self.story.finished(sender, packet, event.timestamp_ns, event.length)
            return
        opaque = version is None or version >= TLS_1_3
        if kind == ContentType.application_data:
            mark = self.encrypted if opaque else self.data
            mark[sender] = mark[sender] or packet
        self.story.encrypted(sender, kind, packet, event.timestamp_ns, event.length, opaque=opaque)

    def bytes_missing(self, event: BytesMissing) -> None:
        """A gap in what a side sent; after its Finished nothing in the clear can have been in it."""
        if event.place_lost and not self.finished[event.sender]:
            self.lost_place[event.sender] = self.lost_place[event.sender] or event.packet
        self.story.gap(event.sender, event.packet, event.length)

    def message_lost(self, event: MessageLost) -> None:
        """A message that a gap damaged."""
        if event.message_type is not None:
            self.lost_types[event.sender][event.message_type] = event.packet

    def malformed(self, event: Malformed) -> None:
        """Bytes that could not be read."""
        self.touch(event.packet, None)
        self.malformed_types[event.sender][event.what] = event.error
        if event.what == "record header" and not self.finished[event.sender]:
            self.lost_place[event.sender] = self.lost_place[event.sender] or event.packet


def _chain(event: HandshakeMessageReceived, message: Certificate) -> SeenChain:
    return SeenChain(
        tuple(read_certificate(der) for der in message.certificates),
        event.length,
        event.packet,
        event.timestamp_ns,
        message.damaged,
    )


def _request(event: HandshakeMessageReceived, message: CertificateRequest) -> SeenRequest:
    return SeenRequest(
        tuple(read_name(der) for der in message.authorities),
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
