"""Recordings put together in one capture, against the same address: what belongs together, and what does not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from analyzer.capture import open_capture
from analyzer.diagnosis.report import ConnectionReport
from analyzer.packets import Packet
from tests.support.traffic import analyse, capture_of, key_log_of

MS = 1_000_000
START = 1_795_640_000_000_000_000


def packets_of(name: str) -> list[Packet]:
    with open_capture(str(capture_of(name))) as file:
        return list(file)


def merged(*recordings: Sequence[Packet], pause_ns: int = 50 * MS) -> list[Packet]:
    """One after the other, so long after each other, numbered anew."""
    found: list[Packet] = []
    begins_ns = START
    for packets in recordings:
        first = packets[0].timestamp_ns or 0
        for packet in packets:
            at_ns = begins_ns + (packet.timestamp_ns or 0) - first
            found.append(Packet(len(found) + 1, at_ns, packet.link_type, packet.data, packet.wire_length))
        begins_ns = (found[-1].timestamp_ns or 0) + pause_ns
    return found


def related(reports: Sequence[ConnectionReport]) -> list[list[str]]:
    places = {report.connection.id: place for place, report in enumerate(reports, 1)}
    return [[f"{one.relation} {places[one.connection]}" for one in report.related] for report in reports]


def halves(name: str, connection: int) -> tuple[list[Packet], list[Packet]]:
    """The packets before a connection of a recording, and the others."""
    packets = packets_of(name)
    (first,) = analyse(packets, key_log_of(name))[connection - 1 : connection]
    at = first.connection.first_packet - 1
    return packets[:at], packets[at:]


def test_a_failure_and_a_good_login_of_another_recording() -> None:
    reports = analyse(merged(packets_of("expired-curl-openssl"), packets_of("good-openssl-openssl")))
    assert related(reports) == [["works 2"], []]
    (compared,) = reports[0].related
    assert "from 192.0.2.2 succeeded against the same server" in compared.why
    assert [one.fact for one in compared.differs] == ["client program (JA4)"]


def test_a_chain_that_was_sent_and_one_that_was_not() -> None:
    reports = analyse(merged(packets_of("good-openssl-openssl"), packets_of("intermediate-missing-curl-openssl")))
    (compared,) = reports[1].related
    differs = {one.fact: (one.here, one.there) for one in compared.differs}
    assert differs["certificates sent"] == ("1", "2")


def test_clients_behind_one_address_are_not_merged() -> None:
    """Three stacks: one leaves when it is asked, two log in. Nobody's attempt is taken for another one's."""
    names = ("closed-after-request-python-openssl", "good-openssl-openssl", "good-go-apache")
    reports = analyse(merged(*map(packets_of, names)))
    assert [len(found) for found in related(reports)] == [1, 0, 0]
    assert related(reports)[0][0].startswith("works")
    assert reports[0].failed


@pytest.mark.parametrize(("minutes", "belongs"), [(0, True), (1, True), (5, False)])
def test_an_attempt_and_how_long_it_is_remembered(minutes: int, belongs: bool) -> None:
    left, came_back = halves("left-when-asked-and-came-back-python-openssl", 2)
    reports = analyse(merged(left, came_back, pause_ns=minutes * 60_000 * MS))
    assert related(reports) == ([["repeated-by 2"], ["repeats 1"]] if belongs else [["works 2"], []])
    assert reports[0].failed is not belongs


def test_a_session_of_another_recording_is_not_taken_for_the_one_that_is_resumed() -> None:
    _, resumed = halves("resumed-by-ticket-without-certificate-openssl-nginx", 2)
    other, _ = halves("resumed-of-two-sessions-openssl-nginx", 3)
    reports = analyse(merged(other, resumed))
    assert related(reports) == [[], [], []]


def test_the_beginning_of_a_session_may_stand_far_before_it() -> None:
    name = "resumed-of-two-sessions-openssl-nginx"
    began, resumed = halves(name, 3)
    between = [packets_of("good-go-apache"), packets_of("expired-curl-openssl")]
    reports = analyse(merged(began, *between, resumed, pause_ns=3_600_000 * MS))
    assert related(reports)[4:] == [["resumes 1"], ["resumes 2"]]
    whys = [report.related[0].why for report in reports[4:]]
    assert whys[0].endswith("there the client sent CN=alice,O=Corp")
    assert whys[1].endswith("there the client answered with no certificate")


def test_without_keys_a_browsers_attempts_are_known_by_their_shape() -> None:
    name = "tls13-good-chromium-nginx"
    with_keys, without = analyse(packets_of(name), key_log_of(name)), analyse(packets_of(name))
    assert related(without) == related(with_keys)
    assert not any(report.failed for report in without)


def test_without_keys_a_tls13_session_is_not_guessed() -> None:
    reports = analyse(packets_of("tls13-resumed-of-two-sessions-openssl-nginx"))
    assert related(reports) == [[], [], [], []]
