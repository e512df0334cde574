"""Holding packets until there is a verdict: whose, how many, how long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer.capture import FrameDecoder, PacketFiles, open_capture
from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.diagnose import Diagnosis, Expectations
from analyzer.diagnosis.report import ConnectionReport, Related, Relation
from analyzer.packets import PACKET_BYTES, Packet
from analyzer.pipeline import LivePipeline, Options, Pipeline, Written, keeper
from analyzer.pipeline.keeper import LINGER_NS, MAX_HELD, PATIENCE_NS, Held, Keeper
from analyzer.render.comments import comments
from analyzer.streams import TcpConnection, TcpTracker
from tests.capture.test_fragments import piece
from tests.capture.wire import ethernet, ipv4, read, tcp
from tests.support.reports import connection, failed_login, good_login, handshake, told
from tests.support.traffic import Sent, capture_of, segments_of, to_packets

SYN, ACK, FIN = 0x02, 0x10, 0x11
SECOND = 1_000_000_000
START = 1_795_640_000_000_000_000


class Consumer:
    """Takes everything and finds nothing."""

    def deliver(self, end: int, data: bytes, packet: int, timestamp_ns: int | None) -> int:
        return 0

    def gap(self, end: int, length: int, packet: int) -> None:
        pass

    def settled(self, connection: TcpConnection) -> None:
        pass


class Bench:
    """A keeper whose verdicts a test gives itself."""

    def __init__(self, path: Path) -> None:
        self.written = Written(PacketFiles(str(path)), lambda report: {1: ["the first packet"]}, print)
        self.tracker = TcpTracker(lambda connection: Consumer())
        self.keeper = Keeper(self.written, FrameDecoder(keep_pieces=True), self.tracker, lambda: None, self._related)
        self.number = 0
        self.path = path
        self.excused = False
        """Another connection has come that excuses every failure."""

    def _related(self, report: ConnectionReport) -> ConnectionReport:
        return good_login() if self.excused else report

    def send(self, port: int, payload: bytes = b"", flags: int = ACK, sequence: int = 1, at_ns: int = 0) -> None:
        segment = Sent(path_of(port), sequence, 0, flags, payload)
        (packet,) = to_packets([segment])
        self.feed(packet.data, at_ns, packet.link_type)

    def feed(self, data: bytes, at_ns: int = 0, link_type: int = 101) -> None:
        self.number += 1
        segment = self.keeper.decode(Packet(self.number, START + at_ns, link_type, data, len(data)))
        if segment is not None:
            self.keeper.track(segment)  # type: ignore[arg-type]

    def judge(self, port: int, report: ConnectionReport, *, final: bool = True) -> None:
        connection = self.tracker.connection_of(path_of(port))
        assert connection is not None
        self.keeper.judge(connection, report, final=final)

    def numbers(self) -> list[int]:
        """What stands in the file: of each packet its length stands for it."""
        packets, truncated = read(self.path)
        assert truncated is None
        return [len(packet.data) for packet in packets]


def path_of(port: int) -> bytes:
    return bytes((10, 0, 0, 1, 10, 0, 0, 2)) + port.to_bytes(2, "big") + (443).to_bytes(2, "big")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "written")
    yield made
    made.written.files.close()
    assert made.keeper.bytes == 0


def open_connection(bench: Bench, port: int) -> None:
    bench.send(port, flags=SYN, sequence=0)
    bench.send(port, b"hello")


def test_what_failed_is_written_a_moment_after_its_end(bench: Bench) -> None:
    open_connection(bench, 1)
    bench.judge(1, failed_login())
    bench.send(1, at_ns=LINGER_NS // 2)
    assert bench.numbers() == []
    bench.keeper.tick(START + LINGER_NS + SECOND)
    assert bench.numbers() == [40, 45, 40]
    bench.send(1, at_ns=LINGER_NS + 2 * SECOND)
    bench.keeper.flush()
    assert bench.numbers() == [40, 45, 40]
    assert (bench.written.connections, bench.written.packets) == (1, 3)


def test_what_goes_on_after_its_verdict_is_written_without_its_end(bench: Bench) -> None:
    open_connection(bench, 1)
    bench.judge(1, failed_login(), final=False)
    bench.judge(1, failed_login(), final=False)
    bench.keeper.tick(START + PATIENCE_NS - SECOND)
    assert bench.numbers() == []
    bench.keeper.tick(START + PATIENCE_NS + SECOND)
    assert bench.numbers() == [40, 45]
    bench.judge(1, failed_login())
    bench.keeper.flush()
    assert bench.numbers() == [40, 45]
    assert (bench.written.connections, bench.written.given_up) == (1, 0)


def test_a_verdict_that_is_corrected_in_time(bench: Bench) -> None:
    open_connection(bench, 1)
    bench.judge(1, failed_login(), final=False)
    bench.judge(1, good_login(), final=False)
    bench.keeper.tick(START + 2 * PATIENCE_NS)
    bench.judge(1, good_login())
    assert bench.keeper.bytes == 0
    bench.keeper.flush()
    assert bench.numbers() == []


def test_a_failure_that_another_connection_excuses_before_it_is_written(bench: Bench) -> None:
    open_connection(bench, 1)
    bench.judge(1, failed_login())
    bench.excused = True
    bench.keeper.tick(START + 2 * PATIENCE_NS)
    assert bench.keeper.bytes == 0
    assert bench.written.connections == 0
    assert bench.numbers() == []


def test_what_failed_and_has_not_ended_is_written_at_the_end_of_the_watch(bench: Bench) -> None:
    open_connection(bench, 1)
    open_connection(bench, 2)
    bench.judge(2, failed_login(), final=False)
    bench.keeper.flush()
    assert bench.numbers() == [40, 45]


def test_of_one_connection_the_beginning_and_the_latest_are_held(bench: Bench) -> None:
    open_connection(bench, 1)
    for index in range(3_000):
        bench.send(1, bytes(1_000), sequence=6 + 1_000 * index)
        assert bench.keeper.bytes <= MAX_HELD
    bench.send(1, b"last", sequence=6 + 3_000_000)
    bench.judge(1, failed_login())
    bench.keeper.flush()
    lengths = bench.numbers()
    assert lengths[:2] == [40, 45]
    assert lengths[-1] == 44
    assert len(lengths) + bench.written.left_out == 3_003
    assert 0.9 * MAX_HELD < sum(lengths) + PACKET_BYTES * len(lengths) <= MAX_HELD
    said = (bench.path).read_bytes()
    assert f"{bench.written.left_out} packets before this one were left out".encode() in said
    (problem,) = bench.written.problems()
    assert problem.kind == "limit"


def test_a_packet_that_is_larger_than_all_that_may_be_held(bench: Bench) -> None:
    open_connection(bench, 1)
    bench.feed(to_packets([Sent(path_of(1), 6, 0, ACK, b"")])[0].data + bytes(2 * MAX_HELD))
    assert bench.keeper.bytes < MAX_HELD
    bench.judge(1, failed_login())
    bench.keeper.flush()
    assert (bench.numbers(), bench.written.left_out) == ([40, 45], 1)


def test_of_all_connections_the_oldest_goes_unless_it_has_failed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "MAX_HELD_IN_ALL", 10_000)
    for port in range(1, 41):
        open_connection(bench, port)
        if port == 1:
            bench.judge(1, failed_login(), final=False)
        assert bench.keeper.bytes <= 10_000
    assert bench.numbers() == [40, 45]  # it had failed already
    bench.judge(2, failed_login(), final=False)
    bench.judge(2, failed_login())  # it fails too late
    bench.judge(3, good_login())
    bench.judge(40, failed_login())
    bench.keeper.flush()
    assert bench.numbers() == [40, 45] * 2
    assert (bench.written.connections, bench.written.given_up) == (2, 1)


def with_session(number: int) -> ConnectionReport:
    """A login that went well and made a session."""
    return told(connection(handshake(session_id=b"session"), id=number))


def resuming(*numbers: int) -> ConnectionReport:
    """A failed login that resumes sessions of others."""
    return failed_login(related=tuple(Related(number, Relation.RESUMES, 4, "made the session") for number in numbers))


def test_the_session_that_a_failed_one_resumes_is_written_before_it_and_once(bench: Bench) -> None:
    for port, size in ((1, 10), (2, 20), (3, 30)):
        bench.send(port, flags=SYN, sequence=0)
        bench.send(port, bytes(size))
        bench.judge(port, with_session(port))
    for port in (4, 5):
        open_connection(bench, port)
        bench.judge(port, resuming(2, 2, 99))
    bench.keeper.flush()
    assert bench.numbers() == [40, 60, *[40, 45] * 2]
    assert (bench.written.connections, bench.written.packets) == (2, 6)


def test_sessions_are_held_within_bounds_and_go_first(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "MAX_PAST", 1_000)
    monkeypatch.setattr(keeper, "MAX_HELD_IN_ALL", 10_000)
    for port in range(1, 101):
        open_connection(bench, port)
        bench.judge(port, with_session(port))
        assert bench.keeper.bytes <= 1_000
    open_connection(bench, 200)
    bench.judge(200, resuming(1, 100))
    bench.keeper.tick(START + LINGER_NS + SECOND)
    assert bench.numbers() == [40, 45] * 2  # the first one has gone, the last is there
    for port in range(300, 320):
        open_connection(bench, port)
    assert bench.keeper.bytes <= 10_000
    open_connection(bench, 400)
    bench.judge(400, resuming(99))
    bench.keeper.flush()
    assert bench.numbers() == [40, 45] * 3  # all of them have made room
    assert bench.written.given_up == 0


def test_a_session_that_has_made_room_is_let_go_although_its_connection_is_known(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tracker remembers a connection that is over, and what is attached to it."""
    monkeypatch.setattr(keeper, "MAX_PAST", 1_000)
    for port in range(1, 21):
        open_connection(bench, port)
        bench.judge(port, with_session(port))
    held = [connection.attached for port in range(1, 21) if (connection := bench.tracker.connection_of(path_of(port)))]
    packets = sum(len(one.first) + len(one.latest) for one in held if isinstance(one, Held))
    assert len(held) == 20
    assert 0 < packets * PACKET_BYTES <= 1_000
    bench.keeper.flush()


