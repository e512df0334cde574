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


def timed(command: list[str]) -> tuple[float, float]:
    """Seconds and MiB at the peak of one run."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def compare(capture: Path, runs: int, keys: Path | None = None) -> None:
    print(f"{capture.name}, {capture.stat().st_size / 1e6:,.0f} MB")
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(timed(certwhy_command(capture, keys)))
        print(f"  certwhy {ours[-1][0]:7.2f} s  {ours[-1][1]:5.0f} MiB", flush=True)
        theirs.append(timed(tshark_command(capture, keys)))
        print(f"  tshark  {theirs[-1][0]:7.2f} s  {theirs[-1][1]:5.0f} MiB", flush=True)
    ratio = statistics.median(t for t, _ in theirs) / statistics.median(t for t, _ in ours)
    print(f"  certwhy is {ratio:.1f} times as fast; its peak memory is {max(m for _, m in ours):.0f} MiB\n", flush=True)


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
        for name, recordings in HANDSHAKES.items():
            handshakes = Path(folder) / f"{name}.pcap"
            write_handshakes(handshakes, recordings)
            keys = None
            if recordings is TLS13_RECORDINGS:
                keys = Path(folder) / "keys.log"
                write_keys(keys)
            compare(handshakes, runs, keys)
            handshakes.unlink()
        data = Path(folder) / "application-data.pcap"
        write_application_data(data)
        compare(data, runs)


if __name__ == "__main__":
    main()
