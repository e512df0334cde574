"""What the rules say of one case."""

from __future__ import annotations

import msgspec

from analyzer.diagnosis.catalogue import Check, Rule
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


class Plan(msgspec.Struct, frozen=True):
    """Which rules are asked of a handshake, and the answers of those that are not: they miss their first need."""

    asked: tuple[tuple[Rule, Check], ...]
    undecided: tuple[UndecidedRule, ...]
