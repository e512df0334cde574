"""Feeds a session by hand and keeps what it tells."""

from __future__ import annotations

from analyzer.packets import Side
from analyzer.tls import Budget, KeyRing, TlsSession
from analyzer.tls.codepoints import handshake_name
from analyzer.tls.events import (
    AlertReceived,
    ApplicationDataReceived,
    BytesMissing,
    CipherSpecChanged,
    EncryptedRecordReceived,
    Event,
    FinishedChecked,
    HandshakeMessageReceived,
    Malformed,
    MessageLost,
    MessageUnfinished,
    ProofReceived,
    RecordsOpened,
    RecordsSealed,
)

CLIENT, SERVER = Side.CLIENT, Side.SERVER


def _opened(event: Event) -> str:
    """What only keys, or the transcript, tell."""
    match event:
        case RecordsOpened():
            return "opened"
        case RecordsSealed():
            return f"sealed {event.why.name}"
        case ApplicationDataReceived():
            return f"data {event.length}"
        case ProofReceived():
            return "proof"
        case FinishedChecked():
            return f"finished {'right' if event.valid else 'wrong'}"
        case _:
            raise AssertionError(event)


def short(event: Event) -> str:
    """``C client_hello``, ``S alert 2 40``, ``C record 23 100`` ..."""
    who = "CS"[event.sender]
    match event:
        case HandshakeMessageReceived():
            return f"{who} {handshake_name(event.message_type)}"
        case AlertReceived():
            return f"{who} alert {event.level} {event.description}"
        case CipherSpecChanged():
            return f"{who} changed"
        case EncryptedRecordReceived():
            return f"{who} record {event.content_type} {event.length}"
        case Malformed():
            return f"{who} malformed {event.what}"
        case MessageLost():
            kind = "?" if event.message_type is None else handshake_name(event.message_type)
            return f"{who} lost {kind}"
        case MessageUnfinished():
            return f"{who} unfinished {handshake_name(event.message_type)} {event.length}"
        case BytesMissing():
            return f"{who} gap {event.length}{' place lost' if event.place_lost else ''}"
        case _:
            return f"{who} {_opened(event)}"


class Talk:
    """One session; each feed is a packet of its own."""

    def __init__(self, budget: Budget | None = None, keys: KeyRing | None = None) -> None:
        self.events: list[Event] = []
        self.packet = 0
        self.session = TlsSession(self.events.append, budget, keys)

    def feed(self, side: Side, data: bytes) -> int:
        self.packet += 1
        return self.session.feed(side, data, self.packet, None)

    def client(self, *parts: bytes) -> int:
        return self.feed(CLIENT, b"".join(parts))

    def server(self, *parts: bytes) -> int:
        return self.feed(SERVER, b"".join(parts))

    def gap(self, side: Side, length: int) -> None:
        self.packet += 1
        self.session.gap(side, length, self.packet)

    @property
    def told(self) -> list[str]:
        return [short(event) for event in self.events]

    def since(self, count: int) -> list[str]:
        return self.told[count:]
