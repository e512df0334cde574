"""The live pipeline on recorded packets: verdicts come when they can, and are corrected."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analyzer.capture import open_capture
from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.diagnose import Diagnosis, Expectations
from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Severity
from analyzer.packets import Packet
from analyzer.pipeline import LivePipeline, Options
from analyzer.pipeline.live import SETTLING_NS
from analyzer.tls import KeyRing

CAPTURES = Path(__file__).parents[2] / "captures"


class Watch:
    """A live pipeline and what it told."""

    def __init__(self, name: str, keys: KeyRing | None = None) -> None:
        self.told: list[tuple[int, str]] = []
        self.severities: list[Severity] = []
        diagnosis = Diagnosis(load_catalogue(), Expectations((), ()))
        self.pipeline = LivePipeline(diagnosis, Options(), self._tell, keys)
        with open_capture(str(CAPTURES / name / "capture.pcap")) as file:
            self.packets: list[Packet] = list(file)

    def _tell(self, report: ConnectionReport) -> None:
        self.told.append((report.connection.id, report.verdict.rule if report.verdict else "none"))
        if report.verdict:
            self.severities.append(report.verdict.severity)

    def feed(self, until: int) -> int:
        """The packets up to and with that number; returns the time of the last one."""
        for packet in self.packets:
            if packet.number <= until:
                self.pipeline.feed(packet)
        last = self.packets[until - 1].timestamp_ns
        assert last is not None
        return last


def test_a_fatal_alert_is_told_at_once() -> None:
    watch = Watch("expired-curl-openssl")
    alert = next(packet.number for packet in watch.packets if b"\x15\x03\x03\x00\x02\x02" in packet.data)
    now_ns = watch.feed(alert)
    watch.pipeline.tick(now_ns + 1)
    assert watch.told == [(1, "client-certificate-expired")]


def test_a_login_that_goes_well_is_told_when_it_has_been_quiet() -> None:
    watch = Watch("good-openssl-openssl")
    data = [packet.number for packet in watch.packets if b"\x17\x03\x03" in packet.data]
    now_ns = watch.feed(data[-1])
    watch.pipeline.tick(now_ns + SETTLING_NS // 2)
    assert watch.told == []
    watch.pipeline.tick(now_ns + SETTLING_NS)
    assert watch.told == [(1, "tls-succeeded")]
    watch.feed(len(watch.packets))
    watch.pipeline.flush()
    assert watch.told == [(1, "tls-succeeded")]


def test_a_later_fact_corrects_the_verdict_under_the_same_number() -> None:
    name = "renegotiation-expired-curl-apache"
    ring = KeyRing()
    ring.log.add((CAPTURES / name / "keys.log").read_bytes())
    watch = Watch(name, ring)
    watch.pipeline.tick(watch.feed(10) + SETTLING_NS)
    watch.feed(len(watch.packets))
    watch.pipeline.flush()
    assert [number for number, _ in watch.told] == [1, 1]
    assert watch.told[0][1] != watch.told[1][1] == "client-certificate-expired"


def test_an_attempt_that_was_given_up_is_corrected_when_the_next_one_comes() -> None:
    watch = Watch("left-when-asked-and-came-back-python-openssl")
    for packet in watch.packets:
        watch.pipeline.feed(packet)
        assert packet.timestamp_ns is not None
        watch.pipeline.tick(packet.timestamp_ns)
    watch.pipeline.flush()
    left, came_back = "client-closed-after-request", "tls-succeeded"
    assert watch.told == [(1, left), (2, came_back), (1, left)]
    assert [severity.name for severity in watch.severities] == ["FAILURE", "NOTE", "WARNING"]


def test_a_failure_beside_another_client_is_not_corrected() -> None:
    watch = Watch("left-when-asked-beside-another-program-python-curl")
    watch.feed(len(watch.packets))
    watch.pipeline.flush()
    assert sorted(number for number, _ in watch.told) == [1, 2]


def test_what_is_open_and_undecided_is_counted() -> None:
    watch = Watch("good-openssl-openssl")
    pipeline = watch.pipeline
    assert (pipeline.open_connections, pipeline.watched, pipeline.undecided, pipeline.connections) == (0, 0, 0, 0)
    data = [packet.number for packet in watch.packets if b"\x17\x03\x03" in packet.data]
    now_ns = watch.feed(data[0])
    assert (pipeline.open_connections, pipeline.watched, pipeline.undecided, pipeline.connections) == (1, 1, 1, 1)
    pipeline.tick(now_ns + SETTLING_NS)
    assert (pipeline.watched, pipeline.undecided) == (1, 0)
    pipeline.flush()
    assert (pipeline.open_connections, pipeline.watched, pipeline.undecided, pipeline.connections) == (0, 0, 0, 1)


def test_the_end_decides_what_could_not_be_decided_before() -> None:
    watch = Watch("good-openssl-openssl")
    watch.feed(next(packet.number for packet in watch.packets if b"\x16\x03" in packet.data))
    assert (watch.pipeline.watched, watch.pipeline.undecided) == (1, 1)
    watch.pipeline.flush()
    assert (watch.pipeline.watched, watch.pipeline.undecided) == (0, 0)
    assert len(watch.told) == 1


def test_keys_that_come_later_open_what_waits_for_them() -> None:
    name = "tls13-expired-curl-openssl"
    ring = KeyRing()
    ring.may_grow = True
    watch = Watch(name, ring)
    now_ns = watch.feed(9)
    ring.log.add((CAPTURES / name / "keys.log").read_bytes())
    watch.pipeline.keys_came()
    watch.pipeline.tick(now_ns + SETTLING_NS)
    assert watch.told == [(1, "client-certificate-expired")]
    watch.feed(len(watch.packets))
    watch.pipeline.flush()
    assert ring.kept_bytes == 0
    assert ring.followers == {}


def test_a_connection_that_is_over_waits_one_tick_for_its_keys() -> None:
    ring = KeyRing()
    ring.may_grow = True
    watch = Watch("tls13-expired-curl-openssl", ring)
    now_ns = watch.feed(len(watch.packets))
    watch.pipeline.tick(now_ns)
    assert [number for number, _ in watch.told] == [1]
    assert ring.kept_bytes == 0


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "name",
    ["expired-curl-openssl", "tls13-good-openssl-nginx", "empty-openssl-nginx-proxy-v2", "tls13-expired-curl-openssl"],
)
def test_what_is_over_is_freed_at_once(name: str) -> None:
    """A watch searches for cycles so rarely that they would fill its memory; so there must be none."""
    keys = KeyRing()
    keys.may_grow = True
    log = CAPTURES / name / "keys.log"
    if log.exists():
        keys.log.add(log.read_bytes())
    Watch(name)  # what is loaded on first use
    with _no_search_for_cycles():
        watch = Watch(name, keys)
        watch.pipeline.tick(watch.feed(len(watch.packets) // 2) + SETTLING_NS)
        watch.feed(len(watch.packets))
        watch.pipeline.flush()
        assert watch.told
        assert gc.collect() == 0
