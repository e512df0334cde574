"""Encrypted records by hand, and those of recorded connections, read without keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.model.handshake import ConnectionEnding
from analyzer.model.inferred import Flight
from analyzer.packets import Side
from analyzer.pipeline import Options, read_captures, read_events
from analyzer.tls.codepoints import TLS_1_2, TLS_1_3
from analyzer.tls.events import EncryptedRecordReceived, Event, HandshakeMessageReceived, RecordsOpened
from analyzer.tls.messages import ClientHello, ServerHello

CLIENT, SERVER = Side.CLIENT, Side.SERVER
AES_128_SHA256, AES_256_SHA384, CHACHA20_SHA256, CCM_8_SHA256 = 0x1301, 0x1302, 0x1303, 0x1305
ECDHE_GCM, ECDHE_CHACHA20, ECDHE_CBC_SHA = 0xC02C, 0xCCA9, 0xC00A
MS = 1_000_000

Burst = tuple[Side, Sequence[int | tuple[int, int]]]
"""One packet of one side: lengths of its records, with their types where those are not 23."""


def ending(by: Side | None = SERVER, packet: int = 1_000) -> ConnectionEnding:
    """That side closes first, after everything, and the other follows."""
    if by is None:
        return ConnectionEnding(None, "capture-end", None)
    closed = (packet, packet + 1) if by is CLIENT else (packet + 1, packet)
    return ConnectionEnding(by, "fin", packet, server_closed=closed[SERVER], client_closed=closed[CLIENT])


def records(*bursts: Burst, step_ns: int = MS) -> tuple[EncryptedRecordReceived, ...]:
    """Packets from 10 on, a millisecond apart."""
    told = []
    for packet, (side, lengths) in enumerate(bursts, 10):
        for item in lengths:
            kind, length = item if isinstance(item, tuple) else (23, item)
            told.append(EncryptedRecordReceived(side, kind, length, packet, packet * step_ns))
    return tuple(told)


def flight13(
    *bursts: Burst,
    suite: int = AES_256_SHA384,
    ended: ConnectionEnding | None = None,
    whole: tuple[bool, bool] = (True, True),
    resumed: bool | None = False,
    post_handshake_auth: bool | None = True,
    hello_retry: bool = False,
    early_data: bool = False,
    step_ns: int = MS,
) -> Flight:
    """A TLS 1.3 connection."""
    return Flight(
        version=TLS_1_3,
        cipher_suite=suite,
        records=records(*bursts, step_ns=step_ns),
        ended=ended or ending(),
        whole=whole,
        resumed=resumed,
        post_handshake_auth=post_handshake_auth,
        hello_retry=hello_retry,
        early_data=early_data,
    )


def flight12(
    *bursts: Burst,
    suite: int = ECDHE_GCM,
    version: int = TLS_1_2,
    ended: ConnectionEnding | None = None,
    whole: tuple[bool, bool] = (True, True),
) -> Flight:
    """A connection before TLS 1.3, from its first Finished."""
    return Flight(
        version=version,
        cipher_suite=suite,
        records=records(*bursts),
        ended=ended or ending(),
        whole=whole,
        resumed=False,
        post_handshake_auth=False,
    )


def recorded_flights(path: str) -> Iterator[Flight | None]:
    """What the inference gets of each connection of a capture, in order; None where no ServerHello was seen, or where
    the capture itself brings the keys."""
    events: dict[int, list[Event]] = {}
    read_events(path, lambda number, event: events.setdefault(number, []).append(event), Options())
    reports = read_captures([path], Options()).connections
    told = sorted(events.values(), key=lambda some: some[0].packet)
    assert len(told) == len(reports)
    for some, report in zip(told, reports, strict=True):
        connection = report.connection
        lost = {side for _, side, _ in connection.missing}
        whole = [connection.start_captured and side not in lost and not connection.malformed for side in Side]
        yield _flight(some, connection.ending, (whole[CLIENT], whole[SERVER]))


def _flight(events: list[Event], ended: ConnectionEnding, whole: tuple[bool, bool]) -> Flight | None:
    messages = [event.message for event in events if isinstance(event, HandshakeMessageReceived)]
    client = next((message for message in messages if isinstance(message, ClientHello)), None)
    servers = [message for message in messages if isinstance(message, ServerHello)]
    server = next((message for message in servers if not message.is_hello_retry_request), None)
    if server is None or any(isinstance(event, RecordsOpened) for event in events):
        return None
    return Flight(
        version=server.version,
        cipher_suite=server.cipher_suite,
        records=tuple(event for event in events if isinstance(event, EncryptedRecordReceived)),
        ended=ended,
        whole=whole,
        resumed=server.extensions.pre_shared_key is not None,
        post_handshake_auth=client.extensions.post_handshake_auth if client else None,
        hello_retry=len(servers) > 1,
        early_data=client is not None and client.extensions.early_data,
    )
