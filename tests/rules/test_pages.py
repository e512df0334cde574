"""Every rule is tied to its page, its cases, its citations and its placeholders."""

from __future__ import annotations

import ast
import re
import string
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from analyzer.diagnosis.catalogue import Rule, load_catalogue
from analyzer.diagnosis.pages import STAGES
from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import Case
from analyzer.rule_api import Match, NotApplicableError, UndecidedError
from captures.recorder.truth import load
from tests.test_truth import analyse

CATALOGUE = load_catalogue()
RULES = CATALOGUE.rules
ROOT = Path(__file__).parents[2] / "rules"
CITATION = re.compile(
    r"RFC \d+( (section|appendix) [\w.]+)?|GitHub: [\w.-]+/[\w.-]+#\d+|.*\bKB ?\d+.*|Microsoft .*|.*documentation.*"
)

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def test_nothing_in_the_folders_is_left_out() -> None:
    pages = {path.with_suffix("") for stage in STAGES for path in (ROOT / stage).glob("*.toml")}
    predicates = {path.with_suffix("") for path in ROOT.glob("*/*.py")}
    assert pages == predicates
    assert {path.parent.name for path in ROOT.glob("*/*.toml")} <= {*STAGES, "error_messages", "error_meanings"}
    assert len(RULES) == len(pages)


def test_ids_and_aliases_are_unique() -> None:
    names = [name for rule in RULES for name in (rule.id, *rule.page.aliases)]
    assert len(names) == len(set(names))


@every_rule
def test_causes_exist(rule: Rule) -> None:
    assert all(CATALOGUE.get(cause) is not None for cause in rule.page.explained_by)
    assert rule.id not in rule.page.explained_by


@every_rule
def test_the_page_says_something(rule: Rule) -> None:
    page = rule.page
    assert not page.title.endswith(".")
    assert page.message.endswith((".", "}"))
    assert len(page.why.split()) >= 30
    assert page.citations
    assert all(CITATION.fullmatch(citation) for citation in page.citations), page.citations
    assert page.fixes or rule.stage == "succeeded"


@every_rule
def test_the_predicate_imports_only_what_a_rule_may(rule: Rule) -> None:
    tree = ast.parse(rule.source.with_suffix(".py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(name.name.split(".")[0] in sys.stdlib_module_names for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module == "analyzer.rule_api" or str(node.module).split(".")[0] in sys.stdlib_module_names


@cache
def _reports(folder: Path) -> tuple[ConnectionReport, ...]:
    return analyse(folder, load(folder / "truth.toml")).connections


def _matches(rule: Rule, folder: Path) -> list[Match]:
    expected = load(folder / "truth.toml").expected_server is not None
    found = []
    for report in _reports(folder):
        supplied = report.supplied or (None,) * len(report.connection.handshakes)
        for handshake, own in zip(report.connection.handshakes, supplied, strict=True):
            with suppress(NotApplicableError, UndecidedError):
                match = rule.check(Case(handshake, report.connection, report.capture, own, expected))
                if match is not None:
                    found.append(match)
    return found


def _cases(which: str) -> list[object]:
    return [
        pytest.param(rule, (rule.source.parent / case).resolve(), id=f"{rule.id}-{Path(case).name}")
        for rule in RULES
        for case in getattr(rule.page.cases, which)
    ]


@every_rule
def test_there_are_cases_of_both_kinds(rule: Rule) -> None:
    assert rule.page.cases.match
    assert rule.page.cases.clear


@pytest.mark.parametrize(("rule", "folder"), _cases("match"))
def test_must_match(rule: Rule, folder: Path) -> None:
    matches = _matches(rule, folder)
    assert matches
    wanted = {name for _, name, _, _ in string.Formatter().parse(rule.page.message) if name}
    for match in matches:
        assert wanted <= set(match.values)
        assert match.evidence
        assert all(evidence.packet > 0 for evidence in match.evidence)


@pytest.mark.parametrize(("rule", "folder"), _cases("clear"))
def test_must_not_match(rule: Rule, folder: Path) -> None:
    assert _matches(rule, folder) == []