def test_the_fragments_of_a_segment_are_held(bench: Bench) -> None:
    bench.feed(ethernet(ipv4(tcp(b"first"))), link_type=1)
    frames = [piece(30, 99), piece(0, 30)]
    for frame in frames:
        bench.feed(frame, link_type=1)
    path = frames[0][26:34] + tcp()[:4]
    connection = bench.tracker.connection_of(path)
    assert connection is not None
    bench.keeper.judge(connection, failed_login(), final=True)
    bench.keeper.flush()
    assert [packet.data for packet in read(bench.path)[0]][1:] == frames


def test_packets_without_time_wait_for_the_end(tmp_path: Path) -> None:
    written = Written(PacketFiles(str(tmp_path / "written")), comments, print)
    pipeline = Pipeline(Diagnosis(load_catalogue(), Expectations()), Options(), 0, written=written)
    packets = [
        Packet(packet.number, None, packet.link_type, packet.data, packet.wire_length)
        for packet in to_packets(segments_of("expired-curl-openssl"))
    ]
    for packet in packets:
        pipeline.feed(packet)
    (report,) = pipeline.flush()
    written.files.close()
    assert report.failed
    assert read(tmp_path / "written")[0] == packets


def test_what_is_no_tls_is_let_go(tmp_path: Path) -> None:
    written = Written(PacketFiles(str(tmp_path / "written")), comments, print)
    pipeline = Pipeline(Diagnosis(load_catalogue(), Expectations()), Options(), 0, written=written)
    held = pipeline._keeper
    assert held is not None
    most = 0
    for packet in to_packets(
        [Sent(path_of(1), 0, 0, SYN, b""), *(Sent(path_of(1), 1 + 1_000 * n, 0, ACK, b"x" * 1_000) for n in range(200))]
    ):
        pipeline.feed(packet)
        most = max(most, held.bytes)
    assert 60_000 < most < 100_000
    assert held.bytes == 0
    for packet in to_packets([Sent(path_of(2), 0, 0, SYN, b""), Sent(path_of(2), 1, 0, ACK, b"short")]):
        pipeline.feed(packet)
    assert held.bytes > 0
    pipeline.flush()
    written.files.close()
    assert held.bytes == 0


