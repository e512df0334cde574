"""Rules that rest on time, TCP or other connections: one fact of a recorded case is changed, and the rule's answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from analyzer.model import CaptureIndex, Case, Confidence, Endpoint, Meeting, Outcome, Severity, Unseen
from analyzer.model.handshake import Reset, Stalled
from analyzer.packets import Side
from analyzer.rule_api import UndecidedError
from captures.recorder.truth import load
from tests.rules.test_edges import ask, case_of, report_of
from tests.test_truth import CAPTURES, analyse

SECOND = 1_000_000_000
DISMISSED = "prompt-dismissed-go-openssl"
TOO_LONG = "prompt-too-long-go-haproxy"
LOST = "client-flight-lost-curl-haproxy"
STALLS = "revocation-check-stalls-curl-apache"
OUTLASTS = "revocation-check-outlasts-curl-apache"


def with_connection(case: Case, **facts: Any) -> Case:
    return msgspec.structs.replace(case, connection=msgspec.structs.replace(case.connection, **facts))


def ending_of(case: Case, **facts: Any) -> Case:
    return with_connection(case, ending=msgspec.structs.replace(case.connection.ending, **facts))


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("empty-answer-came-late", DISMISSED),
        ("server-gave-up-waiting", TOO_LONG),
        ("server-slow-over-client-certificate", STALLS),
    ],
)
def test_a_loss_explains_a_silence(rule: str, name: str) -> None:
    case = case_of(name)
    assert ask(rule, case) is not None
    request = case.handshake.certificate_request
    began = request.timestamp_ns  # type: ignore[union-attr]
    assert began is not None
    for side in ((began + SECOND, None), (None, began + SECOND)):
        assert ask(rule, with_connection(case, sent_again=side)) is None


def test_packets_that_were_recorded_twice_are_no_loss() -> None:
    case = case_of(DISMISSED)
    began = case.handshake.certificate_request.timestamp_ns  # type: ignore[union-attr]
    assert ask("empty-answer-came-late", with_connection(case, sent_again=(None, began))) is not None


def test_a_person_that_was_asked_is_only_possible_and_leaves_the_verdict_alone() -> None:
    report = report_of(DISMISSED)
    (finding,) = (one for one in report.findings if one.rule == "empty-answer-came-late")
    assert (finding.confidence, finding.severity) == (Confidence.POSSIBLE, Severity.WARNING)
    assert report.verdict is not None
    assert report.verdict.rule == "client-sent-empty-certificate"


def test_a_server_that_gave_up_needs_the_clients_side() -> None:
    case = with_connection(case_of(TOO_LONG), missing=((6, Side.CLIENT, 100),))
    with pytest.raises(UndecidedError):
        ask("server-gave-up-waiting", case)


def test_a_client_that_left_first_was_not_waited_for() -> None:
    assert ask("server-gave-up-waiting", ending_of(case_of(TOO_LONG), by=Side.CLIENT)) is None


def test_a_slow_server_is_a_failure_only_where_the_client_left() -> None:
    rule = "server-slow-over-client-certificate"
    left, answered = ask(rule, case_of(OUTLASTS)), ask(rule, case_of(STALLS))
    assert left is not None
    assert answered is not None
    assert (left.severity, answered.severity) == (None, Severity.WARNING)


def test_a_flight_that_never_arrived_makes_no_server_slow() -> None:
    lost = (Stalled(Side.CLIENT, 1444, 5, 9, SECOND),)
    assert ask("server-slow-over-client-certificate", with_connection(case_of(OUTLASTS), stalled=lost)) is None


def test_without_a_sign_of_life_a_lost_flight_is_only_possible() -> None:
    rule = "large-flight-never-arrived"
    alive, silent = ask(rule, case_of(LOST)), ask(rule, ending_of(case_of(LOST), server_closed=None))
    assert alive is not None
    assert silent is not None
    assert (alive.confidence, silent.confidence) == (None, Confidence.POSSIBLE)


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(Stalled(Side.CLIENT, 300, 5, 12, SECOND), id="a small packet"),
        pytest.param(Stalled(Side.CLIENT, 1444, 5, 12, 1000), id="a capture that holds packets five times"),
        pytest.param(Stalled(Side.SERVER, 1444, 5, 12, SECOND), id="the other side went on"),
    ],
)
def test_what_is_no_black_hole(lost: Stalled) -> None:
    assert ask("large-flight-never-arrived", with_connection(case_of(LOST), stalled=(lost,))) is None


def test_a_large_upload_after_the_handshake_is_another_matter() -> None:
    lost = (Stalled(Side.CLIENT, 1444, 5, 20, SECOND),)
    case = with_connection(case_of("good-openssl-openssl"), stalled=lost)
    assert ask("large-flight-never-arrived", case) is None
    sealed = case_of("tls13-good-curl-openssl", keys=False)
    assert sealed.handshake.outcome is Outcome.UNDETERMINED
    assert ask("large-flight-never-arrived", with_connection(sealed, stalled=lost)) is None


RESET = "expired-psql-postgresql"


def test_a_reset_counts_at_the_moment_of_the_alert() -> None:
    case = case_of(RESET)
    reset = case.connection.ending.reset
    assert reset is not None
    assert reset.timestamp_ns is not None
    later = Reset(Side.SERVER, reset.packet, reset.timestamp_ns + SECOND)
    assert ask("reset-follows-alert", case) is not None
    assert ask("reset-follows-alert", ending_of(case, reset=later)) is None
    assert ask("reset-follows-alert", ending_of(case, reset=Reset(Side.CLIENT, 99, reset.timestamp_ns))) is None


def test_a_client_that_left_before_the_reset_had_read_the_alert() -> None:
    case = case_of(RESET)
    alert = case.handshake.fatal_alert(Side.SERVER)
    reset = case.connection.ending.reset
    assert alert is not None
    assert reset is not None
    left = ending_of(case, client_closed=alert.packet + 1, reset=Reset(Side.SERVER, 99, reset.timestamp_ns))
    assert ask("reset-follows-alert", left) is None


def test_ten_seconds_make_a_delay() -> None:
    case = case_of("refusal-delayed-curl-python")
    assert ask("refusal-delayed", case) is not None
    assert ask("refusal-delayed", case_of(STALLS)) is None
    assert ask("refusal-delayed", case_of(OUTLASTS)) is None


# What other connections tell


def with_meetings(case: Case, *found: Meeting) -> Case:
    """The same in a capture that holds these connections, and no others."""
    capture = CaptureIndex()
    capture.meetings = SimpleNamespace(of=lambda _: found, of_client=lambda _: found)  # type: ignore[assignment]
    return msgspec.structs.replace(case, capture=capture)


def asked(
    sni: str | None = "shop.example", *, answered: bool = False, refused: bool = True, first: int = 5, hello: int = 7
) -> Meeting:
    return Meeting(9, Endpoint("192.0.2.3", 8443), sni, first, hello, answered, refused)


NEVER = "never-asked-curl-nginx"


@pytest.mark.parametrize(
    ("meeting", "expected", "confidence"),
    [
        pytest.param(asked(), False, "likely", id="refused"),
        pytest.param(asked(answered=True), True, None, id="the proxy has a certificate"),
        pytest.param(asked(refused=False), False, None, id="it went on without"),
        pytest.param(asked(refused=False), True, "possible", id="it went on without, and one was expected"),
        pytest.param(asked(first=1_000), True, None, id="later"),
    ],
)
def test_a_proxy_is_told_by_what_it_does_meanwhile(meeting: Meeting, expected: bool, confidence: str | None) -> None:
    match = ask("proxy-terminates-tls", with_meetings(case_of(NEVER, expected=expected), meeting))
    assert (match is not None) == (confidence is not None)
    if match is not None:
        assert match.confidence is (None if confidence == "likely" else Confidence.POSSIBLE)


def test_a_server_that_speaks_before_it_says_hello_behind_may_be_the_end_of_a_tunnel() -> None:
    case = case_of(NEVER)
    said = case.handshake.server_data
    assert isinstance(said, int)
    with pytest.raises(UndecidedError):
        ask("proxy-terminates-tls", with_meetings(case, asked(hello=said + 1)))
    assert ask("proxy-terminates-tls", with_meetings(case, asked(hello=said - 1))) is not None
    tunnel = msgspec.structs.replace(case.handshake, tunnel_to="shop.example:443")
    told = msgspec.structs.replace(with_meetings(case, asked()), handshake=tunnel)
    assert ask("proxy-terminates-tls", told) is None


def named(case: Case, name: str | None) -> Case:
    """The same ClientHello with another server name."""
    hello = case.handshake.client_hello
    assert not isinstance(hello, Unseen)
    extensions = msgspec.structs.replace(hello.message.extensions, server_name=name)
    message = msgspec.structs.replace(hello.message, extensions=extensions)
    changed = msgspec.structs.replace(case.handshake, client_hello=msgspec.structs.replace(hello, message=message))
    return msgspec.structs.replace(case, handshake=changed)


@pytest.mark.parametrize(
    ("name", "meetings", "expected", "confidence"),
    [
        pytest.param("other.example", (asked(),), False, "likely", id="another name, and one that asks"),
        pytest.param(None, (asked(),), False, "likely", id="no name, and one that asks"),
        pytest.param("other.example", (), True, "possible", id="another name"),
        pytest.param("other.example", (), False, None, id="another name, and nothing was expected"),
        pytest.param(None, (), True, None, id="no name"),
        pytest.param(None, (asked(None),), True, None, id="it asks without a name too"),
        pytest.param("SHOP.example.", (asked("other.example"),), True, None, id="the name of the certificate"),
    ],
)
def test_the_default_host_is_told_by_its_certificate_and_its_neighbours(
    name: str | None, meetings: tuple[Meeting, ...], expected: bool, confidence: str | None
) -> None:
    case = with_meetings(named(case_of(NEVER, expected=expected), name), *meetings)
    match = ask("default-virtual-host-answered", case)
    assert (match is not None) == (confidence is not None)
    if match is not None:
        assert match.confidence is (None if confidence == "likely" else Confidence.POSSIBLE)


def test_a_policy_changes_before_the_session_is_resumed_and_for_its_name() -> None:
    folder = CAPTURES / "session-outlives-policy-openssl-haproxy"
    report = analyse(folder, load(folder / "truth.toml")).connections[2]
    resumed = Case(report.connection.handshakes[0], report.connection, report.capture)
    assert ask("session-outlives-policy-change", resumed) is not None
    assert ask("session-outlives-policy-change", with_connection(resumed, sni="other.example")) is None
    assert ask("session-outlives-policy-change", with_connection(resumed, first_packet=1)) is None
