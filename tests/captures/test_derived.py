"""What else could have been seen of a recorded connection: the diagnosis stays the same, or stays honest."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from analyzer.diagnosis.catalogue import Catalogue, load_catalogue
from analyzer.diagnosis.report import Report
from analyzer.pipeline import read_captures
from analyzer.pipeline.recorded_cases import recorded
from captures.derive import variants
from captures.recorder.derived import Expectation
from tests.support.honesty import all_false_claims, facts
from tests.support.traffic import signature

CAPTURES = Path(__file__).parents[2] / "captures"
# All but those in pcapng, which is a variant itself.
NAMES = tuple(sorted(path.parent.name for path in CAPTURES.glob("*/capture.pcap*") if path.suffix != ".pcapng"))

RESTS_ON = {
    "client-flight-lost-before-curl-haproxy": "without-acknowledgments",
    "client-flight-lost-curl-haproxy": "rechunked-7-bytes",
}
"""What a diagnosis stands on, and so cannot be taken away: without it, honesty is all that is asked."""


class Subject:
    """A recording and how its variants are read."""

    def __init__(self, name: str, catalogue: Catalogue, scratch: Path) -> None:
        capture, options = recorded(CAPTURES / name)
        self.capture = capture.read_bytes()
        self._rests_on = RESTS_ON.get(name)
        self._options = msgspec.structs.replace(options, key_logs=())
        self._catalogue = catalogue
        self._scratch = scratch
        self.report = self.read(self.capture)

    def read(self, data: bytes) -> Report:
        self._scratch.write_bytes(data)
        report = read_captures([str(self._scratch)], self._options, catalogue=self._catalogue)
        assert [problem.text for problem in report.problems if problem.kind == "rule-broken"] == []
        return report

    def variants(self, expectation: Expectation) -> list[tuple[str, bytes]]:
        return [
            (one.name, one.data)
            for one in variants(self.capture)
            if expectation == ("honest" if one.name == self._rests_on else one.expectation)
        ]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(params=NAMES)
def subject(request: pytest.FixtureRequest, catalogue: Catalogue, tmp_path: Path) -> Subject:
    return Subject(request.param, catalogue, tmp_path / "variant")


def _said(report: Report) -> list[object]:
    """Everything that must be the same in a `same` variant; addresses may differ, ports do not."""
    connections = [
        (
            one.connection.client.port,
            one.connection.server.port,
            [(facts(handshake), handshake.history) for handshake in one.connection.handshakes],
        )
        for one in report.connections
    ]
    return [connections, signature(report.connections)]


def test_what_was_only_sent_or_stored_otherwise_is_diagnosed_the_same(subject: Subject) -> None:
    expected = _said(subject.report)
    assert subject.report.connections
    assert [name for name, data in subject.variants("same") if _said(subject.read(data)) != expected] == []


def test_what_was_damaged_is_diagnosed_honestly(subject: Subject) -> None:
    claims = {
        name: claims
        for name, data in subject.variants("honest")
        if (claims := all_false_claims(subject.read(data).connections, subject.report.connections))
    }
    assert claims == {}
