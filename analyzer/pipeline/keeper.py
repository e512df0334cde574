"""Holds the packets of connections until it is known whether they fail: where they come only once.

Theory of operation
-------------------
Every packet of a TCP connection is held from its SYN on, with the IP fragments that a segment was made of. A
connection is let go as soon as it is clear that no TLS is in it, or when it ends without having failed. One that
failed is written a moment after its end (:data:`LINGER_NS`: its last acknowledgments and late resets belong to it),
or :data:`PATIENCE_NS` after its first failing verdict, whichever is earlier: a connection may stay open for hours
after its login. What it sends after that is not written, and a verdict that changes after that is not corrected in
the file. When the input ends, or the watch is stopped, all that failed is written.

At most :data:`MAX_HELD` is held of one connection: its beginning, where the handshake is, and its latest packets,
where alerts and resets are; what falls out between them is counted and said in a comment. At most
:data:`MAX_HELD_IN_ALL` is held of all of them; then the connection that began first goes. If it has failed already
it is written, else it is given up, and counted should it fail later.

A failed login may resume the session of one that went well, and its verdict rest on that. So the latest connections
that made a session are held on after their end, at most :data:`MAX_PAST` of them, and the first to go where room is
needed; the first failed one that resumes such a session has it written before its own packets. Where it has gone, or is
still open, the verdict is in the comment, and cannot be reached from the file alone. An attempt that was given up for
another one is let go, if that one comes before it was written.

A keeper stands between the decoder and the tracker, so that a pipeline without one pays nothing.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from analyzer.capture import Commented, FrameDecoder
from analyzer.diagnosis.report import MADE_SESSION, ConnectionReport
from analyzer.packets import PACKET_BYTES, Datagram, Packet, Segment
from analyzer.pipeline.written import Remarks, Written, randoms_of, secrets_of
from analyzer.streams import TcpConnection, TcpTracker
from analyzer.tls import KeyRing

MAX_HELD = 1024 * 1024
MAX_LATEST = MAX_HELD // 4
"""Of these, the latest packets."""
MAX_HELD_IN_ALL = 64 * 1024 * 1024
MAX_PAST = MAX_HELD_IN_ALL // 4
LINGER_NS = 1_000_000_000
PATIENCE_NS = 10_000_000_000
_LOOK_EVERY_NS = 250_000_000


class Held:
    """The packets of one connection."""

    __slots__ = ("bytes", "first", "latest", "latest_bytes", "left_out", "lost", "over", "randoms", "report")

    def __init__(self) -> None:
        self.first: list[Packet] = []
        self.latest: deque[Packet] = deque()
        self.bytes = 0
        self.latest_bytes = 0
        self.left_out = 0
        self.report: ConnectionReport | None = None
        """The failing verdict, as it was told last."""
        self.over = False
        """Nothing more of it is held."""
        self.lost = False
        """It had to make room before its verdict was known."""
        self.randoms: tuple[bytes, ...] = ()
        """By what its secrets are found, once it is over and made a session."""

    def add(self, packet: Packet) -> int:
        """Hold one more; returns by how much that is more than before."""
        before = self.bytes
        cost = len(packet.data) + PACKET_BYTES
        self.bytes += cost
        if not self.latest and self.bytes <= MAX_HELD - MAX_LATEST:
            self.first.append(packet)
            return cost
        self.latest.append(packet)
        self.latest_bytes += cost
        while self.latest_bytes > MAX_LATEST:
            cost = len(self.latest.popleft().data) + PACKET_BYTES
            self.latest_bytes -= cost
            self.bytes -= cost
            self.left_out += 1
        return self.bytes - before

    def let_go(self) -> int:
        """Hold nothing; returns by how much that is less than before."""
        before = self.bytes
        self.first, self.latest, self.bytes = [], deque(), 0
        return before


class Keeper:
    """Holds packets, and has those of failed connections written."""

    def __init__(
        self,
        written: Written,
        decoder: FrameDecoder,
        tracker: TcpTracker,
        keys: Callable[[], KeyRing | None],
        relate: Callable[[ConnectionReport], ConnectionReport],
    ) -> None:
        """``relate`` says what a verdict is in the light of the connections that came since."""
        self._written = written
        self._decoder = decoder
        self._tracker = tracker
        self._keys = keys
        self._relate = relate
        self._packets: list[Packet] = []
        """Those that the latest segment came in."""
        self._holding: OrderedDict[Held, None] = OrderedDict()
        self._past: OrderedDict[int, Held] = OrderedDict()
        """Connections that are over and made a session, by their numbers."""
        self._past_bytes = 0
        self._due: dict[Held, int] = {}
        self._now_ns = 0
        self._next_look_ns = 0
        self.bytes = 0
        """All that is held."""

    # -- packets

    def decode(self, packet: Packet) -> Segment | Datagram | None:
        """See :meth:`analyzer.capture.FrameDecoder.decode`."""
        segment = self._decoder.decode(packet)
        self._packets = self._decoder.take_pieces()
        self._packets.append(packet)
        return segment

    def track(self, segment: Segment) -> None:
        """See :meth:`analyzer.streams.TcpTracker.feed`."""
        self._tracker.feed(segment)
        connection = self._tracker.connection_of(segment.path)
        if connection is not None:
            held = self._held_of(connection)
            if not held.over:
                for packet in self._packets:
                    self.bytes += held.add(packet)
                self._make_room()
        if segment.timestamp_ns is not None:
            self.tick(segment.timestamp_ns)

    def _held_of(self, connection: TcpConnection) -> Held:
        held = connection.attached
        if not isinstance(held, Held):
            held = connection.attached = Held()
            self._holding[held] = None
        return held

    # -- verdicts

    def no_tls(self, connection: TcpConnection) -> None:
        """There is no TLS in this connection."""
        self._drop(self._held_of(connection))

    def judge(self, connection: TcpConnection, report: ConnectionReport, *, final: bool) -> None:
        """What a connection is found to be; final once it is over."""
        held = self._held_of(connection)
        if held.over:
            self._written.given_up += held.lost and final and report.failed
        elif report.failed:
            held.report = report
            due_ns = self._now_ns + (LINGER_NS if final else PATIENCE_NS)
            self._due[held] = min(self._due.get(held, due_ns), due_ns)
        elif final and _made_a_session(report):
            self._hold_on(held, report)
        elif final:
            self._drop(held)
        else:
            held.report = None
            self._due.pop(held, None)

    def tick(self, now_ns: int) -> None:
        """It is so late now: write what is due."""
        if now_ns < self._next_look_ns:
            return
        self._now_ns = now_ns
        self._next_look_ns = now_ns + _LOOK_EVERY_NS
        for held in [held for held, due_ns in self._due.items() if due_ns <= now_ns]:
            self._write(held)

    def flush(self) -> None:
        """Nothing more will come: write all that failed, let go of the rest."""
        for held in list(self._holding):
            if held.report is not None:
                self._write(held)
            else:
                self._drop(held)
        while self._past:
            self._forget(next(iter(self._past)))

    def _make_room(self) -> None:
        while self.bytes > MAX_HELD_IN_ALL:
            if self._past:
                self._forget(next(iter(self._past)))
                continue
            oldest = next(iter(self._holding))
            if oldest.report is not None:
                self._write(oldest)
            else:
                oldest.lost = True
                self._drop(oldest)

    def _drop(self, held: Held) -> None:
        if held.over:
            return
        held.over = True
        self.bytes -= held.let_go()
        held.report = None
        self._holding.pop(held)
        self._due.pop(held, None)

    def _hold_on(self, held: Held, report: ConnectionReport) -> None:
        held.over, held.report, held.randoms = True, None, randoms_of(report)
        self._holding.pop(held)
        self._due.pop(held, None)
        self._past[report.connection.id] = held
        self._past_bytes += held.bytes
        while self._past_bytes > MAX_PAST:
            self._forget(next(iter(self._past)))

    def _forget(self, number: int) -> list[Packet]:
        """Hold on to one of them no more; returns its packets. Its connection may be known for a good while yet."""
        held = self._past.pop(number)
        packets = [*held.first, *held.latest]
        self._past_bytes -= held.bytes
        self.bytes -= held.let_go()
        return packets

    def _write(self, held: Held) -> None:
        assert held.report is not None
        report, written = self._relate(held.report), self._written
        if not report.failed:
            self._drop(held)
            return
        remarks = Remarks(written.comments(report))
        packets = [Commented(packet, remarks.take(packet.number)) for packet in held.first]
        for packet in held.latest:
            packets.append(Commented(packet, [*_left_out(held, len(packets)), *remarks.take(packet.number)]))
        if packets and (rest := remarks.rest()):
            packets[-1] = Commented(packets[-1].packet, [*packets[-1].comments, *rest])
        resumed = dict.fromkeys(one.connection for one in report.related if one.relation in MADE_SESSION)
        originals = [number for number in resumed if number in self._past]
        randoms = [*(random for one in originals for random in self._past[one].randoms), *randoms_of(report)]
        before = [Commented(packet) for one in originals for packet in self._forget(one)]
        if written.write([*before, *packets], secrets_of(randoms, self._keys())):
            written.connections += 1
            written.left_out += held.left_out
        else:
            written.unwritten += 1
        self._drop(held)


def _made_a_session(report: ConnectionReport) -> bool:
    handshakes = report.connection.handshakes
    return any(one.resumed is not True and (one.session_id or one.new_tickets) for one in handshakes)


def _left_out(held: Held, place: int) -> list[str]:
    """What is said at the first packet behind those that were left out."""
    if not held.left_out or place != len(held.first):
        return []
    return [f"certwhy: {held.left_out} packets before this one were left out: only so many of a connection are kept."]
