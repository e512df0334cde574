"""Records captures from real TLS stacks: `python captures/record.py [NAME...]`, all without a name.

Needs root (network namespaces) and the stacks that README.md names. Each scenario runs in a namespace of its own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from recorder import chain_flaws, flaws, pki
from recorder.built import BUILDS, build
from recorder.run import record
from recorder.tables import TABLES
from recorder.tables.near_misses import mint_near_misses

HERE = Path(__file__).parent
PEERS = HERE / "recorder" / "peers"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    by_name = {scenario.name: scenario for table in TABLES for scenario in table}
    builds = {plan.name: plan for plan in BUILDS}
    names = arguments.names or [*by_name, *builds]
    unknown = set(names) - set(by_name) - set(builds)
    if unknown:
        parser.error(f"no scenario named {', '.join(sorted(unknown))}")
    if arguments.inside:
        record(by_name[arguments.names[0]], arguments.inside, HERE / arguments.names[0])
        return 0
    with tempfile.TemporaryDirectory(prefix="captures-") as folder:
        workshop = Path(folder)
        workshop.chmod(0o755)
        furnish(workshop / "material")
        failed = [name for name in names if name in by_name and not record_in_namespace(name, workshop)]
        for name in names:
            if name in builds:
                build(builds[name], HERE, workshop / "material")
                print("built", name, flush=True)
    if failed:
        print("failed:", *failed)
    return 1 if failed else 0


def furnish(material: Path) -> None:
    """Put the PKI and the peers that are ours into `material`; each recording gets a copy."""
    material.mkdir()
    now = dt.datetime.now(dt.UTC)
    pki.mint(material, now)
    flaws.mint_flaws(material, now)
    flaws.mint_public_leaf(material, now)
    mint_near_misses(material, now)
    chain_flaws.mint_chain_flaws(material, now)
    for script in PEERS.glob("*.[jp][sy]"):
        shutil.copy(script, material)
    subprocess.run(["go", "build", "-o", str(material / "peer-go"), str(PEERS / "peer.go")], check=True)
    if shutil.which("go-newer"):
        subprocess.run(["go-newer", "build", "-o", str(material / "peer-go-newer"), str(PEERS / "peer.go")], check=True)
    library = ["-shared", "-fPIC", "-O2", "-o", str(material / "keylog.so"), str(HERE / "recorder" / "keylog.c")]
    subprocess.run(["gcc", *library], check=True)
    server = ["-O2", "-o", str(material / "no-context-server"), str(PEERS / "no_context_server.c"), "-lssl", "-lcrypto"]
    subprocess.run(["gcc", *server], check=True)
    subprocess.run(["javac", "-d", str(material), str(PEERS / "Peer.java")], check=True)


def record_in_namespace(name: str, workshop: Path) -> bool:
    command = ["unshare", "-n", sys.executable, __file__, name, "--inside", str(workshop)]
    ok = subprocess.run(command).returncode == 0
    print("recorded" if ok else "FAILED", name, flush=True)
    return ok


if __name__ == "__main__":
    sys.exit(main())
