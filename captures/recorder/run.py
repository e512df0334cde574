"""Runs one scenario: starts the ends, records, reads the packets, writes the folder."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import msgspec

from . import tshark
from .network import Recorder, is_listening, prepare, wait_until
from .programs import Program, Running, key_log_environment, start
from .scenarios import Scenario
from .truth import Truth, dump

_CLIENT_SECONDS = 25
KEYS = "keys.log"
SERVER_KEY = "server.key"


class PlanError(Exception):
    """The packets show another outcome than the scenario planned."""


def record(scenario: Scenario, workshop: Path, target: Path) -> None:
    """Record `scenario` within this process's own network namespace; `workshop` holds PKI and peers."""
    scratch = workshop / scenario.name
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(workshop / "material", scratch)
    scratch.chmod(0o755)
    prepare(offload=scenario.offload)

    capture = scratch / "recording.pcap"
    server_logs, client_logs = scenario.key_log == "server", scenario.key_log == "client"
    running = [_start_server(server, scratch, number, server_logs) for number, server in enumerate(scenario.servers)]
    try:
        with Recorder(capture, " or ".join(f"tcp port {port}" for port in scenario.ports)):
            spoken = [
                _run_client(client, scratch, number, client_logs) for number, client in enumerate(scenario.clients)
            ]
    finally:
        for server in running:
            server.stop()

    target.mkdir(parents=True, exist_ok=True)
    secrets = scratch / KEYS if scenario.secrets_inside else None
    _write_capture(capture, target / scenario.container, secrets)
    for name, programs, outputs in (
        ("client.txt", scenario.clients, spoken),
        ("server.txt", scenario.servers, [server.output for server in running]),
    ):
        text = _joined(programs, [path.read_text(errors="replace") for path in outputs])
        (target / name).write_text(_without_paths(text, scratch))
    for given in {scenario.client_cert, scenario.trust} - {None}:
        shutil.copy(scratch / str(given), target / str(given))
    if scenario.key_log and not scenario.secrets_inside:
        shutil.copyfile(scratch / KEYS, target / KEYS)
    if scenario.server_key:
        (target / SERVER_KEY).write_text(_private_key(scratch / scenario.server_key))
    (target / "made.txt").write_text(_without_paths(_made(scenario), scratch))
    (target / "truth.toml").write_text(dump(_truth(scenario, target)))


def _private_key(path: Path) -> str:
    """The key alone, as `--server-key` takes it."""
    pem, end, _ = path.read_text().partition("-----END PRIVATE KEY-----\n")
    return pem + end


def _start_server(server: Program, scratch: Path, number: int, logs_keys: bool) -> Running:
    running = start(server, scratch, f"server{number}.out", logs_keys=logs_keys)
    wait_until(lambda: is_listening(server.port), f"{server.command[0]} to listen on {server.port}")
    return running


def _run_client(client: Program, scratch: Path, number: int, logs_keys: bool) -> Path:
    running = start(client, scratch, f"client{number}.out", logs_keys=logs_keys)
    try:
        running.process.wait(timeout=_CLIENT_SECONDS)
    except subprocess.TimeoutExpired:
        running.stop()
    return running.output


def _write_capture(recording: Path, target: Path, secrets: Path | None) -> None:
    if target.suffix == ".pcapng":
        inject = ["--inject-secrets", f"tls,{secrets}"] if secrets else []
        subprocess.run(["editcap", "-F", "pcapng", *inject, str(recording), str(target)], check=True)
    elif target.suffix == ".gz":
        target.write_bytes(gzip.compress(recording.read_bytes(), mtime=0))
    else:
        shutil.copy(recording, target)


def _joined(programs: tuple[Program, ...], texts: list[str]) -> str:
    if len(programs) == 1:
        return texts[0]
    return "".join(f"==> {program.command_line} <==\n{text}\n" for program, text in zip(programs, texts, strict=True))


def _without_paths(text: str, scratch: Path) -> str:
    """Paths of the recording machine say nothing and change with every run."""
    installed = sysconfig.get_paths()
    for path, short in (
        (f"{scratch}/", ""),
        (str(scratch), "."),
        (sys.executable, "python3"),
        (installed["purelib"], "site-packages"),
        (installed["stdlib"], f"python{sysconfig.get_python_version()}"),
    ):
        text = text.replace(path, short)
    return text


def _made(scenario: Scenario) -> str:
    lines = [f"python captures/record.py {scenario.name}", ""]
    for side, programs in (("server", scenario.servers), ("client", scenario.clients)):
        for program in programs:
            lines += [f"{side}: {program.version}", f"  $ {program.command_line}"]
            for name, text in program.files.items():
                lines += [f"  {name}:", *(f"    {line}" for line in text.splitlines())]
            lines.append("")
    offload = "on" if scenario.offload else "off, MTU 1500"
    if scenario.key_log:
        programs = scenario.servers if scenario.key_log == "server" else scenario.clients
        lines += [f"{KEYS}: logged by the {scenario.key_log}: {_how_keys_are_logged(programs)}"]
        if scenario.secrets_inside:
            lines += [f"  $ editcap -F pcapng --inject-secrets tls,{KEYS} recording.pcap {scenario.container}"]
        lines += [""]
    lines += [f"recorded with tcpdump on loopback, segmentation offload {offload}"]
    return "\n".join(lines) + "\n"


def _how_keys_are_logged(programs: tuple[Program, ...]) -> str:
    return ", ".join(
        dict.fromkeys(
            " ".join(f"{name}={Path(value).name}" for name, value in key_log_environment(program, Path()).items())
            for program in programs
        )
    )


def _truth(scenario: Scenario, target: Path) -> Truth:
    keys = KEYS if scenario.key_log and not scenario.secrets_inside else None
    handshakes = tshark.handshakes(
        target / scenario.container,
        scenario.tls_ports,
        target / keys if keys else None,
        secrets_inside=scenario.secrets_inside,
    )
    outcomes = tuple(handshake.outcome for handshake in handshakes)
    as_planned = outcomes == scenario.outcomes if scenario.counted else set(outcomes) == set(scenario.outcomes)
    if not as_planned:
        raise PlanError(f"{scenario.name}: planned {scenario.outcomes}, seen {outcomes}: {handshakes}")
    expect = scenario.expect
    if not scenario.counted:
        expect = msgspec.structs.replace(
            expect, connections=len(handshakes), related=_given_up_for_the_last(len(handshakes))
        )
    handshakes = [msgspec.structs.replace(one, **dict.fromkeys(scenario.misread)) for one in handshakes]
    return Truth(
        title=scenario.title,
        kind=scenario.kind,
        client=_versions(scenario.clients),
        server=_versions(scenario.servers),
        file=scenario.container,
        keys=keys,
        server_key=SERVER_KEY if scenario.server_key else None,
        client_cert=scenario.client_cert,
        trust=scenario.trust,
        expected_server=scenario.expected_server,
        not_observed=scenario.not_observed,
        expect=expect,
        handshakes=tuple(handshakes),
    )


def _given_up_for_the_last(connections: int) -> tuple[str, ...]:
    """A browser's connections: it gave up all but one."""
    earlier = range(1, connections)
    return (
        *(f"{one} repeated-by {connections}" for one in earlier),
        *(f"{connections} repeats {one}" for one in earlier),
    )


def _versions(programs: tuple[Program, ...]) -> str:
    return ", ".join(dict.fromkeys(program.version for program in programs))
