"""certwhy and tshark on the same big captures, in turn: ``python -m tests.benchmarks.against_tshark [RUNS]``.

Prints the time and peak memory of each run, and the ratios of the medians. tshark prints the facts that
certwhy's report holds, and reassembles out-of-order segments, which it needs to be right.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from tests.benchmarks.big_captures import (
    RSA_RECORDINGS,
    SEED_RECORDINGS,
    TLS13_RECORDINGS,
    write_application_data,
    write_handshakes,
    write_keys,
)

FIELDS = (
    "frame.number",
    "frame.time_epoch",
    "tcp.stream",
    "ip.src",
    "tcp.srcport",
    "ip.dst",
    "tcp.dstport",
    "tls.record.content_type",
    "tls.handshake.type",
    "tls.handshake.version",
    "tls.handshake.ciphersuite",
    "tls.handshake.session_id",
    "tls.handshake.session_ticket",
    "tls.handshake.extensions_server_name",
    "tls.handshake.extensions_alpn_str",
    "tls.handshake.sig_hash_alg",
    "tls.handshake.cert_type.types",
    "tls.handshake.dnames",
    "tls.handshake.certificate",
    "x509sat.uTF8String",
    "x509sat.printableString",
    "x509af.serialNumber",
    "x509af.utcTime",
    "x509ce.KeyPurposeId",
    "x509ce.KeyUsage",
    "x509ce.cA",
    "tls.alert_message.level",
    "tls.alert_message.desc",
)
"""The facts that certwhy's own report holds."""


ROOT = Path(__file__).resolve().parents[2]

HANDSHAKES = {
    "handshakes": SEED_RECORDINGS,
    "handshakes-with-rsa-clients": RSA_RECORDINGS,
    "handshakes-tls13-with-keys": TLS13_RECORDINGS,
}


def tshark_command(capture: Path, keys: Path | None = None) -> list[str]:
    fields = [argument for field in FIELDS for argument in ("-e", field)]
    options = ["-o", "tcp.reassemble_out_of_order:TRUE"]
    if keys is not None:
        options += ["-o", f"tls.keylog_file:{keys}"]
    return ["tshark", "-n", "-r", str(capture), *options, "-Y", "tls.handshake", "-T", "fields", *fields]


def certwhy_command(capture: Path, keys: Path | None = None) -> list[str]:
    command = [sys.executable, "-m", "analyzer", "read", str(capture)]
    return command if keys is None else [*command, "--keys", str(keys)]


_ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
"""As where certwhy is installed: its modules are compiled once, not in every run."""


def timed(command: list[str], code: Path = ROOT) -> tuple[float, float]:
    """Seconds and MiB at the peak of one run; ``code`` is the folder with the package."""
    started = time.perf_counter()
    environment = {**_ENVIRONMENT, "PYTHONPATH": str(code)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=code)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def compile_into(folder: Path) -> Path | None:
    """The compiled package, unpacked from its wheel; None where it cannot be built."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    environment = {**_ENVIRONMENT, "HATCH_BUILD_HOOK_ENABLE_CUSTOM": "true"}
    done = subprocess.run(build, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"The compiled wheel cannot be built, so that only pure Python is measured:\n{done.stdout[-500:]}\n")
        return None
    package = folder / "compiled"
    zipfile.ZipFile(next(folder.glob("certwhy-*.whl"))).extractall(package)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(package)], check=True, env=_ENVIRONMENT)
    return package


def compare(capture: Path, runs: int, compiled: Path | None, keys: Path | None = None) -> None:
    print(f"{capture.name}, {capture.stat().st_size / 1e6:,.0f} MB")
    contestants = {"tshark": (tshark_command(capture, keys), ROOT), "pure": (certwhy_command(capture, keys), ROOT)}
    if compiled is not None:
        contestants["compiled"] = (certwhy_command(capture, keys), compiled)
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, (command, code) in contestants.items():
            seconds, peak = timed(command, code)
            measured[name].append((seconds, peak))
            print(f"  {name:8} {seconds:7.2f} s  {peak:5.0f} MiB", flush=True)
    theirs = statistics.median(seconds for seconds, _ in measured.pop("tshark"))
    for name, ours in measured.items():
        ratio, peak = theirs / statistics.median(seconds for seconds, _ in ours), max(peak for _, peak in ours)
        print(f"  certwhy ({name}) is {ratio:.1f} times as fast; its peak memory is {peak:.0f} MiB", flush=True)
    print()


def help_seconds() -> float:
    """How long ``certwhy --help`` takes: the median of five runs."""
    command = [sys.executable, "-m", "analyzer", "--help"]
    return statistics.median(timed(command)[0] for _ in range(5))


def main() -> None:
    if shutil.which("tshark") is None:
        raise SystemExit("tshark is not installed: there is nothing to compare with.")
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(f"certwhy --help: {help_seconds():.2f} s\n")
    with tempfile.TemporaryDirectory(prefix="certwhy-benchmark-") as folder:
        compiled = compile_into(Path(folder))
        for name, recordings in HANDSHAKES.items():
            handshakes = Path(folder) / f"{name}.pcap"
            write_handshakes(handshakes, recordings)
            keys = None
            if recordings is TLS13_RECORDINGS:
                keys = Path(folder) / "keys.log"
                write_keys(keys)
            compare(handshakes, runs, compiled, keys)
            handshakes.unlink()
        data = Path(folder) / "application-data.pcap"
        write_application_data(data)
        compare(data, runs, compiled)


if __name__ == "__main__":
    main()
