"""What the rules say of one case."""

from __future__ import annotations

import msgspec

from analyzer.diagnosis.report import Finding, UndecidedRule


class Broken(msgspec.Struct, frozen=True):
    """A rule crashed: our problem, not the login's."""

    rule: str
    error: str


class Examination(msgspec.Struct):
    """What all rules say of one case."""

    findings: list[Finding]
    undecided: list[UndecidedRule]
    broken: list[Broken]
