import json
from pathlib import Path

from tests.cli.command import FAILED, certwhy


def test_lines_of_json_in_a_pipe() -> None:
    ran = certwhy("events", FAILED)
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert [line.get("message") for line in lines][:2] == ["client_hello", "server_hello"]
    assert lines[-1]["description"] == "certificate_expired"


def test_to_be_read() -> None:
    ran = certwhy("events", FAILED, "--format", "terminal")
    assert ran.out.splitlines()[0].split() == ["conn", "packet", "time", "sender", "event"]
    assert "fatal certificate_expired" in ran.out


def test_what_cannot_be_read() -> None:
    ran = certwhy("events", "nowhere.pcap")
    assert ran.code == 3
    assert ran.err.startswith("certwhy: nowhere.pcap does not exist")


def test_a_damaged_capture(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(Path(FAILED).read_bytes()[:-10])
    ran = certwhy("events", str(cut))
    assert ran.code == 3
    assert "is damaged after packet" in ran.err
    assert ran.out
