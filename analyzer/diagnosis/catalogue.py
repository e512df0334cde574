"""Finds the rules: a page and a predicate with the same stem, in a folder for each stage.

Nothing is registered anywhere. The built-in rules come with the wheel, as ``analyzer/_rules``; in a checkout
they are in ``rules/`` beside the package.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from analyzer.diagnosis.pages import STAGES, Page
from analyzer.errors import RulePageError
from analyzer.rule_api import Case, Match

Check = Callable[[Case], Match | None]


class Rule(msgspec.Struct, frozen=True):
    """One rule: its page, and the predicate that decides."""

    id: str
    stage: str
    page: Page
    check: Check
    source: Path
    """Its page's file."""


class Catalogue:
    """All rules, in the order of the stages and then of their ids."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = _with_causes(rules)
        self._by_name = {rule.id: rule for rule in self.rules}
        for rule in self.rules:
            for alias in rule.page.aliases:
                self._by_name.setdefault(alias, rule)

    def get(self, name: str) -> Rule | None:
        """The rule with this id or earlier id."""
        return self._by_name.get(name)


def _with_causes(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Each symptom's page names its causes: first those that it named itself, then those that name it."""
    causes = {rule.id: list(rule.page.explained_by) for rule in rules}
    for rule in rules:
        for symptom in rule.page.explains:
            if rule.id not in causes.get(symptom, (rule.id,)):
                causes[symptom].append(rule.id)
    replace = msgspec.structs.replace
    return tuple(replace(rule, page=replace(rule.page, explained_by=tuple(causes[rule.id]))) for rule in rules)


def rules_folder() -> Path:
    """Where the built-in rules are."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "_rules"
    return shipped if shipped.is_dir() else package.parent / "rules"


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """Load the built-in rules.

    Raises:
        RulePageError: a page or predicate cannot be loaded.
    """
    folder = rules_folder()
    rules = tuple(_load_rule(page, stage) for stage, page in _pages(folder))
    if not rules:
        raise RulePageError(f"No rules were found in {folder}.", "reinstall certwhy")
    return Catalogue(rules)


def _pages(folder: Path) -> Iterator[tuple[str, Path]]:
    for stage in STAGES:
        for page in sorted((folder / stage).glob("*.toml")):
            yield stage, page


def _load_rule(source: Path, stage: str) -> Rule:
    rule_id = source.stem.replace("_", "-")
    try:
        page = msgspec.toml.decode(source.read_bytes(), type=Page)
    except (msgspec.DecodeError, OSError, UnicodeDecodeError) as error:
        raise RulePageError(f"The page {source} cannot be read: {error}.") from error
    return Rule(rule_id, stage, page, _load_check(source.with_suffix(".py"), stage), source)


def _load_check(path: Path, stage: str) -> Check:
    spec = importlib.util.spec_from_file_location(f"certwhy_rules.{stage}.{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise RulePageError(f"The rule {path} has a page but no predicate.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        check: Check = module.check
    except Exception as error:
        raise RulePageError(f"The rule {path} cannot be loaded: {error!r}.") from error
    return check
