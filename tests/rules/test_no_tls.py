"""A server without TLS, one that never answers, closes that a capture does not hold: segments are left out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from analyzer.diagnosis.report import ConnectionReport
from analyzer.packets import TcpFlags
from tests.support.traffic import Sent, analyse, segments_of, to_packets

SILENT, CLOSING = "unanswered-client-hello-curl-python", "closed-after-hello-openssl-python"
HTTP, GREETING = "not-tls-http-curl-python", "not-tls-greeting-openssl-python"
NEVER, NOT_TLS = "server-never-answered", "server-does-not-speak-tls"


def of_server(segments: Sequence[Sent], segment: Sent) -> bool:
    """End 0 sent the first segment: the client's SYN."""
    return segment.path != segments[0].path


def told(segments: Sequence[Sent]) -> set[str]:
    (report,) = analyse(to_packets(segments))
    return {finding.rule for finding in report.findings}


def report_without(name: str, left_out: TcpFlags, *, server: bool) -> ConnectionReport:
    segments = segments_of(name)
    (report,) = analyse(
        to_packets(one for one in segments if not (one.flags & left_out and of_server(segments, one) is server))
    )
    return report


@pytest.mark.parametrize(("name", "rule"), [(CLOSING, NEVER), (HTTP, NOT_TLS), (GREETING, NOT_TLS)])
def test_as_recorded(name: str, rule: str) -> None:
    assert rule in told(segments_of(name))


@pytest.mark.parametrize("name", [SILENT, CLOSING, HTTP, GREETING])
def test_of_a_server_whose_packets_are_not_there_nothing_is_said(name: str) -> None:
    segments = segments_of(name)
    assert not {NEVER, NOT_TLS} & told([one for one in segments if not of_server(segments, one)])


@pytest.mark.parametrize("flag", [TcpFlags.SYN, TcpFlags.FIN])
@pytest.mark.parametrize("server", [False, True])
def test_a_server_that_said_something_answered(flag: TcpFlags, server: bool) -> None:
    for name in (HTTP, GREETING):
        assert NEVER not in {finding.rule for finding in report_without(name, flag, server=server).findings}


def test_an_answer_that_is_lost_is_no_silence_and_no_other_protocol() -> None:
    segments = segments_of("good-openssl-openssl")
    lost = [one for one in segments if not (of_server(segments, one) and one.payload)]
    assert not {NEVER, NOT_TLS} & told(lost)


def test_a_greeting_before_starttls_is_none_without_tls() -> None:
    assert NOT_TLS not in told(segments_of("good-openssl-python-starttls-smtp"))


def test_bytes_lost_before_what_is_no_record_are_minded() -> None:
    segments = segments_of(HTTP)
    first = next(place for place, one in enumerate(segments) if of_server(segments, one) and one.payload)
    assert NOT_TLS not in told(segments[:first] + segments[first + 1 :])


def test_a_reset_that_only_answers_does_not_say_when_the_server_closed() -> None:
    report = report_without("prompt-too-long-go-haproxy", TcpFlags.FIN, server=True)
    assert report.verdict is None
    assert "server-closed-without-alert" in {one.rule for one in report.undecided}


def test_an_alert_that_is_captured_before_its_hello_is_tls() -> None:
    segments = segments_of("no-common-version-curl-openssl")
    alert = next(one for one in segments if of_server(segments, one) and one.payload)
    hello = next(place for place, one in enumerate(segments) if one.payload and not of_server(segments, one))
    rest = [one for one in segments if one is not alert]
    assert not {NEVER, NOT_TLS} & told([*rest[:hello], alert, *rest[hello:]])
