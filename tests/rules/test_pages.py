"""Every rule is tied to its page, its cases, its citations and its placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyzer.diagnosis.catalogue import Rule, load_catalogue
from analyzer.diagnosis.pages import STAGES
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


def test_the_check_that_users_have_finds_nothing() -> None:
    """Names, causes, imports, cases of both kinds, and what each rule says of them."""
    progress: list[tuple[int, int]] = []
    checked = check_rules([ROOT], lambda done, total: progress.append((done, total)))
    assert [str(complaint) for complaint in checked.complaints] == []
    assert checked.rules == len(RULES)
    assert progress == [(done, len(progress)) for done in range(len(progress))]
    assert len(progress) > 100
