"""The wheel and the checkout both find the rules; the wheel alone is enough to run."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.pages import rules_folder

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it; what it depends on comes from the environment of the tests."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("certwhy-*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return environment


def run(environment: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    dependencies = os.pathsep.join(site.getsitepackages())
    return subprocess.run(
        [str(environment / "bin" / "certwhy"), *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": dependencies, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_checkout_finds_its_rules() -> None:
    assert rules_folder() == ROOT / "rules"
    assert len(load_catalogue().rules) == len(list((ROOT / "rules").glob("*/*.py")))


def test_the_wheel_reads_a_capture(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "read", str(ROOT / "captures" / "expired-curl-openssl"), cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "expired" in done.stdout


def test_the_wheel_brings_its_rules(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "rules", "show", "client-certificate-expired", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (shipped,) = (installed / "lib").glob("python*/site-packages/analyzer/_rules/refused")
    assert (shipped / "client_certificate_expired.toml").is_file()
    assert (shipped.parent / "fixes" / "ask-in-first-handshake.toml").is_file()
