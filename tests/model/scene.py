"""A connection told segment by segment, from its SYN to the finished :class:`Connection`.

What the capture does not hold is said with ``lose``: the bytes were sent, but no segment shows them.
"""

from __future__ import annotations

from analyzer.carriers import TlsFlow, TlsFound
from analyzer.model import Connection, ConnectionBuilder, Handshake
from analyzer.packets import Segment, Side, TcpFlags, reverse_path
from analyzer.streams import TcpTracker
from analyzer.tls import Budget
from tests.tls import shapes
from tests.tls.shapes import (
    CHANGE_CIPHER_SPEC,
    CLIENT_HELLO,
    DATA,
    DONE,
    FINISHED,
    KEY_EXCHANGE,
    SERVER_HELLO,
    alert,
    handshake,
    numbers,
    record,
    vector,
)

CLIENT, SERVER = Side.CLIENT, Side.SERVER
SYN, FIN, RST, ACK = TcpFlags.SYN, TcpFlags.FIN, TcpFlags.RST, TcpFlags.ACK

SERVER_CERTIFICATE = handshake(11, shapes.certificate(b"server leaf" * 40))
CLIENT_CERTIFICATE = handshake(11, shapes.certificate(b"client leaf" * 40, b"issuing" * 40))
NO_CERTIFICATE = handshake(11, shapes.certificate())
REQUEST = handshake(13, shapes.certificate_request(shapes.names(b"root" * 10)))
VERIFY = handshake(15, numbers(0x0804) + vector(2, b"signature"))
CHANGED = CHANGE_CIPHER_SPEC + FINISHED
APPLICATION = record(DATA, b"x" * 80)
ENCRYPTED_ALERT = record(21, b"z" * 26)
ASKING = SERVER_HELLO + SERVER_CERTIFICATE + REQUEST + DONE
NOT_ASKING = SERVER_HELLO + SERVER_CERTIFICATE + DONE
REFUSED = alert(2, 42)


class Scene:
    """One connection between a client's port and a server's; hidden ends were not captured at all."""

    def __init__(self, *, syn: bool = True, hidden: Side | None = None, client_port: int = 50_000) -> None:
        self._path = bytes((10, 0, 0, 1, 10, 0, 0, 2)) + client_port.to_bytes(2, "big") + (443).to_bytes(2, "big")
        self._hidden = hidden
        self._next = [1_001, 7_001]
        self.packet = 0
        self.connections: list[Connection] = []
        budget = Budget()

        def found(tls: TlsFound) -> ConnectionBuilder:
            return ConnectionBuilder(tls, self._settled)

        self.tracker = TcpTracker(lambda connection: TlsFlow(connection, found, budget))
        if syn:
            self._send(CLIENT, b"", SYN, -1)
            self._send(SERVER, b"", SYN | ACK, -1)

    def _settled(self, builder: ConnectionBuilder) -> None:
        self.connections.append(builder.build(len(self.connections) + 1))

    def _send(self, side: Side, data: bytes, flags: TcpFlags, shift: int = 0, cut: int = 0) -> None:
        if side is self._hidden:
            return
        self.packet += 1
        path = self._path if side is CLIENT else reverse_path(self._path)
        sequence, acknowledgment = self._next[side] + shift, self._next[1 - side]
        self.tracker.feed(
            Segment(path, sequence, acknowledgment, int(flags), data, cut, self.packet, 10**18 + self.packet)
        )

    def send(self, side: Side, *parts: bytes) -> Scene:
        data = b"".join(parts)
        self._send(side, data, ACK)
        self._next[side] += len(data)
        return self

    def client(self, *parts: bytes) -> Scene:
        return self.send(CLIENT, *parts)

    def server(self, *parts: bytes) -> Scene:
        return self.send(SERVER, *parts)

    def cut(self, side: Side, data: bytes, kept: int) -> Scene:
        """A segment of which the snap length kept only the first bytes."""
        self._send(side, data[:kept], ACK, cut=len(data) - kept)
        self._next[side] += len(data)
        return self

    def lose(self, side: Side, *parts: bytes | int) -> Scene:
        """Bytes, or so many of them, that were sent but not captured."""
        self._next[side] += sum(part if isinstance(part, int) else len(part) for part in parts)
        return self

    def fin(self, *sides: Side) -> Scene:
        for side in sides:
            self._send(side, b"", FIN | ACK)
            self._next[side] += 1
        return self

    def rst(self, side: Side, *, acknowledges: bool = True) -> Scene:
        """A reset; the answer to a segment that nobody expects has no ACK (RFC 9293 section 3.5.2)."""
        self._send(side, b"", RST | ACK if acknowledges else RST)
        return self

    @property
    def connection(self) -> Connection:
        """The capture ends here."""
        self.tracker.flush()
        assert len(self.connections) == 1
        return self.connections[0]

    @property
    def handshake(self) -> Handshake:
        return self.connection.handshakes[-1]


def greeted(server_flight: bytes = ASKING, *, syn: bool = True, hidden: Side | None = None) -> Scene:
    """A ClientHello and the answer to it."""
    return Scene(syn=syn, hidden=hidden).client(CLIENT_HELLO).server(server_flight)


def completed(*, asking: bool = True) -> Scene:
    """Both sides have sent Finished."""
    scene = greeted(ASKING if asking else NOT_ASKING)
    proof = (CLIENT_CERTIFICATE, KEY_EXCHANGE, VERIFY) if asking else (KEY_EXCHANGE,)
    return scene.client(*proof, CHANGED).server(CHANGED)
