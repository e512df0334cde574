"""What all rules together cost on one handshake: ``python -m tests.benchmarks.rule_cost [ROUNDS]``.

Every handshake of the corpus is judged as in a run (engine, rules, folding, verdict), once as recorded and, where a key
log lies beside it, once more without. The handshakes take turns, so that what a rule remembers of the one before it
is as good as in a capture of many clients, and no better. CPU time of this thread; a handshake's cost is its median.
Exits 1 where it is over a limit.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.engine import examine
from analyzer.diagnosis.report import Verdict
from analyzer.diagnosis.verdict import choose, fold
from analyzer.model import Case, Severity
from analyzer.pipeline.recorded_cases import recorded_cases

CAPTURES = Path(__file__).parents[2] / "captures"
WARM_UP, ROUNDS = 5, 40
LIMITS = {"nothing is wrong": 50.0, "odd, not failed": 150.0, "failed": 150.0}
"""Microseconds for each handshake; the second kind has a finding worse than a note, which failed nobody."""
DEAREST = 10
CATALOGUE = load_catalogue()


def judge(case: Case) -> Verdict | None:
    """One handshake, as the diagnosis of a connection does it."""
    examination = examine(CATALOGUE, case)
    return choose(fold(CATALOGUE, examination.findings), case.handshake.outcome)


def kind_of(case: Case) -> str:
    """One of the keys of the limits."""
    verdict, findings = judge(case), examine(CATALOGUE, case).findings
    if verdict is not None and verdict.severity is Severity.FAILURE:
        return "failed"
    odd = any(finding.severity is not Severity.NOTE for finding in findings)
    return "odd, not failed" if odd else "nothing is wrong"


def all_cases() -> list[Case]:
    """Every handshake of the corpus, the encrypted ones with and without their keys."""
    cases: list[Case] = []
    for truth in sorted(CAPTURES.glob("*/truth.toml")):
        cases.extend(recorded_cases(truth.parent))
        if (truth.parent / "keys.log").exists():
            cases.extend(recorded_cases(truth.parent / "capture.pcap"))
    return cases


def cost(work: Callable[[Case], object], cases: Sequence[Case], rounds: int) -> list[float]:
    """Microseconds of CPU for each case: the median over the rounds."""
    spent: list[list[int]] = [[] for _ in cases]
    gc.collect()
    for turn in range(WARM_UP + rounds):
        for case, times in zip(cases, spent, strict=True):
            before = time.thread_time_ns()
            work(case)
            after = time.thread_time_ns()
            if turn >= WARM_UP:
                times.append(after - before)
    return [statistics.median(times) / 1000 for times in spent]


def asked(check: Callable[[Case], object]) -> Callable[[Case], object]:
    """A rule alone; that it does not apply, or could not see, is an answer as well."""

    def ask(case: Case) -> object:
        try:
            return check(case)
        except Exception as answer:
            return answer

    return ask


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


def by_kind(cases: Sequence[Case], rounds: int) -> dict[str, list[float]]:
    """Microseconds for all rules together, of each handshake."""
    clock = clock_cost(cases, rounds)
    groups: dict[str, list[float]] = {kind: [] for kind in LIMITS}
    for case, microseconds in zip(cases, cost(judge, cases, rounds), strict=True):
        groups[kind_of(case)].append(microseconds - clock)
    return groups


def clock_cost(cases: Sequence[Case], rounds: int) -> float:
    """What measuring costs by itself."""
    return statistics.median(cost(lambda case: None, cases, rounds))


def main(rounds: int) -> int:
    cases = all_cases()
    groups, clock = by_kind(cases, rounds), clock_cost(cases, rounds)
    print(f"{len(CATALOGUE.rules)} rules, {len(cases)} handshakes, microseconds of CPU for all rules together\n")
    print(f"{'handshakes in which':20}{'number':>8}{'median':>8}{'90 %':>8}{'most':>8}{'limit':>8}")
    over = 0
    for kind, values in groups.items():
        middle, high = statistics.median(values), percentile(values, 0.9)
        over += high >= LIMITS[kind]
        row = f"{middle:8.1f}{high:8.1f}{max(values):8.1f}{LIMITS[kind]:8.0f}"
        print(f"{kind:20}{len(values):8}{row}")
    print(f"\nthe {DEAREST} dearest rules {'mean':>26}{'most':>8}")
    alone = {rule.id: cost(asked(rule.check), cases, max(rounds // 4, 1)) for rule in CATALOGUE.rules}
    for rule in sorted(alone, key=lambda rule: -sum(alone[rule]))[:DEAREST]:
        values = [microseconds - clock for microseconds in alone[rule]]
        print(f"{rule:40}{statistics.mean(values):8.2f}{max(values):8.1f}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
