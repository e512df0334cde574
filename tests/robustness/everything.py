"""The long version of the damage tests: ``python -m tests.robustness.everything [MUTATIONS]``.

Cuts every shipped capture at every offset, and makes 100,000 seeded mutations, in as many processes as there are
processors. It prints how many it made and how long the slowest took, and stops at the first that fails, with its seed
or offset. A report is drawn where it says something else than that of the offset before.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from tests.robustness.damage import (
    capture_files,
    check_bytes,
    check_drawing,
    check_reading,
    drawn,
    key_log_beside,
    mutated,
    temporary_folder,
)

MUTATIONS_OF_A_TASK = 500
T = TypeVar("T")


class Done(NamedTuple):
    """A task that found nothing."""

    what: str
    number: int
    slowest: float


def cuts(path: Path) -> Done:
    """Cut this capture at every offset."""
    data, key_log = path.read_bytes(), key_log_beside(path)
    slowest, said = 0.0, ""
    with temporary_folder() as folder:
        for at in range(len(data)):
            started = time.monotonic()
            try:
                report = check_reading(data[:at], Path(folder), key_log)
                now = drawn(msgspec.structs.replace(report, inputs=()), "json")
                if now != said:
                    check_drawing(report)
                    said = now
            except BaseException:
                print(f"failed: {path.parent.name} cut at {at}", flush=True)
                raise
            slowest = max(slowest, time.monotonic() - started)
    return Done(path.parent.name, len(data), slowest)


def mutations(first: int) -> Done:
    """Mutations with the seeds from this one on."""
    files = capture_files()
    slowest = 0.0
    with temporary_folder() as folder:
        for seed in range(first, first + MUTATIONS_OF_A_TASK):
            generator = random.Random(seed)
            path = generator.choice(files)
            data = mutated(path.read_bytes()[:60_000], generator)
            key_log = generator.choice((None, key_log_beside(path)))
            started = time.monotonic()
            try:
                check_bytes(data, Path(folder), key_log)
            except BaseException:
                print(f"failed: mutation {seed}", flush=True)
                raise
            slowest = max(slowest, time.monotonic() - started)
    return Done(f"mutations from {first:,} on", MUTATIONS_OF_A_TASK, slowest)


def run(workers: ProcessPoolExecutor, task: Callable[[T], Done], arguments: Iterable[T], what: str) -> None:
    """Do a task for each argument, and say what came of all of them."""
    count, slowest = 0, 0.0
    for future in as_completed([workers.submit(task, argument) for argument in arguments]):
        done = future.result()
        count, slowest = count + done.number, max(slowest, done.slowest)
        print(f"{done.what}: {done.number:,}", flush=True)
    print(f"{count:,} {what}, slowest {slowest:.3f} s", flush=True)


def main(wanted: int) -> None:
    with ProcessPoolExecutor() as workers:
        try:
            run(workers, cuts, sorted(capture_files(), key=lambda path: path.stat().st_size), "offsets")
            run(workers, mutations, range(0, wanted, MUTATIONS_OF_A_TASK), "mutations")
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
