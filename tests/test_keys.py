"""Keys from everywhere they can come from, and what the report says where they do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.diagnosis.key_log_ways import HOW
from analyzer.diagnosis.key_logs import wanted
from analyzer.diagnosis.report import ConnectionReport, Report
from analyzer.model import Reason, SeenVerify, Unseen, Visibility
from analyzer.pipeline import Options, read_captures
from analyzer.tls.decryption import ServerKey, load_server_key
from captures.derive import variants

CAPTURES = Path(__file__).parents[1] / "captures"


def _read(name: str, *logs: str, server_keys: tuple[ServerKey, ...] = (), check_all: bool = False) -> Report:
    folder = CAPTURES / name
    (capture,) = [path for path in folder.iterdir() if ".pcap" in path.name]
    return read_captures([str(capture)], Options(key_logs=logs, server_keys=server_keys, check_all=check_all))


def _rule(report: Report) -> str:
    (connection,) = report.connections
    return connection.verdict.rule if connection.verdict else "none"


def _problems(report: Report) -> list[str]:
    return [problem.text for problem in report.problems if problem.kind == "keys"]


def _log(name: str) -> str:
    return str(CAPTURES / name / "keys.log")


def test_with_and_without() -> None:
    name = "tls13-expired-curl-openssl"
    assert _rule(_read(name, _log(name))) == "client-certificate-expired"
    (without,) = _read(name).connections
    request = without.connection.handshakes[0].certificate_request
    assert isinstance(request, Unseen)
    assert request.why is Reason.ENCRYPTED


@pytest.mark.parametrize(
    "name", ["tls13-expired-secrets-inside-curl-openssl", "tls13-expired-secrets-last-curl-openssl"]
)
def test_secrets_inside_the_capture_before_or_after_the_packets(name: str) -> None:
    assert _rule(_read(name)) == "client-certificate-expired"


def test_several_key_logs_of_which_one_fits() -> None:
    name = "tls13-expired-curl-openssl"
    report = _read(name, _log("tls13-good-openssl-nginx"), _log(name))
    assert _rule(report) == "client-certificate-expired"
    assert _problems(report) == []


def test_a_key_log_of_other_connections_is_said() -> None:
    report = _read("tls13-expired-curl-openssl", _log("tls13-good-openssl-nginx"))
    (problem,) = _problems(report)
    assert "None of the" in problem
    seen = report.connections[0].connection.handshakes[0].certificate_request
    assert isinstance(seen, Unseen)
    assert "no secret of this connection" in seen.detail


@pytest.mark.parametrize(
    "name", ["tls12-good-rsa-key-exchange-openssl-openssl", "tls12-good-rsa-key-exchange-without-ems-go-openssl"]
)
def test_the_servers_rsa_key_opens_rsa_key_exchange(name: str) -> None:
    path = CAPTURES / name / "server.key"
    key = load_server_key(str(path), path.read_bytes())
    (connection,) = _read(name, server_keys=(key,)).connections
    (handshake,) = connection.connection.handshakes
    assert handshake.visibility is Visibility.DECRYPTED
    assert handshake.controls.client_finished is True
    assert handshake.controls.server_finished is True


def _only(report: Report) -> ConnectionReport:
    (connection,) = report.connections
    return connection


def test_check_all_computes_every_control() -> None:
    seen = _only(_read("tls13-good-openssl-nginx", _log("tls13-good-openssl-nginx"), check_all=True))
    controls = seen.connection.handshakes[0].controls
    assert (controls.server_certificate_verify, controls.client_finished, controls.server_finished) == (True,) * 3
    clear = _only(_read("good-openssl-openssl", check_all=True)).connection.handshakes[0]
    assert clear.controls.server_key_exchange is True
    assert isinstance(clear.certificate_verify, SeenVerify)
    assert clear.certificate_verify.valid is True


def test_a_signature_that_fails_is_checked_against_the_controls() -> None:
    seen = _only(_read("verify-wrong-bytes-tlslite-openssl")).connection.handshakes[0]
    assert isinstance(seen.certificate_verify, SeenVerify)
    assert seen.certificate_verify.valid is False
    assert seen.controls.server_key_exchange is True


def test_a_failed_control_takes_the_accusation_back(tmp_path: Path) -> None:
    """One byte of the ServerHello's random is changed: then neither signature covers what we see."""
    data = bytearray((CAPTURES / "good-openssl-openssl" / "capture.pcap").read_bytes())
    at = data.index(b"\x02\x00\x00")  # a ServerHello of less than 256 bytes
    data[at + 10] ^= 0xFF
    path = tmp_path / "changed.pcap"
    path.write_bytes(bytes(data))
    (connection,) = read_captures([str(path)]).connections
    seen = connection.connection.handshakes[0]
    assert seen.controls.server_key_exchange is False
    assert isinstance(seen.certificate_verify, SeenVerify)
    assert seen.certificate_verify.valid is None


def test_an_empty_key_log_is_said(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.write_bytes(b"")
    (problem,) = _problems(_read("tls13-expired-curl-openssl", str(path)))
    assert "hold no secret" in problem


def test_half_a_key_log_is_said(tmp_path: Path) -> None:
    name = "tls13-expired-curl-openssl"
    lines = Path(_log(name)).read_text().splitlines(keepends=True)
    path = tmp_path / "half.log"
    path.write_text("".join(line for line in lines if "CLIENT_HANDSHAKE" not in line))
    (problem,) = _problems(_read(name, str(path)))
    assert "only a part of the secrets" in problem


def test_a_key_log_is_not_advised_where_it_cannot_help(tmp_path: Path) -> None:
    """Without the ClientHello's random nothing can be looked up in one."""
    recorded = (CAPTURES / "tls13-expired-curl-openssl" / "capture.pcap").read_bytes()
    (lost,) = [variant.data for variant in variants(recorded) if variant.name == "lost-flight-1"]
    path = tmp_path / "lost.pcap"
    path.write_bytes(lost)
    for capture, ways in ((CAPTURES / "tls13-expired-curl-openssl" / "capture.pcap", HOW), (path, ())):
        (report,) = read_captures([str(capture)]).connections
        assert wanted(report.connection) == ways
