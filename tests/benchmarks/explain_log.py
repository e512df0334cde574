"""certwhy explain and grep -E on the same synthetic log: ``python -m tests.benchmarks.explain_log [MEGABYTES]``.

Prints the time of each, and the ratio: once with a known message in a line of a thousand, as logs are, and once with
one in every line. grep gets the same patterns in its own spelling and only counts lines. The second log is a tenth of
the size, as grep takes long for it.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from analyzer.explain.entries import KnownMessage, load_messages

ORDINARY = (
    "2026-03-02T09:14:22.123Z INFO  [http-nio-8443-exec-{}] shop.OrderController - order {} accepted in {} ms",
    '192.0.2.7 - - [02/Mar/2026:09:14:22 +0000] "GET /api/v1/items/{} HTTP/1.1" 200 {} "-" "curl/8.{}"',
    "Mar  2 09:14:22 web01 kernel: [{}.123] eth0: link up {} Mbps full duplex {}",
    "2026-03-02 09:14:22,123 DEBUG sql - select id, certificate_id from orders where id={} and user={} limit {}",
)
"""Lines as applications, web servers, kernels and databases write them."""


def write_log(path: Path, size: int, density: float, messages: Sequence[KnownMessage]) -> None:
    """A log of so many bytes in which that part of the lines holds a known message; the same each time."""
    choice = random.Random(6)
    examples = [example.replace("\n", " ") for known in messages for example in known.entry.examples]
    with path.open("w", encoding="utf-8") as log:
        while log.tell() < size:
            block = []
            for _ in range(2000):
                if choice.random() < density:
                    block.append(f"2026-03-02T09:14:22.123Z {choice.choice(examples)}\n")
                else:
                    numbers = (choice.randrange(100_000) for _ in range(3))
                    block.append(choice.choice(ORDINARY).format(*numbers) + "\n")
            log.write("".join(block))


def for_grep(pattern: str) -> str:
    """A pattern of RE2 in the syntax of ``grep -E``."""
    pattern = re.sub(r"\(\?[i]?:", "(", pattern).replace(r"[\s\S]", ".").replace(r"[^\n]", ".")
    pattern = re.sub(r"(?<!\\)\\d", "[0-9]", pattern)
    return re.sub(r"([*+?}])\?", r"\1", pattern)


def measured(command: Sequence[str], environment: dict[str, str]) -> tuple[float, str]:
    """Seconds, and what it wrote."""
    begin = time.perf_counter()
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    return time.perf_counter() - begin, done.stdout


def main() -> None:
    """Both densities."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    messages = load_messages()
    with tempfile.TemporaryDirectory() as folder:
        patterns = Path(folder) / "patterns"
        patterns.write_text("".join(for_grep(known.entry.pattern) + "\n" for known in messages), encoding="utf-8")
        log = Path(folder) / "app.log"
        for density, size in ((0.001, megabytes), (1.0, max(1, megabytes // 10))):
            write_log(log, size * 1_000_000, density, messages)
            grep, lines = measured(["grep", "-E", "-i", "-c", "-f", str(patterns), str(log)], {"LC_ALL": "C"})
            own, answer = measured(
                [sys.executable, "-m", "analyzer", "explain", "--file", str(log), "--format", "json"], {}
            )
            found = sum(reading["lines"]["count"] for reading in json.loads(answer)["readings"])
            print(
                f"{size} MB, {density:.1%} of the lines: grep {grep:.2f} s ({lines.strip()} lines), "
                f"certwhy {own:.2f} s ({found} messages, {len(messages)} patterns), ratio {own / grep:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
