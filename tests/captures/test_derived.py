"""Other wrapping gives the same diagnosis; missing packets make it say less, and nothing false."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Confidence, Severity, certificate_status, request_status
from analyzer.pipeline import read_captures
from captures.derive import Variant, variants
from tests.support.traffic import capture_of, signature

NAMES = (
    "good-openssl-openssl",
    "good-java-haproxy",
    "good-rsa-curl-openssl",
    "empty-no-certificate-openssl-openssl",
    "empty-no-certificate-python-gnutls",
    "empty-list-names-only-roots-go-openssl",
    "expired-curl-openssl",
    "intermediate-missing-curl-openssl",
    "client-rejects-server-unknown-ca-curl-openssl",
    "no-certificate-message-tlslite-openssl",
    "certificate-verify-missing-tlslite-openssl",
    "never-asked-curl-nginx",
    "dropped-curl-node",
    "expired-psql-postgresql",
    "self-signed-openssl-python-ipv6",
)


@cache
def _variants(name: str) -> dict[str, Variant]:
    return {variant.name: variant for variant in variants(capture_of(name).read_bytes())}


def _cases(expectation: str) -> list[tuple[str, str]]:
    return [(name, v.name) for name in NAMES for v in _variants(name).values() if v.expectation == expectation]


def _read(data: bytes, folder: Path) -> Sequence[ConnectionReport]:
    path = folder / "variant.pcap"
    path.write_bytes(data)
    report = read_captures([str(path)])
    assert [problem.text for problem in report.problems if problem.kind == "rule-broken"] == []
    return report.connections


@cache
def _original(name: str) -> tuple[ConnectionReport, ...]:
    return tuple(read_captures([str(capture_of(name))]).connections)


@pytest.mark.parametrize(("name", "variant"), _cases("same"))
def test_the_same_traffic_gives_the_same_diagnosis(name: str, variant: str, tmp_path: Path) -> None:
    reports = _read(_variants(name)[variant].data, tmp_path)
    assert signature(reports) == signature(_original(name))


@pytest.mark.parametrize(("name", "variant"), _cases("honest"))
def test_missing_packets_make_nobody_guilty(name: str, variant: str, tmp_path: Path) -> None:
    known = _original(name)
    accused = {finding.rule for report in known for finding in report.findings}
    asked = {request_status(h.certificate_request) for report in known for h in report.connection.handshakes}
    answered = {certificate_status(h.client_certificate) for report in known for h in report.connection.handshakes}
    for report in _read(_variants(name)[variant].data, tmp_path):
        for finding in report.findings:
            if finding.severity is Severity.FAILURE and finding.confidence >= Confidence.LIKELY:
                assert finding.rule in accused
        for handshake in report.connection.handshakes:
            assert request_status(handshake.certificate_request) in asked | {None}
            assert certificate_status(handshake.client_certificate) in answered | {"unknown"}
