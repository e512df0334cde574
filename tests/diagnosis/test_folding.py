"""A symptom stands under the surest of its causes."""

from __future__ import annotations

import pytest

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.verdict import choose, fold
from analyzer.model import Confidence, Outcome
from tests.support.reports import finding

SYMPTOM, FIRST, LATER = "client-sent-empty-certificate", "no-common-certificate-type", "tls-intercepted"
"""Two causes that have nothing to do with each other; a page names them in that order."""


@pytest.mark.parametrize(
    ("first", "later", "expected"),
    [
        (Confidence.POSSIBLE, Confidence.LIKELY, LATER),
        (Confidence.LIKELY, Confidence.POSSIBLE, FIRST),
        (Confidence.LIKELY, Confidence.LIKELY, FIRST),
    ],
)
def test_of_several_causes_the_surest_explains(first: Confidence, later: Confidence, expected: str) -> None:
    named = load_catalogue().get(SYMPTOM)
    assert named is not None
    causes = named.page.explained_by
    assert causes.index(FIRST) < causes.index(LATER)
    findings = [finding(SYMPTOM), finding(LATER, confidence=later), finding(FIRST, confidence=first)]
    folded = fold(load_catalogue(), findings)
    assert {one.rule: one.explained_by for one in folded}[SYMPTOM] == expected
    verdict = choose(folded, Outcome.FAILED_BY_SERVER)
    assert verdict is not None
    assert verdict.because == (expected, SYMPTOM)
