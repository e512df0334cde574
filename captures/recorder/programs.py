"""A TLS stack's program as data: what to run, with which files, and how to start and stop it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """One end of a connection; it runs in the recording's own folder, so that its paths are short."""

    stack: str
    command: tuple[str, ...]
    port: int = 443
    files: Mapping[str, str] = field(default_factory=dict)
    stdin: str = ""

    def write_files(self, folder: Path) -> None:
        for name, text in self.files.items():
            (folder / name).write_text(text)

    @property
    def command_line(self) -> str:
        return shlex.join(self.command)

    @property
    def version(self) -> str:
        return stack_version(self.stack)


@dataclass
class Running:
    """A started program whose output goes to a file."""

    process: subprocess.Popen[bytes]
    output: Path

    def stop(self) -> None:
        """End the program and everything that it started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return
            try:
                self.process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                continue


# These do not log keys by themselves: keylog.c is preloaded. The others heed SSLKEYLOGFILE, ours included.
_PRELOADED = {"OpenSSL", "nginx", "HAProxy", "PostgreSQL", "psql"}


def key_log_environment(program: Program, folder: Path) -> dict[str, str]:
    """What makes `program` write its secrets to keys.log in `folder`."""
    environment = {"SSLKEYLOGFILE": str(folder / "keys.log")}
    if program.stack in _PRELOADED:
        environment["LD_PRELOAD"] = str(folder / "keylog.so")
    return environment


def start(program: Program, folder: Path, output: str, *, logs_keys: bool = False) -> Running:
    program.write_files(folder)
    path = folder / output
    path_here = f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin"
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder), "PATH": path_here}
    if logs_keys:
        environment |= key_log_environment(program, folder)
    with path.open("wb") as stream, (folder / f"{output}.stdin").open("w+") as stdin:
        stdin.write(program.stdin)
        stdin.seek(0)
        process = subprocess.Popen(
            program.command,
            cwd=folder,
            env=environment,
            stdin=stdin,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(process, path)


# stack: (command that prints the version, pattern of the version, how it is written)
_STACKS = {
    "OpenSSL": ("openssl version", r"OpenSSL (\S+)", "OpenSSL {}"),
    "curl": ("curl --version", r"curl (\S+) .*?(OpenSSL)/(\S+)", "curl {} ({} {})"),
    "wget": ("wget --version", r"Wget (\S+)", "Wget {} (GnuTLS)"),
    "GnuTLS": ("gnutls-cli --version", r"gnutls-cli (\S+)", "GnuTLS {}"),
    "nginx": ("nginx -v", r"nginx/(\S+)", "nginx {}"),
    "Apache": ("apache2 -v", r"Apache/(\S+)", "Apache httpd {}"),
    "HAProxy": ("haproxy -v", r"version ([\d.]+)", "HAProxy {}"),
    "Go": ("go version", r"go([\d.]+)", "Go {} crypto/tls"),
    "Java": ("java -version", r'version "([^"]+)"', "Java {} JSSE"),
    "newer Go": ("go-newer version", r"go([\d.]+)", "Go {} crypto/tls"),
    "newer Java": ("java-newer -version", r'version "([^"]+)"', "Java {} JSSE"),
    "Mbed TLS": (
        f"{shlex.quote(sys.executable)} -c 'import mbedtls.version; print(mbedtls.version.version)'",
        r"TLS (\S+)",
        "Mbed TLS {}",
    ),
    "Node": (
        "node -p '[process.versions.node, process.versions.openssl].join()'",
        r"(.+),(.+)",
        "Node.js {} (OpenSSL {})",
    ),
    "PostgreSQL": ("sh -c '$(pg_config --bindir)/postgres --version'", r"PostgreSQL\) ([\d.]+)", "PostgreSQL {}"),
    "psql": ("psql --version", r"PostgreSQL\) ([\d.]+)", "psql {} (libpq)"),
    "Python": (
        f"{shlex.quote(sys.executable)} -c "
        "'import platform, ssl; print(platform.python_version(), ssl.OPENSSL_VERSION)'",
        r"(\S+) OpenSSL (\S+)",
        "Python {} ssl (OpenSSL {})",
    ),
    "tlslite-ng": (
        f"{shlex.quote(sys.executable)} -c 'import tlslite; print(tlslite.__version__)'",
        r"(\S+)",
        "tlslite-ng {}",
    ),
    "mitmproxy": ("mitmdump --version", r"Mitmproxy: (\S+)", "mitmproxy {}"),
    "NSS": ("dpkg-query -W -f '${Version}' libnss3", r"(?:\d+:)?([\d.]+)", "NSS {}"),
    "Chromium": ("chromium --version", r"Chromium (\S+)", "Chromium {} (BoringSSL)"),
    "Firefox": ("firefox-esr --version", r"Firefox (\S+?)(?:esr)?$", "Firefox {} (NSS)"),
    "own": ("true", r"()", "small peer of ours{}"),
}


@cache
def stack_version(stack: str) -> str:
    command, pattern, form = _STACKS[stack]
    result = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True)
    match = re.search(pattern, result.stdout + result.stderr)
    if match is None:
        raise ValueError(f"no version in what `{command}` printed")
    return form.format(*match.groups())
