"""Encrypted logins read without their keys: what is concluded is right, or honestly unknown.

Every capture with a key log is judged twice; here without it. What the packets show in the clear must agree with the
truth, what is inferred from record sizes may be wrong only where it says "possible", and no rule may find a failure
with confidence that it does not find with the keys.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Confidence, Handshake, Severity, Visibility, certificate_status, request_status
from captures.recorder.truth import Handshake as TrueHandshake
from captures.recorder.truth import Truth, load
from tests.test_truth import FOLDERS, analyse

NAMES = tuple(folder.name for folder in FOLDERS if load(folder / "truth.toml").keys)
COALESCING = ("nss", "chromium")
"""Stacks that put several messages into one record."""
_AS_TRUTH: dict[bool | str, bool | str] = {True: "yes", False: "no"}
DECIDED_AT_LEAST = 0.9
"""Share of requests and answers that are decided, over stacks that send one record for each message."""


def _folder(name: str) -> Path:
    return next(folder for folder in FOLDERS if folder.name == name)


def _without_keys(name: str) -> tuple[Truth, tuple[ConnectionReport, ...]]:
    truth = load(_folder(name) / "truth.toml")
    return truth, analyse(_folder(name), msgspec.structs.replace(truth, keys=None)).connections


def _first_handshakes(name: str) -> list[tuple[Handshake, TrueHandshake]]:
    """The first handshake of each connection, as seen and as it truly was."""
    truth, reports = _without_keys(name)
    true = [handshake for handshake in truth.handshakes if handshake.phase in (None, "initial")]
    assert len(reports) == len(true)
    return [(report.connection.handshakes[0], one) for report, one in zip(reports, true, strict=True)]


def _claims(seen: Handshake) -> dict[str, tuple[object, Confidence]]:
    """What is said of request, answer and proof, with how sure that is; what was read is proved."""
    claims: dict[str, tuple[object, Confidence]] = {}
    requested, status = request_status(seen.certificate_request), certificate_status(seen.client_certificate)
    if requested is not None:
        claims["requested"] = ("yes" if requested else "no", Confidence.PROVED)
    if status != "unknown":
        claims["client_certificate"] = (status, Confidence.PROVED)
    if seen.inferred is not None and seen.version == 0x0304:
        guess = seen.inferred
        if guess.requested is not None:
            claims.setdefault("requested", ("yes" if guess.requested.value else "no", guess.requested.confidence))
        if guess.client_certificate is not None:
            claims.setdefault(
                "client_certificate", (guess.client_certificate.value, guess.client_certificate.confidence)
            )
    return claims


@pytest.mark.parametrize("name", NAMES)
def test_nothing_likely_is_wrong(name: str) -> None:
    for seen, true in _first_handshakes(name):
        for fact, (value, confidence) in _claims(seen).items():
            truth = getattr(true, fact)
            if confidence >= Confidence.LIKELY and truth is not None:
                assert value == truth, fact


@pytest.mark.parametrize("name", NAMES)
def test_nothing_likely_is_wrong_of_a_second_handshake(name: str) -> None:
    truth, reports = _without_keys(name)
    later = [handshake for handshake in truth.handshakes if handshake.phase in ("renegotiation", "post-handshake")]
    if len(reports) != 1:
        pytest.skip("more than one connection")
    guess = reports[0].connection.handshakes[0].inferred
    found = guess.late if guess is not None and later and later[0].phase == "post-handshake" else guess
    if not later:
        assert guess is None or guess.late_request is None or guess.late_request.confidence < Confidence.LIKELY
    elif found is not None:
        for seen, true in (
            (found.requested, later[0].requested),
            (found.client_certificate, later[0].client_certificate),
        ):
            if seen is not None and seen.confidence >= Confidence.LIKELY and true is not None:
                assert _AS_TRUTH.get(seen.value, seen.value) == true


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_that_is_inferred_took_place(name: str) -> None:
    for seen, true in _first_handshakes(name):
        guess = seen.inferred.refused if seen.inferred else None
        if guess is None or guess.confidence < Confidence.LIKELY or seen.version != 0x0304:
            continue
        assert guess.value == (true.outcome == "failed_by_server")


@pytest.mark.parametrize("name", NAMES)
def test_no_failure_is_found_that_the_keys_do_not_show(name: str) -> None:
    truth, reports = _without_keys(name)
    with_keys = analyse(_folder(name), truth).connections
    for one, whole in zip(reports, with_keys, strict=True):
        known = {finding.rule for finding in whole.findings}
        for finding in one.findings:
            if finding.severity is Severity.FAILURE and finding.confidence >= Confidence.LIKELY:
                assert finding.rule in known


@pytest.mark.parametrize("name", NAMES)
def test_what_rests_on_sizes_is_never_proved(name: str) -> None:
    _, reports = _without_keys(name)
    for report in reports:
        for handshake in report.connection.handshakes:
            if handshake.inferred is not None:
                assert all(guess.confidence < Confidence.PROVED for _, guess in handshake.inferred.inferences())
        if any(handshake.visibility is Visibility.INFERRED for handshake in report.connection.handshakes):
            assert all(finding.confidence < Confidence.PROVED for finding in report.findings)


def test_most_of_it_is_decided(capsys: pytest.CaptureFixture[str]) -> None:
    decided = total = 0
    for name in NAMES:
        if any(stack in name for stack in COALESCING):
            continue
        for seen, true in _first_handshakes(name):
            if seen.visibility is Visibility.CLEAR:
                continue
            claims = _claims(seen)
            for fact in ("requested", "client_certificate"):
                if getattr(true, fact) is not None:
                    total += 1
                    decided += fact in claims and claims[fact][1] >= Confidence.LIKELY
    with capsys.disabled():
        print(f"\nwithout keys {decided} of {total} requests and answers are decided ({decided / total:.0%})")
    assert decided / total >= DECIDED_AT_LEAST
