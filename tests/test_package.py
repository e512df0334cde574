"""The wheel and the checkout both find the rules; the wheel alone is enough to run."""

from __future__ import annotations

import importlib.util
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.pages import rules_folder

ROOT = Path(__file__).parents[1]


def built(folder: Path, **setting: str) -> Path:
    """A fresh environment with the wheel in it; what it depends on comes from the environment of the tests."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, env={**os.environ, **setting})
    (wheel,) = folder.glob("certwhy-*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return environment


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"), HATCH_BUILD_HOOK_ENABLE_CUSTOM="")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cc") is None or not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        pytest.skip("there is no C compiler, or no Python.h: the compiled wheel cannot be built")
    if importlib.util.find_spec("setuptools") is None:
        pytest.skip("setuptools, which the compiled wheel is built with, is not installed")
    return built(tmp_path_factory.mktemp("compiled"), HATCH_BUILD_HOOK_ENABLE_CUSTOM="true")


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


def test_what_is_compiled_holds_no_struct() -> None:
    """Mypyc drops the options of a class, so that a frozen Struct would not be frozen."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    modules = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["modules"]
    assert modules
    assert not [module for module in modules if "(msgspec.Struct" in (ROOT / module).read_text()]


def test_the_compiled_wheel_reports_the_same(installed: Path, compiled: Path, tmp_path: Path) -> None:
    modules = list((compiled / "lib").glob("python*/site-packages/analyzer/**/*.so"))
    assert {"passing", "session", "connections"} <= {path.name.split(".")[0] for path in modules}
    folders = sorted(str(truth.parent) for truth in (ROOT / "captures").glob("*/truth.toml"))
    keys = sorted((ROOT / "captures").glob("*/keys.log"))
    assert len(folders) > 200
    assert len(keys) > 10
    options = [argument for log in keys for argument in ("--keys", str(log))]
    for more in ([], options):
        command = ("read", "--format", "json", *more, *folders)
        pure, fast = (run(where, *command, cwd=tmp_path) for where in (installed, compiled))
        assert fast.stderr == pure.stderr
        assert fast.returncode == pure.returncode == 1
        assert fast.stdout == pure.stdout
