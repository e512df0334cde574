"""What is known of one handshake and of the connection around it. Frozen values, complete when made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.model.application import Application
from analyzer.model.observed import Outcome, Phase, Unseen, Visibility
from analyzer.model.story import Step, Story
from analyzer.packets import Side
from analyzer.tls.codepoints import AlertLevel
from analyzer.tls.ja4 import ja4
from analyzer.tls.messages import ClientHello, ServerHello
from analyzer.x509 import CertificateInfo, Name, UnreadableCertificate, UnreadableName, WrongSignature

if TYPE_CHECKING:
    from analyzer.model.inferred import Inference

AnyCertificate = CertificateInfo | UnreadableCertificate
AnyName = Name | UnreadableName


class SeenClientHello(msgspec.Struct, frozen=True, gc=False):
    """A ClientHello and its packet; the first one where a HelloRetryRequest asked for a second."""

    message: ClientHello
    packet: int
    timestamp_ns: int | None


class SeenServerHello(msgspec.Struct, frozen=True, gc=False):
    """The ServerHello that answered, and its packet."""

    message: ServerHello
    packet: int
    timestamp_ns: int | None


class SeenChain(msgspec.Struct, frozen=True, gc=False):
    """A Certificate message: leaf first, empty when the sender had none to give."""

    certificates: tuple[AnyCertificate, ...]
    message_bytes: int
    packet: int
    timestamp_ns: int | None
    damaged: str | None = None
    ssl3_no_certificate: bool = False
    """The empty answer of SSL 3.0, an alert instead of a message (RFC 6101 section 5.4.2)."""

    @property
    def empty(self) -> bool:
        """The sender answered with no certificate at all."""
        return not self.certificates and self.damaged is None

    @property
    def leaf(self) -> CertificateInfo | None:
        """The first certificate, if it can be read."""
        first = self.certificates[0] if self.certificates else None
        return first if isinstance(first, CertificateInfo) else None

    @property
    def readable(self) -> tuple[CertificateInfo, ...]:
        """The certificates that can be read, in the order sent."""
        certificates = self.certificates
        for certificate in certificates:
            if type(certificate) is not CertificateInfo:
                return tuple(c for c in certificates if isinstance(c, CertificateInfo))
        return certificates  # type: ignore[return-value]


class CertificateBegun(msgspec.Struct, frozen=True, gc=False):
    """A client's Certificate message that never came to its end, although nothing of it is missing."""

    message_bytes: int
    """What its header says, with the header."""
    packet: int
    """The last one that brought some of it."""


class SeenRequest(msgspec.Struct, frozen=True, gc=False):
    """A CertificateRequest: what the server says it will take."""

    names: tuple[AnyName, ...]
    """certificate_authorities, all of them, in the order sent."""
    list_bytes: int
    """Length of the list as stated."""
    list_bytes_actual: int
    """What the names really take."""
    certificate_types: tuple[int, ...] | None
    signature_schemes: tuple[int, ...] | None
    message_bytes: int
    """Length of the whole message with its four-byte header."""
    records: int
    """TLS records that carried the message."""
    packet: int
    timestamp_ns: int | None
    damaged: str | None = None


class SeenVerify(msgspec.Struct, frozen=True, gc=False):
    """A CertificateVerify: the proof that the sender holds the private key."""

    scheme: int | None
    packet: int
    timestamp_ns: int | None
    valid: bool | None = None
    """None where it could not be checked, or where a control says that our view of the handshake is wrong."""
    fault: WrongSignature | None = None
    """Of one that does not verify: what could be shown."""


class Controls(msgspec.Struct, frozen=True, gc=False):
    """Is our own view of the handshake right? None where it was not checked, or could not be."""

    server_key_exchange: bool | None = None
    """The server's signature over the randoms and its parameters (RFC 5246 section 7.4.3)."""
    server_certificate_verify: bool | None = None
    """The server's signature over the transcript (RFC 8446 section 4.4.3)."""
    client_finished: bool | None = None
    server_finished: bool | None = None

    @property
    def failed(self) -> bool:
        """At least one says that we have not seen what the ends saw."""
        return False in (
            self.server_key_exchange,
            self.server_certificate_verify,
            self.client_finished,
            self.server_finished,
        )


NOT_CHECKED = Controls()
FATAL = int(AlertLevel.fatal)
"""As a plain number: every rule that asks for a refusal compares with it."""


class SeenAlert(msgspec.Struct, frozen=True, gc=False):
    """An alert that can be read."""

    sender: Side
    level: int
    description: int
    packet: int
    timestamp_ns: int | None
    after_close: bool = False
    """It merely answers the other side's FIN or RST."""
    protected: bool = False
    """It came out of an encrypted record."""
    after_completion: bool = False
    """The handshake had been judged and accepted: the alert is about something else."""

    @property
    def fatal(self) -> bool:
        """It ends the connection by its own word."""
        return self.level == FATAL


