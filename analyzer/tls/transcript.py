"""The handshake messages of one handshake, as bytes: what CertificateVerify and Finished speak of.

Theory of operation
-------------------
Captures reorder, so that the messages of the two sides may be delivered in another order than they were sent. They
are therefore kept by side, and put together in the order that the protocol prescribes when they are asked for:
hellos, the server's flight, the client's flight (RFC 5246 section 7.3, RFC 8446 section 4.4). A message that was
lost makes the transcript broken, and then nothing is said. HelloRequest and, before TLS 1.3, what comes after
Finished do not belong to it (RFC 5246 section 7.4.1.1).
"""

from __future__ import annotations

import hashlib

from analyzer.packets import CLIENT, SERVER, Side
from analyzer.tls.codepoints import HandshakeType

MAX_BYTES = 512 * 1024
"""Of one handshake: a CertificateRequest may list hundreds of kilobytes of names."""
MAX_REQUESTS = 8
"""Post-handshake requests that may be open at a time."""

_CLIENT_HELLO = int(HandshakeType.client_hello)
_VERIFY, _FINISHED, _DONE = (
    int(HandshakeType.certificate_verify),
    int(HandshakeType.finished),
    int(HandshakeType.server_hello_done),
)
_KEY_EXCHANGE = int(HandshakeType.client_key_exchange)
_SERVER_KEY_EXCHANGE = int(HandshakeType.server_key_exchange)

SSLV2_HELLO = -1
"""An SSLv2-style ClientHello, which has no header of its own (RFC 5246 appendix E.2)."""
_CLIENT_HELLOS = (_CLIENT_HELLO, SSLV2_HELLO)

Message = tuple[int, bytes]


class Transcript:
    """Messages of one handshake, by side."""

    __slots__ = ("_running", "_sides", "broken", "hello_retry", "size")

    def __init__(self) -> None:
        self._sides: tuple[list[Message], list[Message]] = ([], [])
        self.broken = False
        """A message is missing: nothing can be said of what covers it."""
        self.hello_retry = False
        """The server's first ServerHello was a HelloRetryRequest."""
        self.size = 0
        self._running: tuple[hashlib._Hash, int] | None = None
        """TLS 1.3: the hash so far, and how many messages after the hellos it covers."""

    def add(self, side: Side, message_type: int, body: bytes) -> None:
        """Take the next message of a side."""
        self.size += len(body) + 4
        messages = self._sides[side]
        headless = side is CLIENT and not messages and message_type not in _CLIENT_HELLOS
        if self.size > MAX_BYTES or headless:
            self.lose()
        elif not self.broken:
            messages.append((message_type, body))

    def lose(self) -> None:
        """Something is missing; what was kept is of no use any more."""
        self.broken = True
        self._running = None
        for messages in self._sides:
            messages.clear()

    def has(self, side: Side, message_type: int) -> bool:
        """Did that side send such a message?"""
        return any(kind == message_type for kind, _ in self._sides[side])

    def before_client_verify(self) -> bytes | None:
        """What the client's CertificateVerify signs before TLS 1.3: all messages up to it (RFC 5246 section 7.4.8)."""
        client, server = self._sides
        if self.broken or not client or client[0][0] not in _CLIENT_HELLOS or not server or server[-1][0] != _DONE:
            return None
        flight = _until(client[1:], _VERIFY)
        if flight is None:
            return None
        return _joined([client[0], *server, *flight])

    def key_exchange(self) -> bytes:
        """The ServerKeyExchange; empty where there was none."""
        return next((body for kind, body in self._sides[SERVER] if kind == _SERVER_KEY_EXCHANGE), b"")

    def up_to_key_exchange(self) -> bytes | None:
        """What the extended master secret covers (RFC 7627 section 3)."""
        client, server = self._sides
        if self.broken or not client or client[0][0] not in _CLIENT_HELLOS or not server or server[-1][0] != _DONE:
            return None
        flight = _until(client[1:], _KEY_EXCHANGE)
        if flight is None:
            return None
        return _joined([client[0], *server, *flight, client[1 + len(flight)]])

    def hash13(self, hash_name: str, side: Side, before: int) -> bytes | None:
        """Transcript-Hash in TLS 1.3 before that side's CertificateVerify or Finished (RFC 8446 section 4.4.1)."""
        flights = self._flights13()
        if flights is None:
            return None
        server, client = flights
        flight = _until(server if side is SERVER else client, before)
        if flight is None or (side is CLIENT and (not server or server[-1][0] != _FINISHED)):
            return None
        return self._hash_of(hash_name, flight if side is SERVER else [*server, *flight]).digest()

    def _flights13(self) -> tuple[list[Message], list[Message]] | None:
        """The server's flight and the client's, after the hellos; later messages belong to neither."""
        client, server = self._sides
        hellos = 2 if self.hello_retry else 1
        if self.broken or len(server) < hellos or len(client) < hellos:
            return None
        if any(kind != _CLIENT_HELLO for kind, _ in client[:hellos]):
            return None
        return _through(server[hellos:], _FINISHED), client[hellos:]

    def _hash_of(self, hash_name: str, covered: list[Message]) -> hashlib._Hash:
        """The hash over the hellos and these messages. It grows with the handshake: each message is hashed once."""
        hasher, hashed = self._running or (None, 0)
        if hasher is None or hashed > len(covered):
            hasher, hashed = hashlib.new(hash_name, self._hellos13(hash_name)), 0
        hasher.update(_joined(covered[hashed:]))
        self._running = hasher, len(covered)
        return hasher

    def _hellos13(self, hash_name: str) -> bytes:
        client, server = self._sides
        if not self.hello_retry:
            return _joined([client[0], server[0]])
        first = hashlib.new(hash_name, _joined(client[:1])).digest()
        replaced = bytes([HandshakeType.message_hash, 0, 0, len(first)]) + first
        return replaced + _joined([server[0], client[1], server[1]])

    def before_finished(self, side: Side) -> bytes | None:
        """What Finished covers before TLS 1.3 (RFC 5246 section 7.4.9)."""
        client, server = self._sides
        if self.broken or not client or client[0][0] not in _CLIENT_HELLOS or not server:
            return None
        done = next((at for at, (kind, _) in enumerate(server) if kind == _DONE), None)
        if done is None:  # an abbreviated handshake: the server's Finished comes first
            flights = [client[:1], server, client[1:]]
        else:
            flights = [client[:1], server[: done + 1], client[1:], server[done + 1 :]]
        own = 2 if side is CLIENT else len(flights) - 1 if done is not None else 1
        covered = _until(flights[own], _FINISHED)
        earlier = [message for flight in flights[:own] for message in flight]
        second = own == (2 if done is None else 3)
        if covered is None or (second and earlier[-1][0] != _FINISHED):
            return None
        return _joined([*earlier, *covered])

    def seal13(self, hash_name: str) -> PostHandshake | None:
        """The main handshake is over: what later CertificateVerify messages cover begins with its hash."""
        flights = self._flights13()
        if flights is None or not flights[0] or flights[0][-1][0] != _FINISHED:
            return None
        server, client = flights
        through = _through(client, _FINISHED)
        if not through or through[-1][0] != _FINISHED:
            return None
        return PostHandshake(self._hash_of(hash_name, [*server, *through]))


