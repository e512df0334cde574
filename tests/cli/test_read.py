import json
import os
import pty
import select
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import jsonschema
import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from analyzer.render.schema import report_schema
from tests.cli.command import CAPTURES, FAILED, GOOD, ROOT, certwhy
from tests.x509.minting import mint


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    """An encrypted PKCS#12 bundle."""
    alice = mint("alice")
    path = tmp_path / "alice.p12"
    protection = BestAvailableEncryption(b"sesame")
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"alice", alice.key, alice.certificate, None, protection))
    return str(path)


def test_exit_codes() -> None:
    assert certwhy("read", GOOD).code == 0
    assert certwhy("read", FAILED).code == 1
    assert certwhy("read").code == 2
    assert certwhy("read", GOOD, "--format", "xml").code == 2
    assert certwhy("read", FAILED, "nowhere.pcap").code == 3


def test_what_is_unreadable_costs_only_itself() -> None:
    ran = certwhy("read", FAILED, "nowhere.pcap", "README.md")
    assert "certificate_expired" in ran.out
    assert "nowhere.pcap does not exist" in ran.out
    assert "README.md" in ran.out
    assert "Traceback" not in ran.err
    ran = certwhy("read", FAILED, "nowhere.pcap", "--format", "jsonl")
    assert len(ran.out.splitlines()) == 1
    assert "nowhere.pcap does not exist" in ran.err
    assert ran.code == 3


def test_a_damaged_capture_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(Path(FAILED).read_bytes()[:-10])
    ran = certwhy("read", str(cut))
    assert ran.code == 3
    assert "The capture is damaged after packet" in ran.out
    assert "certificate_expired" in ran.out


def test_standard_input() -> None:
    ran = certwhy("read", "-", stdin=Path(FAILED).read_bytes())
    assert ran.out.startswith("standard input   ")
    assert ran.code == 1
    assert certwhy("read", "-", stdin=b"").code == 3


def test_a_folder_is_its_captures(tmp_path: Path) -> None:
    inner = tmp_path / "b" / "inner"
    inner.mkdir(parents=True)
    shutil.copy(FAILED, inner / "one.txt")
    shutil.copy(GOOD, tmp_path / "a.pcap")
    (tmp_path / "notes.pcap").write_text("not a capture")
    os.mkfifo(tmp_path / "c.pcap")
    ran = certwhy("read", str(tmp_path), "--format", "json")
    assert ran.code == 1
    assert [one["path"] for one in json.loads(ran.out)["inputs"]] == [
        str(tmp_path / "a.pcap"),
        str(inner / "one.txt"),
    ]


def test_a_folder_without_captures(tmp_path: Path) -> None:
    ran = certwhy("read", str(tmp_path))
    assert (ran.code, ran.out) == (3, "")
    assert "holds no capture" in ran.err
    assert certwhy("read", str(tmp_path), FAILED).out.startswith(FAILED)


def test_json_and_its_lines_are_what_the_schema_says() -> None:
    whole = certwhy("read", str(CAPTURES), "--format", "json")
    schema = report_schema()
    document = json.loads(whole.out)
    jsonschema.Draft202012Validator(schema).validate(document)
    lines = certwhy("read", str(CAPTURES), "--format", "jsonl").out.splitlines()
    assert len(lines) == len(document["connections"])
    validator = jsonschema.Draft202012Validator({**schema, "$ref": "#/$defs/Connection"})
    for line in lines:
        validator.validate(json.loads(line))


def test_output_goes_to_a_file_without_colour(tmp_path: Path) -> None:
    out = tmp_path / "report.txt"
    ran = certwhy("read", FAILED, "-o", str(out), FORCE_COLOR="1")
    assert (ran.code, ran.out) == (1, "")
    assert "What happened" in out.read_text(encoding="utf-8")
    assert "\x1b" not in out.read_text(encoding="utf-8")


def test_output_never_overwrites_a_capture(tmp_path: Path) -> None:
    copy = tmp_path / "copy.pcap"
    shutil.copy(FAILED, copy)
    ran = certwhy("read", str(copy), "-o", str(copy))
    assert ran.code == 2
    assert "is one of the captures" in ran.err
    assert copy.read_bytes() == Path(FAILED).read_bytes()
    assert certwhy("read", FAILED, "-o", str(tmp_path / "no" / "where")).code == 2


