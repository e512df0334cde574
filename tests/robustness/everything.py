"""The long version of the damage tests: ``python -m tests.robustness.everything [MUTATIONS]``.

Cuts every shipped capture at every offset, and makes 100,000 seeded mutations. It prints how many it made and
how long the slowest took, and stops at the first that fails, with its seed or offset.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from tests.robustness.damage import capture_files, check_bytes, key_log_beside, mutated, temporary_folder


def main() -> None:
    mutations = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    files = capture_files()
    with temporary_folder() as folder:
        offsets = slowest = 0.0
        for path in files:
            data = path.read_bytes()
            for at in range(len(data)):
                what = f"{path.parent.name} cut at {at}"
                slowest = max(slowest, _timed(data[:at], Path(folder), what, key_log_beside(path)))
            offsets += len(data)
            print(f"{path.parent.name}: {len(data):,} offsets", flush=True)
        print(f"{offsets:,.0f} offsets, slowest {slowest:.3f} s")
        slowest = 0.0
        for seed in range(mutations):
            generator = random.Random(seed)
            path = generator.choice(files)
            data = mutated(path.read_bytes()[:60_000], generator)
            key_log = generator.choice((None, key_log_beside(path)))
            slowest = max(slowest, _timed(data, Path(folder), f"mutation {seed}", key_log))
        print(f"{mutations:,} mutations, slowest {slowest:.3f} s")


def _timed(data: bytes, folder: Path, what: str, key_log: Path | None) -> float:
    started = time.monotonic()
    try:
        check_bytes(data, folder, key_log)
    except BaseException:
        print(f"failed: {what}", flush=True)
        raise
    return time.monotonic() - started


if __name__ == "__main__":
    main()