class PostHandshake:
    """Transcripts of post-handshake authentication: the main handshake, the request, the answer."""

    __slots__ = ("_hash", "_requests")

    def __init__(self, main: hashlib._Hash) -> None:
        self._hash = main
        self._requests: dict[bytes, hashlib._Hash] = {}
        """By context, the hash with the request: a request may be large, its hash is not."""

    def requested(self, context: bytes, body: bytes) -> None:
        """A CertificateRequest; its answer names the same context. The latest few are kept."""
        hasher = self._hash.copy()
        hasher.update(_joined([(HandshakeType.certificate_request, body)]))
        self._requests[context] = hasher
        if len(self._requests) > MAX_REQUESTS:
            del self._requests[next(iter(self._requests))]

    def hash(self, context: bytes, answer: list[Message]) -> bytes | None:
        """Transcript-Hash over the main handshake, that request and the answer so far (RFC 8446 section 4.4)."""
        request = self._requests.get(context)
        if request is None:
            return None
        covered = request.copy()
        covered.update(_joined(answer))
        return covered.digest()


def _through(messages: list[Message], message_type: int) -> list[Message]:
    """The messages up to and with the first of that type; all where there is none."""
    for at, (kind, _) in enumerate(messages):
        if kind == message_type:
            return messages[: at + 1]
    return messages


def _until(messages: list[Message], message_type: int) -> list[Message] | None:
    """The messages before the first of that type; None where there is none."""
    for at, (kind, _) in enumerate(messages):
        if kind == message_type:
            return messages[:at]
    return None


def _joined(messages: list[Message]) -> bytes:
    return b"".join(
        body if kind == SSLV2_HELLO else bytes((kind,)) + len(body).to_bytes(3, "big") + body for kind, body in messages
    )