def test_an_output_without_unicode() -> None:
    ran = certwhy("read", FAILED, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert ran.raw.isascii()
    assert "x The client" in ran.out


def test_whoever_stops_reading_is_no_error() -> None:
    for format_name in ("terminal", "json", "jsonl"):
        command = (
            f"{sys.executable} -m analyzer read captures --format {format_name} | head -c 10; echo ${{PIPESTATUS[0]}}"
        )
        done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.stdout.endswith("1\n")
        assert done.stderr == ""


def test_a_missing_certificate_file() -> None:
    ran = certwhy("read", FAILED, "--client-cert", "nobody.pem")
    assert ran.code == 3
    assert ran.err.startswith("certwhy: Cannot read nobody.pem")
    assert "\nTry: " in ran.err
    assert certwhy("read", FAILED, "--trust", "README.md").code == 3


def test_a_revocation_list(tmp_path: Path) -> None:
    folder = CAPTURES / "revoked-listed-openssl-gnutls"
    plain = certwhy("read", str(folder))
    listed = certwhy("read", str(folder), "--crl", str(folder / "crls.pem"))
    assert (plain.code, listed.code) == (1, 1)
    assert "revoked" not in plain.out.splitlines()[2]
    assert "is on the list of CN=Issuing CA 1,O=Corp since" in " ".join(listed.out.split())
    broken = tmp_path / "broken.crl"
    broken.write_bytes((folder / "crls.pem").read_bytes()[:300])
    for command in (("read", str(folder)), ("sniff", "lo"), ("explain", "alert 49", "--capture", str(folder))):
        ran = certwhy(*command, "--crl", str(broken))
        assert ran.code == 3
        assert ran.err.startswith(f"certwhy: The revocation list in {broken} has no end.\nTry: ")
        assert ran.out == ""


def test_a_password_from_a_file(bundle: str, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("sesame\nsecond line\n")
    ran = certwhy("read", FAILED, "--client-cert", bundle, "--password-file", str(password))
    assert "alice.p12   your certificate" in ran.out
    password.write_text("wrong")
    ran = certwhy("read", FAILED, "--client-cert", bundle, "--password-file", str(password))
    assert ran.code == 2
    assert "does not open" in ran.err
    ran = certwhy("read", FAILED, "--client-cert", bundle, "--password-file", str(tmp_path / "none"))
    assert ran.code == 3
    password.write_bytes(b"\xff")
    assert certwhy("read", FAILED, "--client-cert", bundle, "--password-file", str(password)).code == 3


def test_without_a_terminal_nobody_is_asked_for_a_password(bundle: str) -> None:
    ran = certwhy("read", FAILED, "--client-cert", bundle)
    assert ran.code == 2
    assert "--password-file" in ran.err


def test_a_password_is_asked_for_on_a_terminal(bundle: str) -> None:
    screen = in_terminal(["read", FAILED, "--client-cert", bundle], answer=b"sesame\n")
    assert "Password of" in screen
    assert "sesame" not in screen
    assert "alice.p12" in screen


def test_colour_on_a_terminal_and_none_with_no_color() -> None:
    assert "\x1b[1;31m" in in_terminal(["read", FAILED])
    assert "\x1b[1;31m" not in in_terminal(["read", FAILED], NO_COLOR="1")


def in_terminal(arguments: list[str], answer: bytes = b"", **environment: str) -> str:
    """Run on a pseudo-terminal, and type the answer once something is shown."""
    outside, inside = pty.openpty()
    plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "analyzer", *arguments],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        cwd=ROOT,
        env=plain | {"TERM": "xterm-256color", "PYTHONUTF8": "1"} | environment,
        start_new_session=True,
    )
    os.close(inside)
    shown = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([outside], [], [], 0.3)[0]:
            if answer and b"Password" in shown:  # silence: echo is off by now, and nothing typed is thrown away
                os.write(outside, answer)
                answer = b""
            continue
        try:
            piece = os.read(outside, 65536)
        except OSError:
            break
        shown += piece
    process.wait(10)
    os.close(outside)
    return shown.decode()


@pytest.mark.parametrize(
    "path",
    [FAILED, str(CAPTURES / "tls13-expired-secrets-last-curl-openssl" / "capture.pcapng")],
    ids=["pcap", "pcapng"],
)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_capture_that_comes_through_a_pipe_is_read_once(path: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = Path(path).read_bytes()
    writer = threading.Thread(target=lambda: pipe.write_bytes(data), daemon=True)
    writer.start()
    ran = certwhy("read", str(pipe))
    writer.join(timeout=10)
    assert ran.code == 1
    assert "certificate_expired" in ran.out


@pytest.mark.parametrize("format_name", ["terminal", "json", "jsonl"])
def test_a_server_that_no_connection_went_to_is_said(format_name: str) -> None:
    servers = ("--server", "Shop.Example.", "--server", "shop.exmaple", "--server", "127.0.0.9")
    ran = certwhy("read", FAILED, GOOD, "--format", format_name, *servers)
    said = " ".join((ran.out + ran.err).split())
    for server in ("shop.exmaple", "127.0.0.9"):
        assert said.count(f"--server {server} fits no connection: it must be the name (SNI) or the address") == 1
    assert said.count("fits no connection") == 2
