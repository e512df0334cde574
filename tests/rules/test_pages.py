"""Every rule is tied to its page, its cases, its citations and its placeholders."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from analyzer.diagnosis.catalogue import Rule, load_catalogue
from analyzer.diagnosis.inline_cases import build_case
from analyzer.diagnosis.pages import STAGES, InlineCase
from analyzer.diagnosis.trial import Answers, ask
from analyzer.model import Case
from analyzer.pipeline.recorded_cases import recorded_cases
from analyzer.pipeline.rule_check import check_rules

RULES = load_catalogue().rules
ROOT = Path(__file__).parents[2] / "rules"
CITATION = re.compile(
    r"RFC \d+( (section|appendix) [\w.]+)?|GitHub: [\w.-]+/[\w.-]+#\d+|.*\bKB ?\d+.*|Microsoft .*|.*documentation.*"
)

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def test_nothing_in_the_folders_is_left_out() -> None:
    pages = {path.with_suffix("") for stage in STAGES for path in (ROOT / stage).glob("*.toml")}
    predicates = {path.with_suffix("") for path in ROOT.glob("*/*.py")}
    assert pages == predicates
    assert {path.parent.name for path in ROOT.glob("*/*.toml")} <= {
        *STAGES,
        "error_messages",
        "error_meanings",
        "fixes",
    }
    assert len(RULES) == len(pages)


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
def test_it_matches_once_and_is_clear_in_two_near_misses(rule: Rule) -> None:
    """A near miss is one that the rule could judge: nothing that it needs was missing, and it said no."""
    answers = {
        which: [_answers(rule, told) for told in getattr(rule.page.cases, which)] for which in ("match", "clear")
    }
    assert any(answer.matches for answer in answers["match"])
    judged = [answer for answer in answers["clear"] if not answer.matches and "clear" in answer.others]
    assert len(judged) >= 2


def _answers(rule: Rule, told: str | InlineCase) -> Answers:
    folder = rule.source.parent
    cases = _recorded((folder / told).resolve()) if isinstance(told, str) else (build_case(told, folder),)
    return ask(rule.check, cases)


@cache
def _recorded(path: Path) -> tuple[Case, ...]:
    return recorded_cases(path)


def test_the_check_that_users_have_finds_nothing() -> None:
    """Names, causes, imports, cases of both kinds, and what each rule says of them."""
    progress: list[tuple[int, int]] = []
    checked = check_rules([ROOT], lambda done, total: progress.append((done, total)))
    assert [str(complaint) for complaint in checked.complaints] == []
    assert checked.rules == len(RULES)
    assert progress == [(done, len(progress)) for done in range(len(progress))]
    assert len(progress) > 100
