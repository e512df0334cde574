"""What the handshake messages prove, and whether we read them right.

For each CertificateVerify the bytes that it signs are put together and handed on, to be verified elsewhere; each
decrypted Finished is checked here, for it needs nothing but our own secrets. Where a message came before one that it
covers (a capture that reorders), the answer waits for it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from analyzer.packets import CLIENT, SERVER, Side
from analyzer.tls.budget import Budget
from analyzer.tls.codepoints import TLS_1_0, TLS_1_3, HandshakeType
from analyzer.tls.events import Event, FinishedChecked, ProofReceived
from analyzer.tls.messages import Certificate, CertificateRequest, CertificateVerify, HandshakeMessage
from analyzer.tls.protection import Protection
from analyzer.tls.transcript import Message, PostHandshake, Transcript
from analyzer.x509 import tls13_signed_content

_VERIFY, _FINISHED, _CERTIFICATE = (
    int(HandshakeType.certificate_verify),
    int(HandshakeType.finished),
    int(HandshakeType.certificate),
)
_COMPRESSED = int(HandshakeType.compressed_certificate)
_DONE, _HELLO_REQUEST = int(HandshakeType.server_hello_done), int(HandshakeType.hello_request)

_ANSWER_MESSAGES = 3
"""Of an answer to a post-handshake request: Certificate, CertificateVerify, Finished (RFC 8446 section 4.6.2)."""

Where = tuple[int, "int | None"]
"""Packet and time."""


class Proofs:
    """Follows the messages of one connection."""

    __slots__ = (
        "_answer",
        "_budget",
        "_charged",
        "_context",
        "_emit",
        "_later",
        "_protection",
        "_waiting",
        "more_may_follow",
        "transcript",
        "version",
    )

    def __init__(self, emit: Callable[[Event], None], budget: Budget, protection: Protection | None) -> None:
        self._emit = emit
        self._budget = budget
        self._charged = 0
        self._protection = protection
        self.transcript = Transcript()
        self.version: int | None = None
        self.more_may_follow = False
        """The client offered post-handshake authentication."""
        self._later: PostHandshake | None = None
        """After the main handshake of TLS 1.3."""
        self._answer: list[Message] = []
        """The client's answer to a post-handshake request, so far."""
        self._context: bytes | None = None
        """The request that it answers; None where that is not known, or a part of the answer is missing."""
        self._waiting: tuple[CertificateVerify, Where] | None = None
        """The client's CertificateVerify, while the server's flight has not been delivered."""

    def begin(self) -> None:
        """Another handshake begins (renegotiation)."""
        self.lose()
        self.transcript = Transcript()
        self._waiting = None

    def lose(self) -> None:
        """Handshake bytes are missing, or the messages are no longer needed: let go of them."""
        self.transcript.lose()
        self._answer.clear()
        self._context = None
        self._budget.held -= self._charged
        self._charged = 0

    def close(self) -> None:
        """Nothing more will be proved, but for a CertificateVerify that came early."""
        if self._waiting is None:
            self.lose()

    def take(self, side: Side, message_type: int, body: bytes) -> None:
        """The next message of a side, as bytes."""
        if message_type == _HELLO_REQUEST:
            return
        if self._later is not None:
            self._take_later(side, message_type, body)
        elif not self.transcript.broken:
            self.transcript.add(side, message_type, body)
            self._charge(len(body))
            if self.transcript.broken:
                self.lose()
            if self._waiting is not None and message_type == _DONE:
                (message, where), self._waiting = self._waiting, None
                self._prove_clear(message, where)

    def _take_later(self, side: Side, message_type: int, body: bytes) -> None:
        """A Certificate begins an answer, whose messages follow each other. There are never more than three."""
        if side is not CLIENT or message_type not in (_CERTIFICATE, _COMPRESSED, _VERIFY, _FINISHED):
            return
        if message_type in (_CERTIFICATE, _COMPRESSED) or len(self._answer) >= _ANSWER_MESSAGES:
            self.lose()
        self._answer.append((message_type, body))
        self._charge(len(body))

    def _charge(self, count: int) -> None:
        self._charged += count
        self._budget.held += count
        if self._budget.held > self._budget.limit:
            self.lose()

    def understand(self, side: Side, message: HandshakeMessage, body: bytes, where: Where) -> None:
        """The same message, decoded; where it proves something, that is told."""
        kind = type(message)
        if kind is CertificateVerify:
            self._verify(side, message, where)  # type: ignore[arg-type]
        elif self._later is not None:
            if kind is CertificateRequest and side is SERVER:
                self._later.requested(message.context, body)  # type: ignore[union-attr]
            elif kind is Certificate and side is CLIENT:
                self._context = message.context  # type: ignore[union-attr]

    # -- CertificateVerify

    def _verify(self, side: Side, message: CertificateVerify, where: Where) -> None:
        version = self.version
        if version is None or version < TLS_1_0:
            return
        if version < TLS_1_3:
            if side is CLIENT:
                self._prove_clear(message, where)
            return
        digest = self._digest13(side, _VERIFY)
        if digest is not None:
            self._prove(side, message, tls13_signed_content(digest, server=side is SERVER), where)

    def _prove_clear(self, message: CertificateVerify, where: Where) -> None:
        signed = self.transcript.before_client_verify()
        if signed is not None:
            self._prove(CLIENT, message, signed, where, self.transcript.key_exchange())
        elif not self.transcript.broken and not self.transcript.has(SERVER, _DONE):
            self._waiting = (message, where)

    def _prove(
        self, side: Side, message: CertificateVerify, signed: bytes, where: Where, key_exchange: bytes = b""
    ) -> None:
        assert self.version is not None
        self._emit(ProofReceived(side, self.version, message.scheme, signed, message.signature, *where, key_exchange))

    def _digest13(self, side: Side, before: int) -> bytes | None:
        """Transcript-Hash before that side's message, in the main handshake or after it."""
        name = self._protection.hash_name if self._protection else None
        if name is None:
            return None
        if self._later is None:
            return self.transcript.hash13(name, side, before)
        if side is SERVER or self._context is None:
            return None
        at = next((at for at, (kind, _) in enumerate(self._answer) if kind == before), len(self._answer))
        return self._later.hash(self._context, self._answer[:at])

    # -- Finished

    def finished(self, side: Side, body: bytes, where: Where) -> None:
        """A decrypted Finished: is it what it must be?"""
        if self._protection is None or self.version is None:
            return
        expected = self._expected(side)
        if expected is not None:
            self._emit(FinishedChecked(side, hmac.compare_digest(expected, body), *where))
        if self.version < TLS_1_3:
            if all(self.transcript.has(side, _FINISHED) for side in Side):
                self.lose()
        elif side is CLIENT:
            name = self._protection.hash_name
            if self._later is None and name is not None and self.more_may_follow:
                self._later = self.transcript.seal13(name)
            self.lose()

    def _expected(self, side: Side) -> bytes | None:
        assert self._protection is not None
        assert self.version is not None
        if self.version >= TLS_1_3:
            digest = self._digest13(side, _FINISHED)
            return self._protection.finished13(side, digest) if digest is not None else None
        messages = self.transcript.before_finished(side)
        return self._protection.finished12(side, messages) if messages is not None else None
