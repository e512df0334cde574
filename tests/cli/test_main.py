import subprocess
import sys
import time

import analyzer
from tests.cli.command import FAILED, ROOT, certwhy

HEAVY = ("scapy", "cryptography", "rich", "analyzer.pipeline", "analyzer.x509")


def loaded_after(statement: str) -> set[str]:
    """Modules in a fresh interpreter after that statement."""
    tell = "print('\\n'.join(sys.modules), file=sys.stderr)"
    code = f"import sys\ntry:\n    {statement}\nexcept SystemExit:\n    pass\n{tell}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_after("sys.argv = ['certwhy', '--help']; from analyzer.cli import app; app()")
    assert "analyzer.cli.read" in loaded
    assert not loaded & set(HEAVY)


def test_json_never_loads_rich_and_an_ordinary_capture_never_scapy() -> None:
    run = f"sys.argv = ['certwhy', 'read', {FAILED!r}, '--format', 'json']; from analyzer.cli import app; app()"
    loaded = loaded_after(run)
    assert "analyzer.render.json" in loaded
    assert not loaded & {"rich", "scapy", "analyzer.render.terminal"}


def test_help_is_quick() -> None:
    fastest = 60.0
    for _ in range(5):
        began = time.perf_counter()
        assert certwhy("--help").code == 0
        fastest = min(fastest, time.perf_counter() - began)
    assert fastest < 0.3


def test_help_names_commands_and_exit_codes() -> None:
    ran = certwhy("--help")
    for word in ("read", "events", "rules", "--version", "Exit codes"):
        assert word in ran.out
    assert "Usage: certwhy" in ran.out


def test_every_option_of_read_is_explained() -> None:
    ran = certwhy("read", "-h")
    for option in (
        "--client-cert",
        "--password-file",
        "--trust",
        "--crl",
        "--server",
        "--only",
        "--format",
        "--all-names",
        "-o",
    ):
        assert option in ran.out


def test_version() -> None:
    assert certwhy("--version").out == f"certwhy {analyzer.__version__}\n"


def test_an_unknown_command_is_a_usage_error() -> None:
    ran = certwhy("reed")
    assert ran.code == 2
    assert "Traceback" not in ran.err