class Counting(Diagnosis):
    """Counts how often it is asked."""

    asked = 0

    def diagnose(self, *arguments: Any) -> ConnectionReport:
        self.asked += 1
        return super().diagnose(*arguments)


def test_what_is_told_and_written_at_once_is_diagnosed_once(tmp_path: Path) -> None:
    written = Written(PacketFiles(str(tmp_path / "written")), comments, print)
    diagnosis, seen = Counting(load_catalogue(), Expectations()), list[ConnectionReport]()
    pipeline = Pipeline(diagnosis, Options(), 0, seen.append, written=written)
    for packet in to_packets(segments_of("expired-curl-openssl")):
        pipeline.feed(packet)
    assert pipeline.flush() == []
    written.files.close()
    assert (len(seen), pipeline.failed, written.connections, diagnosis.asked) == (1, 1, 1, 1)


def test_a_watch_writes_when_it_has_told(tmp_path: Path) -> None:
    name = "expired-curl-openssl"
    written = Written(PacketFiles(str(tmp_path / "written")), comments, print)
    told: list[ConnectionReport] = []
    pipeline = LivePipeline(Diagnosis(load_catalogue(), Expectations()), Options(), told.append, None, written)
    with open_capture(str(capture_of(name))) as file:
        packets = list(file)
    for packet in packets:
        pipeline.feed(packet)
    last_ns = packets[-1].timestamp_ns
    assert last_ns is not None
    pipeline.tick(last_ns + SECOND // 2)
    assert read(tmp_path / "written")[0] == []
    pipeline.tick(last_ns + LINGER_NS + 2 * SECOND)
    assert [packet.data for packet in read(tmp_path / "written")[0]] == [packet.data for packet in packets]
    pipeline.flush()
    written.files.close()
    assert (len(told), written.connections, written.packets) == (1, 1, len(packets))
