"""Other people's traffic is read without a crash, and what it shows of TLS agrees with tshark, or we say why not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Outcome, Unseen, certificate_status
from analyzer.packets import Side
from analyzer.pipeline import read_captures
from analyzer.tls.codepoints import version_name

PUBLIC = Path(__file__).parents[2] / "shared" / "public-captures"
TRUTH = PUBLIC / "truth.jsonl"

CLIENT_CERTIFICATE = {
    "sent": {"sent"},
    "empty": {"empty"},
    "absent": {"absent"},
    "no answer seen": {"unknown", "absent"},
    "not requested": {"absent"},
    "not requested (resumption)": {"absent"},
    "hidden": {"unknown"},
    "unknown": {"unknown", "absent"},
}
"""What tshark's word for the client's certificate allows us to say."""


def _rows() -> list[dict[str, Any]]:
    if not TRUTH.is_file():
        return []
    return [json.loads(line) for line in TRUTH.read_text(encoding="utf-8").splitlines()]


ROWS = _rows()
pytestmark = pytest.mark.skipif(not ROWS, reason="the public captures are not here")


@cache
def _connections(file: str) -> tuple[ConnectionReport, ...]:
    report = read_captures([str(PUBLIC / file)])
    assert [problem.text for problem in report.problems if problem.kind == "rule-broken"] == []
    return report.connections


OTHER_FRAMES = {
    # a reset attempt with the same ports comes first, so that tshark takes every segment for a retransmission
    # and shows messages where the next one that it believes arrives
    "files/OISF+suricata-verify/tests/tls/tls-subjectaltname/input.pcap",
}
OTHER_DIGESTS = {
    # the only "certificate" is 9 bytes whose DER lies about its length; tshark shows 7 of them
    "files/OISF+suricata-verify/tests/bug-1450-04/tls_DER-incomplete-header.pcap",
}


def _streams(*kinds: str) -> list[Any]:
    return [
        pytest.param(row, stream, id=f"{row['file'].removeprefix('files/')}-{stream['stream']}")
        for row in ROWS
        for stream in row["streams"]
        if stream["proto"] in kinds and stream["stream"].startswith("tcp")
    ]


def _same_ends(row: dict[str, Any], stream: dict[str, Any]) -> ConnectionReport:
    """Our connection for tshark's stream: the same ends, and of several the one at the same place."""

    def ends(report: ConnectionReport) -> set[str]:
        connection = report.connection
        return {f"{end.address}|{end.port}" for end in (connection.client, connection.server)}

    ours = [report for report in _connections(row["file"]) if ends(report) == set(stream["ends"])]
    first = stream.get("first_frame", 0)
    assert ours, "this TLS stream was not found"
    return min(ours, key=lambda report: abs(report.connection.first_packet - first))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["file"]).removeprefix("files/"))
def test_every_file_is_read(row: dict[str, Any]) -> None:
    _connections(row["file"])


@pytest.mark.parametrize(("row", "stream"), _streams("TLS", "TLS?"))
def test_version_and_client_certificate(row: dict[str, Any], stream: dict[str, Any]) -> None:
    report = _same_ends(row, stream)
    handshake = report.connection.handshakes[0]
    version = stream.get("version")
    if version is not None and "draft" not in version:
        assert not isinstance(handshake.version, Unseen)
        assert version_name(handshake.version) == version.replace("TLSv1.0", "TLS 1.0").replace("TLSv", "TLS ").replace(
            "SSLv3", "SSL 3.0"
        )
    allowed = CLIENT_CERTIFICATE[stream["client_certificate"]]
    if row["keylogs"] and stream.get("version") == "TLSv1.3":
        allowed = {"unknown", "absent"}  # tshark had keys
    if stream["client_certificate"] == "hidden" and handshake.resumed is True:
        allowed = {"absent"}  # a PSK handshake must not ask (RFC 8446 section 4.3.2), and the ServerHello is clear
    if not any(step.sender is Side.CLIENT and step.what == "encrypted records" for step in handshake.steps):
        allowed |= {"absent"}  # the client's stream was seen to its end, and nothing encrypted was in it
    assert certificate_status(handshake.client_certificate) in allowed


@pytest.mark.parametrize(("row", "stream"), _streams("TLS"))
def test_alerts_and_end(row: dict[str, Any], stream: dict[str, Any]) -> None:
    report = _same_ends(row, stream)
    handshakes = report.connection.handshakes
    readable = [alert for alert in stream["alerts"] if not alert.get("decrypted")]
    ours = [(alert.packet, alert.level, alert.description) for h in handshakes for alert in h.alerts]
    assert ours == [(alert["frame"], alert["level"], alert["description"]) for alert in readable]
    if stream["version"] != "TLSv1.3":
        if stream["handshake_completed"] is True:
            assert handshakes[0].outcome is Outcome.COMPLETED
        elif stream["handshake_completed"] is False:
            assert handshakes[0].outcome is not Outcome.COMPLETED


@pytest.mark.parametrize(("row", "stream"), _streams("TLS"))
def test_resumption(row: dict[str, Any], stream: dict[str, Any]) -> None:
    resumed = _same_ends(row, stream).connection.handshakes[0].resumed
    if not isinstance(resumed, Unseen) and stream["resumed"] is not None:
        assert resumed == stream["resumed"]


@pytest.mark.parametrize(("row", "stream"), _streams("TLS"))
def test_requests_and_chains(row: dict[str, Any], stream: dict[str, Any]) -> None:
    handshake = _same_ends(row, stream).connection.handshakes[0]
    for request in stream["certificate_requests"][:1]:
        if not request.get("decrypted"):
            assert not isinstance(handshake.certificate_request, Unseen)
            assert handshake.certificate_request.packet == request["frame"]
            assert len(handshake.certificate_request.names) == request["dn_count"]
    for sender, chain in (("server", handshake.server_certificate), ("client", handshake.client_certificate)):
        sent = [one for one in stream["certificates"] if one["from"] == sender and not one["decrypted"]]
        if sent:
            assert not isinstance(chain, Unseen)
            if row["file"] not in OTHER_FRAMES:
                assert chain.packet == sent[0]["frame"]
            if row["file"] in OTHER_DIGESTS:
                continue
            assert [c.sha256[:16] for c in chain.certificates] == sent[0]["cert_sha256"]