class Handshake(msgspec.Struct, frozen=True):
    """Everything observed of one handshake."""

    index: int
    """0-based place within its connection."""
    phase: Phase
    version: int | Unseen
    cipher_suite: int | Unseen
    resumed: bool | Unseen
    hello_retry: bool
    outcome: Outcome
    visibility: Visibility
    client_hello: SeenClientHello | Unseen
    server_hello: SeenServerHello | Unseen
    server_certificate: SeenChain | Unseen
    certificate_request: SeenRequest | Unseen
    client_certificate: SeenChain | Unseen
    client_key_exchange: int | Unseen
    """Packet of the ClientKeyExchange."""
    certificate_verify: SeenVerify | Unseen
    client_finished: int | Unseen
    """Packet of the client's Finished (before TLS 1.3: the encrypted record after its ChangeCipherSpec)."""
    server_finished: int | Unseen
    client_data: int | Unseen
    """Packet of the client's first application data record."""
    server_data: int | Unseen
    alerts: tuple[SeenAlert, ...]
    story: Story
    session_id: bytes
    """Digest of the session id that the ServerHello gave; empty where there is none."""
    offered_ticket: bytes
    """Digest of the session ticket or first PSK identity that the ClientHello offered."""
    new_tickets: tuple[bytes, ...]
    """Digests of the tickets that the server gave out and that could be read; TLS 1.3 servers give several."""
    first_packet: int
    last_packet: int
    started_ns: int | None
    last_ns: int | None = None
    """The latest time of the handshake; the capture's own clock, by which dates are judged."""
    went_on: int = 0
    """Packet of an encrypted handshake record after both Finished: a renegotiation that cannot be read; else 0."""
    alpn: str | None = None
    """The application protocol that the server chose."""
    inferred: Inference | None = None
    """What the encrypted records tell without keys; None where nothing, or where it was read."""
    controls: Controls = NOT_CHECKED
    application: Application | None = None
    """What the server's application said first after this handshake, where it was decrypted."""
    ticket_lifetimes: tuple[int, ...] = ()
    """Seconds, of the first few session tickets that could be read."""
    certificate_begun: CertificateBegun | None = None
    tls_inside: bool = False
    """The client's application data begins with a ClientHello, and the server's with no TLS; where it was decrypted."""
    tunnel_to: str | None = None
    """Whither the client's application data asks for a tunnel, ``host:port`` (CONNECT, RFC 9110 section 9.3.6)."""
    host: str | None = None
    """The name that the first request inside is for, where it is HTTP/1 and was decrypted."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything that was sent, in the order of the packets."""
        return self.story.steps

    @property
    def history(self) -> str:
        """Letters of Zeek's ssl_history: upper case client, lower case server."""
        return self.story.history

    def fatal_alert(self, sender: Side) -> SeenAlert | None:
        """The first fatal alert of that side that does not merely answer the other's close."""
        for alert in self.alerts:
            if alert.level == FATAL and alert.sender is sender and not alert.after_close and not alert.after_completion:
                return alert
        return None


class Endpoint(msgspec.Struct, frozen=True, gc=False):
    """One end's address and TCP port."""

    address: str
    port: int

    def __str__(self) -> str:
        """``192.0.2.1:443``, ``[2001:db8::1]:443``"""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class Reset(msgspec.Struct, frozen=True, gc=False):
    """A RST."""

    sender: Side
    packet: int
    timestamp_ns: int | None
    only_answers: bool = False
    """It acknowledges nothing: its sender no longer knew the connection, and answers a segment (RFC 9293 section
    3.10.7.1)."""


class Stalled(msgspec.Struct, frozen=True, gc=False):
    """Bytes that one side sent and that the other side's acknowledgments never passed."""

    sender: Side
    length: int
    """Of the segment that was sent again, or of the hole."""
    times: int
    """How often it was sent again; 0 where the capture never held it, as where it lies behind the loss."""
    packet: int
    """The latest of the repetitions, or the packet behind the hole."""
    lasted_ns: int
    """From the first repetition to the latest."""


class NotTls(msgspec.Struct, frozen=True, gc=False):
    """What one side sent in place of its first TLS record."""

    data: bytes
    """Its first few bytes."""
    packet: int


class ConnectionEnding(msgspec.Struct, frozen=True, gc=False):
    """How the TCP connection ended: who closed first, and how."""

    by: Side | None
    how: str
    """``fin``, ``rst``, ``capture-end`` or ``idle``."""
    packet: int | None
    server_closed: int | None = None
    """Packet of the server's first FIN or RST, whoever came first."""
    client_closed: int | None = None
    reset_by: Side | None = None
    """The side that closed with a RST, and not with a FIN before it."""
    server_closed_ns: int | None = None
    client_closed_ns: int | None = None
    reset: Reset | None = None
    """The first RST, whatever came before it."""


class Connection(msgspec.Struct, frozen=True):
    """One TCP connection that carried TLS."""

    id: int
    """1-based, in the order in which the connections settled."""
    client: Endpoint
    server: Endpoint
    carrier: str
    """``tcp``, ``starttls-smtp``, ``http-connect`` ..."""
    carrier_detail: str
    """What the preamble told besides, such as the target of a CONNECT; empty where nothing."""
    sni: str | None
    alpn: str | None
    first_packet: int
    last_packet: int
    started_ns: int | None
    ending: ConnectionEnding
    start_captured: bool
    """The TCP connection's first packets are in the capture."""
    handshakes: tuple[Handshake, ...]
    malformed: tuple[tuple[int, str], ...]
    """``(packet, what is wrong there)``"""
    missing: tuple[tuple[int, Side, int], ...]
    """``(packet, side, bytes)``: holes in the capture, the first few."""
    stalled: tuple[Stalled, ...] = ()
    """What never arrived, as far as the acknowledgments tell; nearly always nothing."""
    sent_again: tuple[int | None, int | None] = (None, None)
    """For each side, when it last sent bytes once more; None where it did not."""
    server_silent: bool = False
    """Packets of the server are in the capture, and none of them says anything, be it TLS or not."""
    not_tls: NotTls | None = None
    """What a server sent that never sent a TLS record; nearly always nothing."""

    @property
    def ja4(self) -> str | None:
        """Fingerprint of the client's first ClientHello."""
        hello = self.handshakes[0].client_hello
        return None if isinstance(hello, Unseen) else ja4(hello.message)
