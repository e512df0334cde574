"""All rules together stay cheap. The benchmark measures it; this only notices a rule out of all proportion."""

from __future__ import annotations

import statistics

from tests.benchmarks.rule_cost import LIMITS, all_cases, by_kind

SLOW_MACHINE = 4
"""A machine of the gate may be slow, and busy with other things."""


def test_all_rules_together() -> None:
    for kind, microseconds in by_kind(all_cases(), rounds=5).items():
        assert len(microseconds) > 30
        assert statistics.median(microseconds) < SLOW_MACHINE * LIMITS[kind]
