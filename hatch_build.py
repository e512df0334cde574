"""Compiles the modules that pyproject.toml names with mypyc, for a wheel that is built with this hook enabled.

Everything happens in a folder of its own: the checkout stays pure Python, and so does an editable installation.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SETUP = """
import sys
from mypyc.build import mypycify
from setuptools import setup

modules = mypycify(sys.argv[2:], opt_level="3", debug_level="0", group_name="certwhy")
setup(name="certwhy", packages=[], ext_modules=modules, script_args=["build_ext", "--build-lib", sys.argv[1]])
"""


class CompileHook(BuildHookInterface[Any]):
    """Adds the compiled modules to the wheel, beside their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name what came of it."""
        if version == "editable":
            return
        self._folder = TemporaryDirectory(prefix="certwhy-compiled-")
        folder = Path(self._folder.name)
        shutil.copytree(Path(self.root) / "analyzer", folder / "analyzer")
        (folder / "setup.py").write_text(_SETUP)
        compiled = folder / "compiled"
        config = f"--config-file={Path(self.root) / 'pyproject.toml'}"
        command = [sys.executable, "setup.py", str(compiled), config, *self.config["modules"]]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"mypyc could not compile certwhy:\n{done.stdout}{done.stderr}")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        for path in compiled.rglob("*"):
            if path.is_file():
                build_data["force_include"][str(path)] = path.relative_to(compiled).as_posix()

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is written: nothing of the compilation is kept."""
        if version != "editable":
            self._folder.cleanup()
