"""Every capture under captures/ gives what its truth.toml says, and nothing that it says must not be found."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import pytest

from analyzer.diagnosis.report import Report
from analyzer.model import Handshake, SeenRequest, Severity, Unseen, certificate_status, request_status
from analyzer.pipeline import read_captures
from analyzer.pipeline.recorded_cases import recorded
from analyzer.tls.codepoints import alert_level_name, alert_name, version_name
from captures.recorder.truth import Handshake as TrueHandshake
from captures.recorder.truth import Truth, load

CAPTURES = Path(__file__).parents[1] / "captures"
FOLDERS = sorted(path.parent for path in CAPTURES.glob("*/truth.toml"))


@cache
def analyse(folder: Path, truth: Truth) -> Report:
    """With the keys that are beside it, or without them where ``truth`` names none."""
    capture, options = recorded(folder)
    if truth.keys is None:
        options = msgspec.structs.replace(options, key_logs=())
    return read_captures([str(capture)], options)


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name, scope="module")
def case(request: pytest.FixtureRequest) -> tuple[Truth, Report]:
    folder: Path = request.param
    truth = load(folder / "truth.toml")
    return truth, analyse(folder, truth)


def test_verdict(case: tuple[Truth, Report]) -> None:
    truth, report = case
    expect = truth.expect
    assert len(report.connections) == expect.connections
    told = [connection for connection in report.connections if connection.failed] or list(report.connections)
    verdict = told[-1].verdict
    assert (verdict.rule if verdict else "none") == expect.verdict
    assert (verdict.severity.name.lower() if verdict else "none") == expect.severity
    if expect.confidence:
        assert verdict is not None
        assert verdict.confidence.name.lower() == expect.confidence


def test_findings(case: tuple[Truth, Report]) -> None:
    truth, report = case
    found = {finding.rule for connection in report.connections for finding in connection.findings}
    assert set(truth.expect.findings) <= found
    assert not set(truth.expect.not_findings) & found
    assert set(truth.expect.problems) <= {problem.kind for problem in report.problems}


def test_one_story(case: tuple[Truth, Report]) -> None:
    """From the root down to what was seen, each the cause of the next; nothing else is told as a failure."""
    for connection in case[1].connections:
        failures = {one for one in connection.findings if one.severity is Severity.FAILURE}
        if not connection.failed:
            assert not failures
            continue
        verdict = connection.verdict
        assert verdict is not None
        told = [
            one for one in connection.findings if one.rule in verdict.because and one.handshake == verdict.handshake
        ]
        causes = {one.rule: one.explained_by for one in told}
        assert failures <= set(told)
        assert verdict.because[0] == verdict.rule
        assert causes[verdict.rule] is None
        assert all(causes[one.rule] in causes for one in failures if one.rule != verdict.rule)


def test_connections_explain_each_other(case: tuple[Truth, Report]) -> None:
    truth, report = case
    if truth.expect.related is None:
        pytest.skip("not judged")
    places = {one.connection.id: place for place, one in enumerate(report.connections, 1)}
    seen = {
        f"{places[one.connection.id]} {related.relation} {places[related.connection]}"
        for one in report.connections
        for related in one.related
    }
    assert seen == set(truth.expect.related)


def test_no_rule_is_broken(case: tuple[Truth, Report]) -> None:
    assert [problem.text for problem in case[1].problems if problem.kind == "rule-broken"] == []


def test_a_good_login_carries_no_failure(case: tuple[Truth, Report]) -> None:
    truth, report = case
    if truth.expect.severity == "failure":
        pytest.skip("this login failed")
    for connection in report.connections:
        assert all(finding.severity < Severity.FAILURE for finding in connection.findings)


def _facts(handshake: Handshake) -> dict[str, object]:
    verify, request = handshake.certificate_verify, handshake.certificate_request
    facts: dict[str, object] = {
        "phase": handshake.phase.value,
        "verify_valid": None if isinstance(verify, Unseen) else verify.valid,
        "version": None if isinstance(handshake.version, Unseen) else version_name(handshake.version),
        "history": handshake.history,
        "outcome": handshake.outcome.value,
        "requested": {True: "yes", False: "no", None: "unknown"}[request_status(request)],
        "client_certificate": certificate_status(handshake.client_certificate),
        "certificate_verify": "present"
        if not isinstance(verify, Unseen)
        else ("absent" if verify.absent else "unknown"),
        "alerts": tuple(
            f"{alert.sender.name.lower()} {alert_level_name(alert.level)} {alert_name(alert.description)}"
            for alert in handshake.alerts
        ),
        "resumed": None if isinstance(handshake.resumed, Unseen) else handshake.resumed,
    }
    if isinstance(request, SeenRequest):
        facts |= {"ca_names": len(request.names), "ca_list_bytes": request.list_bytes}
    return facts


def _judged(true: TrueHandshake) -> dict[str, object]:
    return {name: getattr(true, name) for name in true.__struct_fields__ if getattr(true, name) is not None}


def test_facts_of_every_handshake(case: tuple[Truth, Report]) -> None:
    truth, report = case
    seen = [_facts(handshake) for one in report.connections for handshake in one.connection.handshakes]
    assert len(seen) == len(truth.handshakes)
    for facts, true in zip(seen, truth.handshakes, strict=True):
        expected = _judged(true)
        assert {name: facts.get(name) for name in expected} == expected
