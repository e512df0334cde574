"""The steps and letters of a handshake, told from its events.

The letters are those of Zeek's ``ssl_history``: upper case for the client, lower case for the server. A whole
handshake then reads as one word. Application data and encrypted records of TLS 1.3 count once for each side.

Steps are only wanted where a person will read them, so they are made when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from analyzer.model.checked import SeenEvent
from analyzer.packets import Side
from analyzer.tls.codepoints import TLS_1_3, ContentType, HandshakeType, handshake_name
from analyzer.tls.events import (
    AlertReceived,
    ApplicationDataReceived,
    BytesMissing,
    CipherSpecChanged,
    EncryptedRecordReceived,
    HandshakeMessageReceived,
    Malformed,
    MessageUnfinished,
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

    def __init__(self, events: Sequence[SeenEvent], closes: Sequence[Step]) -> None:
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
            self._steps = tuple(sorted([*tell(self._in_order()), *self._closes], key=lambda step: step.packet))
        return self._steps

    @property
    def history(self) -> str:
        """The letters."""
        if self._history is None:
            self._history = history(self._in_order())
        return self._history

    def _in_order(self) -> list[SeenEvent]:
        """As the packets came: what waited for missing bytes, or for keys, was told late."""
        return sorted(self._events, key=lambda event: event.packet)


def _is_retry(event: HandshakeMessageReceived) -> bool:
    return type(event.message) is ServerHello and event.message.is_hello_retry_request


def tell(events: Sequence[SeenEvent]) -> Iterator[Step]:
    """What each event was, in the words of the RFCs."""
    teller = _Teller()
    for event in events:
        what = teller.what(event)
        if what:
            length = getattr(event, "length", _LENGTHS.get(type(event), 0))
            yield Step(event.sender, what, event.packet, getattr(event, "timestamp_ns", None), length)


_LENGTHS: dict[type, int] = {CipherSpecChanged: 1, AlertReceived: 2}


class _Teller:
    """Names the events of one handshake; what repeats is told once."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._changed, self._finished, self._data = [False, False], [False, False], [False, False]
        self._flight: Side | None = None
        """Whose encrypted records came last: a flight is one step, however many records it has."""

    def what(self, event: SeenEvent) -> str:
        """The word for an event; empty for one that is no step."""
        if isinstance(event, HandshakeMessageReceived):
            return self._message(event)
        if isinstance(event, CipherSpecChanged):
            self._changed[event.sender] = True
            return "ChangeCipherSpec"
        if isinstance(event, EncryptedRecordReceived):
            return self._encrypted(event)
        if isinstance(event, ApplicationDataReceived):
            return self._once(event.sender, "application data")
        if isinstance(event, AlertReceived):
            return "alert"
        if isinstance(event, Malformed):  # it was sent all the same
            return _MESSAGE_NAMES.get(_KINDS.get(event.what, -1), "")
        if isinstance(event, MessageUnfinished):
            return _MESSAGE_NAMES[HandshakeType.certificate]
        return "gap" if isinstance(event, BytesMissing) else ""

    def _message(self, event: HandshakeMessageReceived) -> str:
        if isinstance(event.message, ServerHello):
            self._version = event.message.version
            if _is_retry(event):
                return "HelloRetryRequest"
        return _MESSAGE_NAMES.get(event.message_type, f"message {event.message_type}")

    def _encrypted(self, event: EncryptedRecordReceived) -> str:
        sender, kind = event.sender, event.content_type
        if kind == ContentType.alert:
            return "encrypted alert"
        if kind == ContentType.application_data:
            if self._version is not None and self._version < TLS_1_3:
                return self._once(sender, "application data")
            again, self._flight = self._flight is not sender, sender
            return "encrypted records" if again else ""
        if self._changed[sender] and not self._finished[sender]:
            self._finished[sender] = True
            return "Finished"
        return "encrypted handshake"

    def _once(self, sender: Side, what: str) -> str:
        seen, self._data[sender] = self._data[sender], True
        return "" if seen else what


_KINDS = {handshake_name(kind): int(kind) for kind in HandshakeType}
"""The types of messages that could not be read, by the name under which that is told."""
_SIDED_LETTERS = (_LETTERS, {k: v.lower() for k, v in _LETTERS.items()})


def history(events: Sequence[SeenEvent]) -> str:
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
        elif kind is ApplicationDataReceived:
            if data[sender]:
                continue
            data[sender] = True
            letter = _DATA
        elif kind is CipherSpecChanged:
            letter = _CHANGE_CIPHER_SPEC
        elif kind is AlertReceived:
            letter = _ALERT
        elif kind is Malformed and event.what in _KINDS:  # type: ignore[union-attr]
            letter = _LETTERS.get(_KINDS[event.what], _UNKNOWN)  # type: ignore[union-attr]
        else:
            continue
        letters.append(letter.lower() if sender else letter)
    return "".join(letters)
