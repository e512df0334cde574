"""Which pages there are to check, and whether their names fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from analyzer.diagnosis.actions import FOLDER as ACTIONS
from analyzer.diagnosis.catalogue import HOW_TO_ADD, Catalogue
from analyzer.diagnosis.complaint import Complaint
from analyzer.diagnosis.page_check import CheckedPage
from analyzer.diagnosis.pages import STAGES
from analyzer.diagnosis.toml_fields import near
from analyzer.diagnosis.toml_lines import Place
from analyzer.errors import UsageError

ERROR_MESSAGES = "error_messages"
"""Beside the stages, in the built-in rules: data of ``certwhy explain``, which has tests of its own."""


class RuleFiles(msgspec.Struct, frozen=True):
    """What the user named."""

    pages: tuple[Path, ...]
    beside: tuple[Path, ...]
    """Pages of the same folders that were not named themselves: a name may lead to them."""
    strays: tuple[Complaint, ...]
    actions: tuple[Path, ...]
    """Files of actions in the folders."""


def find_rule_files(paths: Sequence[Path]) -> RuleFiles:
    """The pages of folders, and those named one by one.

    Raises:
        UsageError: there is no such file or folder, or no rule in it.
    """
    pages: dict[Path, None] = {}
    beside: dict[Path, None] = {}
    strays: list[Complaint] = []
    actions: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = list(_pages_of(path))
            lonely = list(_lonely_predicates(path))
            if not inside and not lonely:
                raise UsageError(f"The folder {path} holds no rules: they are in a folder for each stage.", HOW_TO_ADD)
            pages.update(dict.fromkeys(inside))
            strays.extend(lonely)
            actions.extend(sorted((path / ACTIONS).glob("*.toml")))
        elif path.is_file() and path.suffix in (".toml", ".py"):
            pages[path.with_suffix(".toml")] = None
            beside.update(dict.fromkeys(_pages_of(path.parent.parent)))
        else:
            raise UsageError(f"{path} is neither a folder of rules nor a rule's page.", HOW_TO_ADD)
    known = {page.resolve() for page in pages}
    others = tuple(page for page in beside if page.resolve() not in known)
    return RuleFiles(tuple(sorted(pages)), others, tuple(strays), tuple(actions))


def _pages_of(folder: Path) -> Iterator[Path]:
    """Pages in folders of stages; elsewhere what looks like a rule, so that a misspelt stage is noticed."""
    for page in sorted([*folder.glob("*/*.toml"), *folder.glob("*.toml")]):
        stage = page.resolve().parent.name
        if stage in STAGES or (stage != ERROR_MESSAGES and page.with_suffix(".py").is_file()):
            yield page


def _lonely_predicates(folder: Path) -> Iterator[Complaint]:
    for predicate in sorted([*folder.glob("*/*.py"), *folder.glob("*.py")]):
        page = predicate.with_suffix(".toml")
        if predicate.resolve().parent.name in STAGES and not page.is_file():
            yield Complaint(predicate, 1, f"the page {page.name} is missing beside the predicate")


def check_names(pages: Sequence[CheckedPage], beside: Sequence[CheckedPage], builtin: Catalogue) -> list[Complaint]:
    """Are all names of the pages, earlier ones too, different, and do the causes and symptoms that they name exist?"""
    owners: dict[str, Path] = {}
    if not _is_catalogue((*pages, *beside), builtin):
        for rule in builtin.rules:
            owners.update(dict.fromkeys((rule.id, *rule.page.aliases), rule.source))
    for page in beside:
        for _, name in _names(page):
            owners.setdefault(name, page.path)
    complaints: list[Complaint] = []
    for page in pages:
        for place, name in _names(page):
            owner = owners.setdefault(name, page.path)
            if owner is not page.path:
                complaints.append(page.complaint(place, f'the name "{name}" is also that of {owner}'))
    for page in pages:
        for place, other in _links(page):
            if other == page.id:
                complaints.append(page.complaint(place, "a rule cannot be its own cause"))
            elif other not in owners:
                complaints.append(page.complaint(place, f'there is no rule "{other}"{near(other, owners)}'))
    return complaints


def _links(page: CheckedPage) -> Iterator[tuple[Place, str]]:
    """The causes and the symptoms that a page names."""
    for key in ("explained_by", "explains"):
        for number, other in enumerate(getattr(page.page, key, ())):
            yield (key, number), other


def _names(page: CheckedPage) -> Iterator[tuple[Place, str]]:
    yield (), page.id
    for number, alias in enumerate(page.page.aliases if page.page else ()):
        yield ("aliases", number), alias


def _is_catalogue(pages: Sequence[CheckedPage], builtin: Catalogue) -> bool:
    """The built-in rules, or another copy of them beside an installed certwhy, do not clash with themselves."""
    ours = {(page.stage, page.id) for page in pages}
    shared = sum((rule.stage, rule.id) in ours for rule in builtin.rules)
    return shared > len(builtin.rules) // 2
