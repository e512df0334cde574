"""What TCP tells of a connection: how it ended, and what one end sent that never arrived.

Theory of operation
-------------------
TCP sends again what is not acknowledged, its beginning first, and waits twice as long each time. A piece that was
sent again and again, and at which the other end's acknowledgments stand still, did not arrive. Seen from behind the
place of the loss the piece is a hole; a hole that the capture alone has is acknowledged all the same.
"""

from __future__ import annotations

from analyzer.model.handshake import ConnectionEnding, Reset, Stalled
from analyzer.packets import CLIENT, SERVER, Side
from analyzer.streams import Direction, TcpConnection

_TIMES = 3
"""Repetitions that count; one or two get lost anywhere."""


def ending_of(tcp: TcpConnection, client_end: int) -> ConnectionEnding:
    """Who closed first, how, and when."""
    ending = tcp.ending()
    reset_end = tcp.rst[0] if tcp.rst is not None and _closed(tcp, tcp.rst[0]) == tcp.rst[1] else None
    return ConnectionEnding(
        _side(ending.by, client_end),
        ending.how,
        ending.packet,
        server_closed=_closed(tcp, 1 - client_end),
        client_closed=_closed(tcp, client_end),
        reset_by=_side(reset_end, client_end),
        server_closed_ns=tcp.closed_ns[1 - client_end],
        client_closed_ns=tcp.closed_ns[client_end],
        reset=_reset(tcp, client_end),
    )


def _reset(tcp: TcpConnection, client_end: int) -> Reset | None:
    if tcp.rst is None:
        return None
    end, packet = tcp.rst
    return Reset(_end(end, client_end), packet, tcp.rst_ns, only_answers=not tcp.rst_acknowledges)


def _end(end: int, client_end: int) -> Side:
    return CLIENT if end == client_end else SERVER


def _side(end: int | None, client_end: int) -> Side | None:
    return None if end is None else _end(end, client_end)


def _closed(tcp: TcpConnection, end: int) -> int | None:
    """Packet of that end's FIN or RST, whichever came first."""
    direction = tcp.directions[end]
    packets = [direction.fin_packet] if direction.fin_at is not None else []
    if tcp.rst is not None and tcp.rst[0] == end:
        packets.append(tcp.rst[1])
    return min(packets) if packets else None


def stalled_of(tcp: TcpConnection, client_end: int) -> tuple[Stalled, ...]:
    """For each end, the piece at which the other end's acknowledgments stand still."""
    found = []
    for direction in tcp.directions:
        if direction.repeated is None and direction.hole is None:
            continue
        stalled = _stalled(direction, tcp.directions[1 - direction.end], _end(direction.end, client_end))
        if stalled is not None:
            found.append(stalled)
    return tuple(found)


def _stalled(direction: Direction, other: Direction, sender: Side) -> Stalled | None:
    if other.last_acknowledgment is None or direction.base < 0:
        return None
    acknowledged = direction.offset_of(other.last_acknowledgment)
    repeated, hole = direction.repeated, direction.hole
    if repeated is not None and repeated.times >= _TIMES and repeated.start >= acknowledged:
        began_ns, at_ns = repeated.began_ns, repeated.timestamp_ns
        lasted_ns = 0 if began_ns is None or at_ns is None else at_ns - began_ns
        return Stalled(sender, repeated.length, repeated.times, repeated.packet, lasted_ns)
    if hole is not None and hole.start == acknowledged:
        return Stalled(sender, hole.length, 0, hole.packet, 0)
    return None


def sent_again_of(tcp: TcpConnection, client_end: int) -> tuple[int | None, int | None]:
    """For each side, when it last sent bytes once more; None where it did not."""
    client, server = (tcp.directions[end].repeated for end in (client_end, 1 - client_end))
    return None if client is None else client.timestamp_ns, None if server is None else server.timestamp_ns
