"""Finds the rules: a page and a predicate with the same stem, in a folder for each stage.

Nothing is registered anywhere. The built-in rules come with the wheel, as ``analyzer/_rules``; in a checkout
they are in ``rules/`` beside the package. The user's own are added to them, from folders of the same form. A predicate
is Python code, and loading it runs it.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from pathlib import Path

import msgspec

from analyzer.diagnosis.first_need import first_need
from analyzer.diagnosis.pages import STAGES, Page, read_page, rules_folder
from analyzer.diagnosis.quiet import silent_when_quiet
from analyzer.errors import RulePageError, UsageError
from analyzer.model import Handshake
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
    first_need: str | None = None
    """The fact of the handshake without which the predicate ends at once."""
    silent_when_quiet: bool = False
    """Where its first need is met, it has nothing to say of a quiet handshake (:mod:`.quiet`)."""


class Catalogue:
    """All rules, in the order of the stages and then of their ids."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = _with_causes(rules)
        self._by_name = {rule.id: rule for rule in self.rules}
        self.first_needs = tuple({rule.first_need for rule in self.rules if rule.first_need is not None})
        """Facts of the handshake that have to be looked at before any rule is asked."""
        self.facts_of = _getter(self.first_needs)
        """These facts of a handshake."""
        for rule in self.rules:
            for alias in rule.page.aliases:
                self._by_name.setdefault(alias, rule)

    def get(self, name: str) -> Rule | None:
        """The rule with this id or earlier id."""
        return self._by_name.get(name)


def _getter(names: Sequence[str]) -> Callable[[Handshake], tuple[object, ...]]:
    if len(names) < 2:  # attrgetter makes no tuple of one
        return lambda handshake: tuple(getattr(handshake, name) for name in names)
    return attrgetter(*names)


def _with_causes(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Each symptom's page names its causes: first those that it named itself, then those that name it."""
    causes = {rule.id: list(rule.page.explained_by) for rule in rules}
    for rule in rules:
        for symptom in rule.page.explains:
            if rule.id not in causes.get(symptom, (rule.id,)):
                causes[symptom].append(rule.id)
    replace = msgspec.structs.replace
    return tuple(replace(rule, page=replace(rule.page, explained_by=tuple(causes[rule.id]))) for rule in rules)


def load_catalogue(folders: Sequence[Path] = ()) -> Catalogue:
    """Load the built-in rules and those of the user's folders.

    Raises:
        UsageError: a folder is none, or holds no rules.
        RulePageError: a page or predicate cannot be loaded, or two rules have the same name.
    """
    builtin = _builtin_rules()
    added: list[Rule] = []
    known = {rules_folder().resolve()}
    for folder in folders:
        if folder.resolve() not in known:
            known.add(folder.resolve())
            added.extend(_user_rules(folder))
    if not added:
        return Catalogue(builtin)
    rules = (*builtin, *added)
    _refuse_clashes(rules)
    return Catalogue(tuple(sorted(rules, key=lambda rule: (STAGES.index(rule.stage), rule.id))))


@lru_cache(maxsize=1)
def _builtin_rules() -> tuple[Rule, ...]:
    folder = rules_folder()
    rules = tuple(_load_rule(page, stage) for stage, page in _pages(folder))
    if not rules:
        raise RulePageError(f"No rules were found in {folder}.", "reinstall certwhy")
    return rules


def _user_rules(folder: Path) -> list[Rule]:
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder} of rules.", HOW_TO_ADD)
    rules = [_load_rule(page, stage) for stage, page in _pages(folder)]
    if not rules:
        raise UsageError(f"The folder {folder} holds no rules: they are in a folder for each stage.", HOW_TO_ADD)
    return rules


HOW_TO_ADD = "certwhy rules new ID --stage STAGE --into DIR, which writes a first one."


def _refuse_clashes(rules: Iterable[Rule]) -> None:
    """A name, be it an earlier one, leads to one rule."""
    owners: dict[str, Rule] = {}
    for rule in rules:
        for name in (rule.id, *rule.page.aliases):
            owner = owners.setdefault(name, rule)
            if owner is not rule:
                raise RulePageError(
                    f'Two rules are called "{name}": {owner.source} and {rule.source}.',
                    "Rename one of them: a rule's id is the name of its files.",
                )


def _pages(folder: Path) -> Iterator[tuple[str, Path]]:
    for stage in STAGES:
        for page in sorted((folder / stage).glob("*.toml")):
            yield stage, page


def rule_id(page: Path) -> str:
    """The stem with hyphens."""
    return page.stem.replace("_", "-")


def _load_rule(source: Path, stage: str) -> Rule:
    advice = f"certwhy rules check {source}, which names the line."
    try:
        page, check = read_page(source), load_check(source.with_suffix(".py"), stage)
    except RulePageError as error:
        raise RulePageError(error.sentence, advice) from error
    need = first_need(check)
    return Rule(rule_id(source), stage, page, check, source, need, silent_when_quiet(check, need))


def load_check(path: Path, stage: str) -> Check:
    """Run a predicate's module and take its ``check``.

    Raises:
        RulePageError: it is not there, has no ``check``, or raises; what it raised is the cause.
    """
    name = f"certwhy_rules.{stage}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise RulePageError(f"The rule {path} has a page but no predicate.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their own module up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise RulePageError(f"The rule {path} cannot be loaded: {error!r}.") from error
    check: Check | None = getattr(module, "check", None)
    if check is None:
        raise RulePageError(f"The rule {path} has no function check(case).")
    return check
