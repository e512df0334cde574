"""A folder with a rule of the user's own, as ``certwhy rules new`` writes it, and ways to break it."""

from __future__ import annotations

from pathlib import Path

from analyzer.diagnosis.complaint import Complaint
from analyzer.diagnosis.new_rule import write_rule
from analyzer.pipeline.rule_check import check_rules


class OwnRules:
    """A folder of rules; ``page`` and ``predicate`` are those of its first one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.page, self.predicate = self.add("my-rule")

    def add(self, rule: str, stage: str = "unanswered") -> tuple[Path, Path]:
        return write_rule(rule, stage, self.folder)

    def complaints(self) -> tuple[Complaint, ...]:
        return check_rules([self.folder]).complaints


def change(path: Path, before: str, after: str) -> int:
    """Put one text in another's place, which must be there once; returns its line."""
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")
    return text[: text.index(before)].count("\n") + 1
