"""The steps and letters of a handshake, told from its events.

The letters are those of Zeek's ``ssl_history``: upper case for the client, lower case for the server. A whole
handshake then reads as one word. Application data and encrypted records of TLS 1.3 count once for each side.

Steps are only wanted where a person will read them, so they are made when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from analyzer.packets import Side
from analyzer.tls.codepoints import TLS_1_3, ContentType, HandshakeType
from analyzer.tls.events import (
    AlertReceived,
    BytesMissing,
    CipherSpecChanged,
    EncryptedRecordReceived,
    Event,
    HandshakeMessageReceived,
)
from analyzer.tls.messages import ServerHello

_LETTERS: dict[int, str] = {
    HandshakeType.hello_request: "H",
    HandshakeType.client_hello: "C",
    HandshakeType.server_hello: "S",
    HandshakeType.hello_verify_request: "V",
    HandshakeType.new_session_ticket: "T",
    HandshakeType.end_of_early_data: "E",
    HandshakeType.encrypted_extensions: "O",
    HandshakeType.certificate: "X",
    HandshakeType.server_key_exchange: "K",
    HandshakeType.certificate_request: "R",
    HandshakeType.server_hello_done: "N",
    HandshakeType.certificate_verify: "Y",
    HandshakeType.client_key_exchange: "G",
    HandshakeType.finished: "F",
    HandshakeType.certificate_url: "W",
    HandshakeType.certificate_status: "U",
    HandshakeType.supplemental_data: "A",
    HandshakeType.key_update: "P",
    HandshakeType.message_hash: "M",
}
_HELLO_RETRY, _CHANGE_CIPHER_SPEC, _ALERT, _DATA, _UNKNOWN = "J", "I", "L", "D", "Z"

_MESSAGE_NAMES: dict[int, str] = {
    HandshakeType.hello_request: "HelloRequest",
    HandshakeType.client_hello: "ClientHello",
    HandshakeType.server_hello: "ServerHello",
    HandshakeType.new_session_ticket: "NewSessionTicket",
    HandshakeType.encrypted_extensions: "EncryptedExtensions",
    HandshakeType.certificate: "Certificate",
    HandshakeType.server_key_exchange: "ServerKeyExchange",
    HandshakeType.certificate_request: "CertificateRequest",
    HandshakeType.server_hello_done: "ServerHelloDone",
    HandshakeType.certificate_verify: "CertificateVerify",
    HandshakeType.client_key_exchange: "ClientKeyExchange",
    HandshakeType.finished: "Finished",
    HandshakeType.certificate_url: "CertificateURL",
    HandshakeType.certificate_status: "CertificateStatus",
    HandshakeType.supplemental_data: "SupplementalData",
    HandshakeType.key_update: "KeyUpdate",
    HandshakeType.compressed_certificate: "CompressedCertificate",
}


class Step(msgspec.Struct, frozen=True, gc=False):
    """One line of the story: something one side sent."""

    sender: Side
    what: str
    """A message's RFC name, ``ChangeCipherSpec``, ``alert``, ``encrypted alert``, ``encrypted handshake``,
    ``encrypted records`` (TLS 1.3), ``application data``, ``FIN``, ``RST``, or ``gap``."""
    packet: int
    timestamp_ns: int | None
    length: int = 0


class Story:
    """The steps and the history of a handshake, told when they are first asked for."""

    __slots__ = ("_closes", "_events", "_history", "_steps")

    def __init__(self, events: Sequence[Event], closes: Sequence[Step]) -> None:
        self._events = events
        self._closes = closes
        self._steps: tuple[Step, ...] | None = None
        self._history: str | None = None

    @classmethod
    def of(cls, steps: Sequence[Step], letters: str) -> Story:
        """A story that is known already."""
        story = cls((), ())
        story._steps, story._history = tuple(steps), letters
        return story

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything that was sent, in the order of the packets."""
        if self._steps is None:
            self._steps = tuple(sorted([*tell(self._events), *self._closes], key=lambda step: step.packet))
        return self._steps

    @property
    def history(self) -> str:
        """The letters."""
        if self._history is None:
            self._history = history(self._events)
        return self._history


def _is_retry(event: HandshakeMessageReceived) -> bool:
    return type(event.message) is ServerHello and event.message.is_hello_retry_request


def tell(events: Sequence[Event]) -> Iterator[Step]:
    """What each event was, in the words of the RFCs."""
    version: int | None = None
    changed, finished, data = [False, False], [False, False], [False, False]
    for event in events:
        sender, packet = event.sender, event.packet
        if isinstance(event, HandshakeMessageReceived):
            what = _MESSAGE_NAMES.get(event.message_type, f"message {event.message_type}")
            if isinstance(event.message, ServerHello):
                what = "HelloRetryRequest" if _is_retry(event) else what
                version = event.message.version
            yield Step(sender, what, packet, event.timestamp_ns, event.length)
        elif isinstance(event, CipherSpecChanged):
            changed[sender] = True
            yield Step(sender, "ChangeCipherSpec", packet, event.timestamp_ns, 1)
        elif isinstance(event, AlertReceived):
            yield Step(sender, "alert", packet, event.timestamp_ns, 2)
        elif isinstance(event, EncryptedRecordReceived):
            kind = event.content_type
            if kind == ContentType.alert:
                what = "encrypted alert"
            elif kind == ContentType.application_data:
                if data[sender]:
                    continue
                data[sender] = True
                what = "application data" if version is not None and version < TLS_1_3 else "encrypted records"
            elif changed[sender] and not finished[sender]:
                finished[sender] = True
                what = "Finished"
            else:
                what = "encrypted handshake"
            yield Step(sender, what, packet, event.timestamp_ns, event.length)
        elif isinstance(event, BytesMissing):
            yield Step(sender, "gap", packet, None, event.length)


_SIDED_LETTERS = (_LETTERS, {k: v.lower() for k, v in _LETTERS.items()})


def history(events: Sequence[Event]) -> str:
    """The letters of a handshake. An encrypted Finished gives none, for nothing of it was read."""
    letters: list[str] = []
    data = [False, False]
    for event in events:
        kind, sender = type(event), event.sender
        if kind is HandshakeMessageReceived:
            message_type = event.message_type  # type: ignore[union-attr]
            letter = _SIDED_LETTERS[sender].get(message_type)  # type: ignore[arg-type]
            if letter is not None and message_type != HandshakeType.server_hello:
                letters.append(letter)
                continue
            letter = _HELLO_RETRY if _is_retry(event) else letter or _UNKNOWN  # type: ignore[arg-type]
        elif kind is EncryptedRecordReceived:
            content_type = event.content_type  # type: ignore[union-attr]
            if content_type == ContentType.alert:
                letter = _ALERT
            elif content_type == ContentType.application_data and not data[sender]:
                data[sender] = True
                letter = _DATA
            else:
                continue
        elif kind is CipherSpecChanged:
            letter = _CHANGE_CIPHER_SPEC
        elif kind is AlertReceived:
            letter = _ALERT
        else:
            continue
        letters.append(letter.lower() if sender else letter)
    return "".join(letters)
