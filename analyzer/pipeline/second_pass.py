"""Writes the failed connections of a capture that can be read twice: then nothing needs to be held, or left out.

Theory of operation
-------------------
While a capture is read, of each connection is noted between which packets, and between which ends, it stands. When
all verdicts are final the capture is read again, and the packets of failed connections are copied, in their order.
A connection that explains a failed one, because it made the session that was resumed, is copied too: without it
the verdict would not be the same. Behind a connection's last packet its late acknowledgments and resets are taken
as well, until a SYN begins another one on the same path.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from analyzer.capture import Commented, FrameDecoder, open_capture
from analyzer.diagnosis.report import MADE_SESSION, ConnectionReport, Problem
from analyzer.errors import InputUnreadableError
from analyzer.model import Connection
from analyzer.packets import Packet, Segment, TcpFlags, reverse_path
from analyzer.pipeline.written import Remarks, Written, randoms_of, secrets_of
from analyzer.tls import KeyRing

MAX_FAILED = 50_000
MAX_OTHERS = 16_384
"""Connections that are noted because a failed one may resume their session: the latest ones."""
LATE_NS = 1_000_000_000
LATE_PACKETS = 1_000
"""For packets that carry no time."""
BATCH_BYTES = 1024 * 1024

_SYN = int(TcpFlags.SYN)


class _Span:
    """Where one connection stands in the capture."""

    __slots__ = ("first", "last", "last_ns", "over", "path", "randoms", "remarks")

    def __init__(self, report: ConnectionReport, remarks: Remarks | None = None) -> None:
        connection = report.connection
        self.path = _path(connection)
        self.first, self.last = connection.first_packet, connection.last_packet
        self.last_ns: int | None = None
        self.over = False
        """Another connection has begun on the same path."""
        self.randoms = randoms_of(report)
        self.remarks = remarks

    def holds(self, packet: Packet, flags: int) -> bool:
        """Does a packet on this path, not before the first one, belong to this connection?"""
        if packet.number <= self.last:
            self.last_ns = packet.timestamp_ns
            return True
        self.over = self.over or bool(flags & _SYN)
        if self.over:
            return False
        if packet.timestamp_ns is None or self.last_ns is None:
            return packet.number - self.last <= LATE_PACKETS
        return packet.timestamp_ns - self.last_ns <= LATE_NS


class SecondPass:
    """Notes the connections of one capture, then copies those that failed."""

    def __init__(self, path: str, written: Written) -> None:
        self._path = path
        self._written = written
        self._failed: dict[int, _Span] = {}
        self._others: OrderedDict[int, _Span] = OrderedDict()
        self._explained: dict[int, int] = {}
        """Connections that explain failed ones."""

    def take(self, report: ConnectionReport) -> None:
        """A connection, with its final verdict."""
        number = report.connection.id
        if not report.failed:
            self._others[number] = _Span(report)
            if len(self._others) > MAX_OTHERS:
                self._others.popitem(last=False)
        elif len(self._failed) < MAX_FAILED:
            self._failed[number] = _Span(report, Remarks(self._written.comments(report)))
            self._explained.update((one.connection, number) for one in report.related if one.relation in MADE_SESSION)
        else:
            self._written.not_noted += 1

    def run(self, keys: KeyRing | None, input_index: int) -> Iterator[Problem]:
        """Copy; yields what went wrong."""
        if not self._failed:
            return
        spans = [*self._failed.values(), *self._explaining()]
        copy = _Copy(self._written, secrets_of([random for span in spans for random in span.randoms], keys))
        try:
            copy.copy(self._path, spans)
        except KeyboardInterrupt:
            yield Problem("interrupted", "Writing was interrupted; this is what was written.", input_index)
        except InputUnreadableError as error:
            yield Problem("input-unreadable", error.sentence, input_index)
        done = sum(span.last <= copy.reached for span in self._failed.values())
        self._written.connections += done
        if copy.failed:
            self._written.unwritten += len(self._failed) - done

    def _explaining(self) -> Iterator[_Span]:
        for number, failed in self._explained.items():
            span = self._others.get(number)
            if span is not None:
                text = f"certwhy: this connection made the session that connection {failed} resumes"
                span.remarks = Remarks({span.first: [text]})
                yield span


class _Copy:
    """The packets that are copied, a batch at a time."""

    def __init__(self, written: Written, secrets: bytes) -> None:
        self._written = written
        self._secrets = secrets
        self._batch: list[Commented] = []
        self._bytes = 0
        self.reached = 0
        """The last packet before which everything was written."""
        self.failed = False

    def copy(self, path: str, spans: Iterable[_Span]) -> None:
        """Read the capture, and write what belongs to these connections."""
        by_path = _sorted_by_path(spans)
        decoder = FrameDecoder(keep_pieces=True)
        decode, take_pieces = decoder.decode, decoder.take_pieces
        with open_capture(path) as file:
            for packet in file:
                segment = decode(packet)
                pieces = take_pieces()
                if type(segment) is not Segment:
                    continue
                here = by_path.get(segment.path)
                span = here and _latest_before(here, packet.number)
                if not span or not span.holds(packet, segment.flags):
                    continue
                said = span.remarks.take(packet.number) if span.remarks else ()
                self._add([*map(Commented, pieces), Commented(packet, said)])
                if self._bytes >= BATCH_BYTES and not self._write(packet.number):
                    return
            self._write(file.packets)

    def _add(self, packets: list[Commented]) -> None:
        self._batch.extend(packets)
        self._bytes += sum(len(one.packet.data) for one in packets)

    def _write(self, reached: int) -> bool:
        self.failed = not self._written.write(self._batch, self._secrets)
        if not self.failed:
            self._batch, self._bytes, self._secrets, self.reached = [], 0, b"", reached
        return not self.failed


def _sorted_by_path(spans: Iterable[_Span]) -> dict[bytes, list[_Span]]:
    by_path: dict[bytes, list[_Span]] = {}
    for span in sorted(spans, key=lambda span: span.first):
        for path in (span.path, reverse_path(span.path)):
            by_path.setdefault(path, []).append(span)
    return by_path


def _latest_before(spans: list[_Span], packet: int) -> _Span | None:
    """Of several connections on one path, the latest that had begun."""
    place = bisect_right(spans, packet, key=lambda span: span.first)
    return spans[place - 1] if place else None


def _path(connection: Connection) -> bytes:
    client, server = connection.client, connection.server
    addresses = (ipaddress.ip_address(end.address).packed for end in (client, server))
    return b"".join((*addresses, client.port.to_bytes(2, "big"), server.port.to_bytes(2, "big")))
