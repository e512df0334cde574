"""Logins at two nginx, with tcpdump and certwhy sniff beside: ``python -m tests.live.nginx_logins FOLDER``.

It runs in a network namespace of its own. One server demands a certificate, the other takes a login without one; both
speak TLS 1.2 and 1.3. Clients come with a good certificate, with none, with one of an unknown CA and an expired one.
In FOLDER it leaves beside.pcap, keys.log, live.jsonl, live.err and logins.json: what each login was, in their order.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from captures.recorder import clients, servers
from captures.recorder.network import SERVER, Recorder, is_listening, prepare, wait_until
from captures.recorder.pki import mint
from captures.recorder.programs import Program, Running, start

PORTS = {"on": 8441, "optional": 8442}
CERTIFICATES = {
    "good": ("alice.pem", "issuing.pem"),
    "none": (None, None),
    "unknown CA": ("bob.pem", "issuing-b.pem"),
    "expired": ("expired.pem", "issuing.pem"),
}
"""Key and certificate, and the intermediate that openssl sends with it."""
VERSIONS = ("1.2", "1.3")
_FILES = ("server.pem", "root-a.pem")
_QUIET_S = 2.5
"""Longer than a login must be quiet to be judged."""


def _server(folder: Path, verify: str) -> Running:
    own = folder / f"nginx-{verify}"
    own.mkdir()
    for name in _FILES:
        (own / name).write_bytes((folder / name).read_bytes())
    listen = f"{SERVER}:{PORTS[verify]} ssl"
    running = start(servers.nginx(verify=verify, listen=listen, protocols="TLSv1.2 TLSv1.3"), own, "nginx.out")
    wait_until(lambda: is_listening(PORTS[verify]), "nginx to listen")
    return running


def _client(program: str, version: str, what: str, port: int) -> Program:
    certificate, chain = CERTIFICATES[what]
    if program == "openssl":
        flag = f"-tls{version.replace('.', '_')}"
        options = "-keylogfile keys.log"
        return clients.openssl(certificate, chain=chain, version=flag, options=options, address=f"{SERVER}:{port}")
    options = f"--tlsv{version} --tls-max {version} --resolve shop.example:{port}:{SERVER} https://shop.example:{port}/"
    return clients.curl(certificate, version="", options=options, urls=0)


def _watchers() -> int:
    """Packet sockets whose ring some process has in its memory: the kernel may need long for it once they are bound."""
    inodes = {row.split()[-1] for row in Path("/proc/net/packet").read_text().splitlines()[1:]}
    mapped = set()
    for path in Path("/proc").glob("[0-9]*/maps"):
        with contextlib.suppress(OSError):
            mapped |= set(re.findall(r"socket:\[(\d+)\]", path.read_text()))
    return len(inodes & mapped)


def _log_in(folder: Path, name: str, client: Program) -> None:
    running = start(client, folder, f"{name}.out", logs_keys=client.stack == "curl")
    try:
        running.process.wait(timeout=20)
    finally:
        running.stop()


def _log_in_all(folder: Path) -> list[tuple[str, str, str, str]]:
    logins = []
    for number, version in enumerate(VERSIONS):
        for verify, port in PORTS.items():
            for turn, what in enumerate(CERTIFICATES):
                program = ("openssl", "curl")[(number + turn + (verify == "on")) % 2]
                login = (verify, version, what, program)
                _log_in(folder, " ".join(login), _client(program, version, what, port))
                logins.append(login)
    return logins


def main() -> None:
    folder = Path(sys.argv[1])
    mint(folder, dt.datetime.now(dt.UTC))
    prepare(offload=True)
    command = [sys.executable, "-m", "analyzer", "sniff", "lo", "--keys", "keys.log", "--format", "jsonl"]
    running = [_server(folder, verify) for verify in PORTS]
    try:
        with (
            Recorder(folder / "beside.pcap", "tcp"),
            (folder / "live.jsonl").open("wb") as told,
            (folder / "live.err").open("wb") as errors,
        ):
            watch = subprocess.Popen(command, cwd=folder, stdout=told, stderr=errors)
            wait_until(lambda: _watchers() == 2, "certwhy to listen beside tcpdump")
            time.sleep(0.2)
            logins = _log_in_all(folder)
            time.sleep(_QUIET_S)
            watch.send_signal(signal.SIGTERM)
            watch.wait(timeout=20)
    finally:
        for server in running:
            server.stop()
    (folder / "logins.json").write_text(json.dumps(logins))


if __name__ == "__main__":
    main()
