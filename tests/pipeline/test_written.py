"""What was written of a capture says, when it is read, what was said of the capture itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import scapy.layers.inet

from analyzer.capture import Commented, PacketFiles, collect_secrets, open_capture
from analyzer.diagnosis.report import MADE_SESSION, ConnectionReport, Report
from analyzer.packets import Packet, reverse_path
from analyzer.pipeline import Options, Written, read_captures
from analyzer.pipeline.written import Remarks
from analyzer.render.comments import comments
from analyzer.tls.decryption import load_server_key
from tests.support.traffic import CAPTURES, capture_of, segments_of, to_packets

NAMES = sorted(path.parent.name for path in CAPTURES.glob("*/truth.toml"))
WITH_KEYS = [name for name in NAMES if (CAPTURES / name / "keys.log").exists()]
RESUMED = "resumed-without-certificate-curl-nginx"
ENDS_LATER = (
    "session-resumption-refused-go-openssl",
    "session-resumption-refused-openssl-openssl",
    "tls13-session-resumption-refused-curl-openssl",
)
"""The cause rests on a connection that is over only after the failed one: who reads once writes it with its symptom."""
OPENED = "tls13-expired-curl-openssl"
BY_SERVER_KEY = "tls12-http-400-missing-rsa-key-exchange-curl-nginx"


def write(path: Path, captures: Sequence[Path], options: Options | None = None) -> tuple[Report, Written]:
    """Read captures, and write what fails."""
    said: list[str] = []
    written = Written(PacketFiles(str(path)), comments, said.append)
    report = read_captures([str(capture) for capture in captures], options, written=written)
    written.files.close()
    assert said == []
    return report, written


def failed(report: Report) -> list[tuple[object, ...]]:
    """The failing verdicts with all findings, and whose they are."""
    return sorted(_told(one) for one in report.connections if one.failed)


def _told(report: ConnectionReport) -> tuple[object, ...]:
    verdict, client = report.verdict, report.connection.client
    assert verdict is not None
    findings = tuple((finding.rule, finding.confidence.name) for finding in report.findings)
    return (client.address, client.port, verdict.rule, verdict.severity.name, verdict.confidence.name, findings)


def explaining(report: Report) -> set[int]:
    """Connections that are written too, because failed ones cannot be judged without them."""
    related = (other for one in report.connections if one.failed for other in one.related)
    return {other.connection for other in related if other.relation in MADE_SESSION}


@pytest.fixture(params=[True, False], ids=["read twice", "read once"])
def twice(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """As a file, or as what comes through a pipe; what was written is always a file."""
    if not request.param:
        monkeypatch.setattr("analyzer.pipeline.files.can_be_read_twice", lambda path: path.endswith("written"))
    return bool(request.param)


@pytest.mark.parametrize("with_keys", [True, False])
def test_every_recording_is_written_so_that_it_says_the_same(twice: bool, with_keys: bool, tmp_path: Path) -> None:
    out = tmp_path / "written"
    seen = 0
    for name in WITH_KEYS if with_keys else NAMES:
        logs = (str(CAPTURES / name / "keys.log"),) if with_keys else ()
        report, written = write(out, [capture_of(name)], Options(key_logs=logs))
        if name in ENDS_LATER and not twice:
            assert written.connections == 1
            continue
        again = read_captures([str(out)])
        assert failed(again) == failed(report), name
        assert again.inputs[0].truncated is None
        assert again.inputs[0].packets == written.packets
        assert written.connections == len(failed(report)), name
        assert len(again.connections) == written.connections + len(explaining(report)), name
        seen += written.connections
    assert seen > (20 if with_keys else 80)


@pytest.mark.usefixtures("twice")
def test_of_several_captures_all_that_failed_is_in_one_file(tmp_path: Path) -> None:
    folder = [capture_of(name) for name in NAMES if name.startswith(("expired", "good", "empty"))]
    report, _ = write(tmp_path / "written", folder)
    assert len(failed(report)) > 10
    again = failed(read_captures([str(tmp_path / "written")]))
    # what certificates of one capture say of names in another one may become a finding beside the verdict
    assert [one[:5] for one in again] == [one[:5] for one in failed(report)]


@pytest.mark.usefixtures("twice")
def test_the_session_that_is_resumed_is_written_too(tmp_path: Path) -> None:
    (seen,) = read_captures([str(capture_of(RESUMED))]).connections[-1:]
    options = Options(servers=(seen.connection.server.address,))
    report, _ = write(tmp_path / "written", [capture_of(RESUMED)], options)
    assert any("session-resumed-without-client-certificate" in str(one) for one in failed(report))
    again = read_captures([str(tmp_path / "written")], options)
    assert failed(again) == failed(report)


def test_only_the_secrets_of_what_was_written(tmp_path: Path) -> None:
    log = tmp_path / "keys.log"
    others = [(CAPTURES / name / "keys.log").read_bytes() for name in WITH_KEYS if name != OPENED]
    own = (CAPTURES / OPENED / "keys.log").read_bytes()
    log.write_bytes(b"".join((*others, own)))
    out = tmp_path / "written"
    write(out, [capture_of(OPENED), capture_of("tls13-good-openssl-nginx")], Options(key_logs=(str(log),)))
    ((_, secrets),) = collect_secrets(str(out))
    assert secrets
    assert set(secrets.splitlines()) <= set(own.splitlines())


def test_secrets_inside_a_capture_stay_with_its_packets(tmp_path: Path) -> None:
    name = "tls13-expired-secrets-last-curl-openssl"
    report, _ = write(tmp_path / "written", [capture_of(name)])
    assert _told(report.connections[0])[2] == "client-certificate-expired"
    assert failed(read_captures([str(tmp_path / "written")])) == failed(report)


def test_a_server_key_becomes_the_secret_of_this_connection_alone(tmp_path: Path) -> None:
    path = next((CAPTURES / BY_SERVER_KEY).glob("*.key"))
    options = Options(server_keys=(load_server_key(str(path), path.read_bytes()),))
    report, _ = write(tmp_path / "written", [capture_of(BY_SERVER_KEY)], options)
    assert len(failed(report)) == 1
    assert failed(read_captures([str(tmp_path / "written")])) == failed(report)
    ((_, secrets),) = collect_secrets(str(tmp_path / "written"))
    assert secrets.startswith(b"CLIENT_RANDOM ")


@pytest.mark.usefixtures("twice")
@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_tshark_shows_the_comments_at_their_packets_and_decrypts(tmp_path: Path) -> None:
    out = tmp_path / "written"
    options = Options(key_logs=(str(CAPTURES / OPENED / "keys.log"),))
    report, _ = write(out, [capture_of(OPENED)], options)
    fields = ["-T", "fields", "-e", "frame.number", "-e", "tls.alert_message.desc", "-e", "frame.comment"]
    told = subprocess.run(["tshark", "-r", out, *fields], capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in told.splitlines()]
    packets = {int(number): text for number, _, text in rows if text}
    # nothing but this connection is in the capture: the numbers are the same
    assert packets == {packet: ",".join(texts) for packet, texts in comments(report.connections[0]).items()}
    alert = next(int(number) for number, description, _ in rows if description == "45")
    assert "fatal alert certificate_expired" in packets[alert]


@pytest.mark.skipif(shutil.which("editcap") is None, reason="needs editcap")
def test_a_snap_length_stays_one(tmp_path: Path) -> None:
    out = tmp_path / "written"
    cut = tmp_path / "cut.pcapng"
    subprocess.run(["editcap", "-s", "200", capture_of("expired-curl-openssl"), cut], check=True)
    report = read_captures([str(cut)], Options(), written=(written := Written(PacketFiles(str(out)), comments, print)))
    written.files.close()
    assert failed(read_captures([str(out)])) == failed(report)


@pytest.mark.usefixtures("twice")
def test_fragments_are_written_as_they_came(tmp_path: Path) -> None:
    packets: list[Packet] = []
    for packet in to_packets(segments_of("expired-curl-openssl")):
        for piece in scapy.layers.inet.fragment(scapy.layers.inet.IP(packet.data), 400):
            packets.append(Packet(len(packets) + 1, packet.timestamp_ns, 101, bytes(piece), len(piece)))
    inside = tmp_path / "fragments"
    files = PacketFiles(str(inside))
    files.write([Commented(packet) for packet in packets])
    files.close()
    report, _ = write(tmp_path / "written", [inside])
    assert len(failed(report)) == 1
    with open_capture(str(tmp_path / "written")) as file:
        assert list(file) == packets


@pytest.mark.usefixtures("twice")
@pytest.mark.parametrize("before", [0, 2])
def test_connections_that_follow_each_other_on_one_path(before: int, tmp_path: Path) -> None:
    good, bad = segments_of("good-openssl-openssl"), segments_of("expired-curl-openssl")
    others = [[segment._replace(sequence=segment.sequence + n) for segment in good] for n in range(2)]
    parts = [*others[:before], bad, *others[before:]]
    path = bad[0].path
    packets = to_packets(
        segment._replace(path=path if segment.path == part[0].path else reverse_path(path))
        for part in parts
        for segment in part
    )
    inside = tmp_path / "inside"
    files = PacketFiles(str(inside))
    files.write([Commented(packet) for packet in packets])
    files.close()
    report, _ = write(tmp_path / "written", [inside])
    assert (len(report.connections), len(failed(report))) == (3, 1)
    with open_capture(str(tmp_path / "written")) as file:
        written = [packet.data for packet in file]
    start = before * len(good)
    assert written == [packet.data for packet in packets[start : start + len(bad)]]


def test_remarks_stand_at_their_packet_or_the_next_one() -> None:
    remarks = Remarks({3: ["three"], 5: ["five", "again"], 9: ["nine"]})
    assert remarks.take(2) == []
    assert remarks.take(4) == ["three"]
    assert remarks.take(5) == ["five", "again"]
    assert remarks.rest() == ["nine"]
    assert remarks.rest() == []


def test_a_capture_that_is_gone_for_the_second_pass(tmp_path: Path) -> None:
    path = tmp_path / "gone.pcap"
    shutil.copy(capture_of("expired-curl-openssl"), path)

    def gone(report: ConnectionReport) -> dict[int, list[str]]:
        path.unlink()
        return {}

    written = Written(PacketFiles(str(tmp_path / "written")), gone, print)
    report = read_captures([str(path)], written=written)
    written.files.close()
    assert [problem.kind for problem in report.problems if problem.kind == "input-unreadable"] == ["input-unreadable"]
    assert (written.connections, written.packets) == (0, 0)


def test_what_the_disk_does_not_take_is_told_once_and_counted(tmp_path: Path) -> None:
    class Full(PacketFiles):
        def write(self, *arguments: object) -> bool:
            self.trouble = "No space left on device"
            return False

    said: list[str] = []
    written = Written(Full(str(tmp_path / "written")), comments, said.append)
    captures = [str(capture_of(name)) for name in ("expired-curl-openssl", "expired-gnutls-gnutls")]
    report = read_captures(captures, written=written)
    written.files.close()
    assert len(report.connections) == 2
    assert said == ["Packets cannot be written: No space left on device."]
    assert [msgspec.structs.astuple(problem)[:2] for problem in report.problems if problem.kind == "unwritten"] == [
        ("unwritten", "The packets of 2 failed connections could not be written: No space left on device.")
    ]
