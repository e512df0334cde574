"""What else could have been seen of a recorded connection: the diagnosis stays the same, or stays honest."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.diagnosis.catalogue import Catalogue, load_catalogue
from analyzer.diagnosis.report import ConnectionReport, Report
from analyzer.model import (
    Confidence,
    Handshake,
    Outcome,
    SeenRequest,
    Severity,
    Unseen,
    certificate_status,
    request_status,
)
from analyzer.pipeline import Options, read_captures
from analyzer.x509 import load_client_certificate, load_trust
from captures.derive import variants
from captures.recorder.derived import Expectation
from captures.recorder.truth import load
from tests.support.traffic import signature

CAPTURES = Path(__file__).parents[2] / "captures"
# All but those in pcapng, which is a variant itself.
NAMES = tuple(sorted(path.parent.name for path in CAPTURES.glob("*/capture.pcap*") if path.suffix != ".pcapng"))


class Subject:
    """A recording and how its variants are read."""

    def __init__(self, name: str, catalogue: Catalogue, scratch: Path) -> None:
        folder = CAPTURES / name
        truth = load(folder / "truth.toml")
        self.capture = (folder / truth.file).read_bytes()
        self._options = Options(
            client_certs=(load_client_certificate(str(folder / truth.client_cert)),) if truth.client_cert else (),
            trust=load_trust(str(folder / truth.trust)) if truth.trust else (),
            servers=(truth.expected_server,) if truth.expected_server else (),
        )
        self._catalogue = catalogue
        self._scratch = scratch
        self.report = self.read(self.capture)

    def read(self, data: bytes) -> Report:
        self._scratch.write_bytes(data)
        report = read_captures([str(self._scratch)], self._options, catalogue=self._catalogue)
        assert [problem.text for problem in report.problems if problem.kind == "rule-broken"] == []
        return report

    def variants(self, expectation: Expectation) -> list[tuple[str, bytes]]:
        return [(one.name, one.data) for one in variants(self.capture) if one.expectation == expectation]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(params=NAMES)
def subject(request: pytest.FixtureRequest, catalogue: Catalogue, tmp_path: Path) -> Subject:
    return Subject(request.param, catalogue, tmp_path / "variant")


def _facts(handshake: Handshake) -> dict[str, object]:
    """What is known of a handshake; None stands for what is not."""
    request, verify = handshake.certificate_request, handshake.certificate_verify
    status = certificate_status(handshake.client_certificate)
    return {
        "version": None if isinstance(handshake.version, Unseen) else handshake.version,
        "resumed": None if isinstance(handshake.resumed, Unseen) else handshake.resumed,
        "request": request_status(request),
        "names": len(request.names) if isinstance(request, SeenRequest) and not request.damaged else None,
        "certificate": None if status == "unknown" else status,
        "verify": not isinstance(verify, Unseen) or (False if verify.absent else None),
    }


def _said(report: Report) -> list[object]:
    """Everything that must be the same in a `same` variant; addresses may differ, ports do not."""
    connections = [
        (
            one.connection.client.port,
            one.connection.server.port,
            [(_facts(handshake), handshake.history) for handshake in one.connection.handshakes],
        )
        for one in report.connections
    ]
    return [connections, signature(report.connections)]


def test_what_was_only_sent_or_stored_otherwise_is_diagnosed_the_same(subject: Subject) -> None:
    expected = _said(subject.report)
    assert subject.report.connections
    assert [name for name, data in subject.variants("same") if _said(subject.read(data)) != expected] == []


NEVER_WRONGLY_ABSENT = (
    "client_hello",
    "server_hello",
    "server_certificate",
    "certificate_request",
    "client_certificate",
    "certificate_verify",
    "client_finished",
    "server_finished",
    "client_key_exchange",
    "client_data",
    "server_data",
)


def _failures(report: ConnectionReport) -> set[str]:
    return {
        finding.rule
        for finding in report.findings
        if finding.severity >= Severity.FAILURE and finding.confidence >= Confidence.LIKELY
    }


def _absent(handshake: Handshake, name: str) -> bool:
    value = getattr(handshake, name)
    return isinstance(value, Unseen) and value.absent


def _completed(report: ConnectionReport) -> bool:
    return any(handshake.outcome is Outcome.COMPLETED for handshake in report.connection.handshakes)


def _ports(report: ConnectionReport) -> frozenset[int]:
    return frozenset((report.connection.client.port, report.connection.server.port))


def _false_claims(seen: ConnectionReport, whole: ConnectionReport) -> list[str]:
    """What a damaged variant claims of a connection and the whole recording contradicts.

    The order of `history` is not compared: where bytes are missing, the analyzer tells one side's messages late.
    """
    claims = sorted(_failures(seen) - _failures(whole))
    if not _completed(whole):
        claims += [finding.rule for finding in seen.findings if finding.rule == "tls-succeeded"]
    for handshake, true in zip(seen.connection.handshakes, whole.connection.handshakes, strict=True):
        facts, true_facts = _facts(handshake), _facts(true)
        claims += [
            f"{name} is {known}" for name, known in facts.items() if known is not None and known != true_facts[name]
        ]
        claims += [
            f"{name} was not sent"
            for name in NEVER_WRONGLY_ABSENT
            if _absent(handshake, name) and not isinstance(getattr(true, name), Unseen)
        ]
    return claims


def test_what_was_damaged_is_diagnosed_honestly(subject: Subject) -> None:
    whole = {_ports(report): report for report in subject.report.connections}
    claims = {
        name: claims
        for name, data in subject.variants("honest")
        for seen in subject.read(data).connections
        if (claims := _false_claims(seen, whole[_ports(seen)]))
    }
    assert claims == {}
