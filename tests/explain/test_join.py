"""What the recorded ends printed, held against the capture of the same login."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from analyzer.explain.answer import explain
from analyzer.explain.clues import clues
from analyzer.explain.entries import load_messages
from analyzer.explain.join import join
from analyzer.explain.matching import Matcher
from analyzer.pipeline import Options, read_captures
from captures.recorder.truth import load

CAPTURES = Path(__file__).parents[2] / "captures"
FAILED = [
    path.parent
    for path in sorted(CAPTURES.glob("*/truth.toml"))
    if (truth := load(path)).expect.severity == "failure"
    and truth.expect.connections == 1
    and not (truth.client_cert or truth.trust or truth.expected_server or truth.server_key)
]
SAID = [(folder, side) for folder in FAILED for side in ("client", "server") if (folder / f"{side}.txt").is_file()]


@cache
def matcher() -> Matcher:
    return Matcher(load_messages())


@pytest.mark.parametrize(("folder", "side"), SAID, ids=lambda value: getattr(value, "name", value))
def test_a_message_with_its_capture_gets_the_verdict_of_that_login(folder: Path, side: str) -> None:
    truth = load(folder / "truth.toml")
    keys = (str(folder / truth.keys),) if truth.keys else ()
    report = read_captures([str(folder / truth.file)], Options(key_logs=keys))
    joined = join(explain((folder / f"{side}.txt").read_text(errors="replace"), matcher()), report)
    for reading in joined.readings:
        assert reading.capture is not None
        assert reading.capture.verdict is not None
        assert reading.capture.verdict.rule == truth.expect.verdict


def test_the_true_cause_is_among_the_causes(capsys: pytest.CaptureFixture[str]) -> None:
    told, right, wrong = 0, 0, []
    for folder, side in SAID:
        readings = explain((folder / f"{side}.txt").read_text(errors="replace"), matcher()).readings
        exact = [reading for reading in readings if reading.match == "exact"]
        if not exact:
            continue
        told += 1
        rules = {cause.rule for reading in exact for cause in reading.causes}
        if load(folder / "truth.toml").expect.verdict in rules:
            right += 1
        else:
            wrong.append(f"{folder.name} ({side})")
    with capsys.disabled():
        print(f"\nmessages of failed logins: the true cause is among the causes of {right} of {told}")
        print(*(f"    not: {name}" for name in wrong), sep="\n")
    assert right >= 0.95 * told


def test_whoever_refused_is_not_said_to_have_been_refused() -> None:
    for folder, side in SAID:
        outcomes = {handshake.outcome for handshake in load(folder / "truth.toml").handshakes}
        if len(outcomes) != 1 or "mitmproxy" in folder.name:  # a proxy's text is about its other connection as well
            continue
        wrong = {"failed_by_server": "server", "failed_by_client": "client"}.get(str(*outcomes))
        readings = explain((folder / f"{side}.txt").read_text(errors="replace"), matcher()).readings
        said = {reading.id: reading.refused for reading in readings if reading.match == "exact"}
        assert wrong is None or wrong not in said.values(), (folder.name, side, said)


def test_no_message_is_contradicted_by_its_own_capture() -> None:
    for folder, side in SAID:
        truth = load(folder / "truth.toml")
        keys = (str(folder / truth.keys),) if truth.keys else ()
        report = read_captures([str(folder / truth.file)], Options(key_logs=keys))
        joined = join(explain((folder / f"{side}.txt").read_text(errors="replace"), matcher()), report)
        contradicted = [r.id for r in joined.readings if r.capture and r.capture.agrees == "contradicts"]
        assert not contradicted, (folder.name, side, contradicted)


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("[Thu Nov 26 04:09:31.731866 2026] [ssl:info] [client 192.0.2.2:52196] AH01998", {("192.0.2.2", 52196)}),
        ("http: TLS handshake error from [2001:db8::1]:45376: tls", {("2001:db8::1", 45376)}),
        ("999.1.1.1:5 is no address", set()),
    ],
)
def test_a_line_names_the_ends(line: str, ends: set[tuple[str, int]]) -> None:
    assert clues(line).ends == ends


def test_times_fit_within_seconds_and_but_for_the_zone() -> None:
    line = "2026/11/26 04:09:44 [info] 7#7: *1 client sent no required SSL certificate"
    at = 1_795_666_184_000_000_000
    hour = 3_600_000_000_000
    assert clues(line).fits_time(at - 10**9, at) == 2
    assert clues(line).fits_time(at + 2 * hour, at + 2 * hour) == 1
    assert clues(line).fits_time(at + 100_000_000_000, at + 100_000_000_000) == 0
    assert clues("no time at all").fits_time(at, at) == 0


@pytest.mark.parametrize("at", [2**63, 2**80, -(2**63)])
def test_a_capture_with_a_time_beyond_the_calendar_fits_no_line(at: int) -> None:
    assert clues("Nov 26 04:09:31 web01 nginx[7]: x").fits_time(at, at) == 0
