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

from analyzer.diagnosis.pages import STAGES, Page, read_page, rules_folder
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
        self.rules = rules
        self._by_name = {rule.id: rule for rule in rules}
        for rule in rules:
            for alias in rule.page.aliases:
                self._by_name.setdefault(alias, rule)

    def get(self, name: str) -> Rule | None:
        """The rule with this id or earlier id."""
        return self._by_name.get(name)


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
    return Rule(rule_id, stage, read_page(source), _load_check(source.with_suffix(".py"), stage), source)


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
