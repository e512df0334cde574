"""Built-in rules and those of the user in one catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.new_rule import write_rule
from analyzer.diagnosis.pages import STAGES, rules_folder
from analyzer.errors import RulePageError
from tests.rules.own import change


def test_rules_of_ones_own_stand_among_the_others(tmp_path: Path) -> None:
    for folder, stage in (("one", "transport"), ("two", "never_asked")):
        write_rule(f"rule-{folder}", stage, tmp_path / folder)
    rules = load_catalogue([tmp_path / "one", tmp_path / "two", tmp_path / "one"]).rules
    assert len(rules) == len(load_catalogue().rules) + 2
    places = [(STAGES.index(rule.stage), rule.id) for rule in rules]
    assert places == sorted(places)
    assert {rule.id for rule in rules} > {"rule-one", "rule-two"}


def test_the_built_in_folder_is_there_once() -> None:
    assert load_catalogue([rules_folder()]).rules == load_catalogue().rules


def test_two_rules_of_one_name(tmp_path: Path) -> None:
    first, _ = write_rule("my-rule", "proof", tmp_path / "one")
    second, _ = write_rule("my-rule", "refused", tmp_path / "two")
    with pytest.raises(RulePageError, match=f'Two rules are called "my-rule": {first} and {second}'):
        load_catalogue([tmp_path / "one", tmp_path / "two"])


def test_an_earlier_name_that_another_rule_has(tmp_path: Path) -> None:
    page, _ = write_rule("my-rule", "proof", tmp_path)
    change(page, "explained_by = []", 'aliases = ["unknown-issuer"]')
    with pytest.raises(
        RulePageError, match=r'Two rules are called "unknown-issuer": .*unknown_issuer.toml and .*my_rule'
    ):
        load_catalogue([tmp_path])


def test_a_predicate_may_have_a_dataclass(tmp_path: Path) -> None:
    page, predicate = write_rule("my-rule", "proof", tmp_path)
    code = predicate.read_text(encoding="utf-8")
    head = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass Seen:\n    at: int\n"
    )
    predicate.write_text(head + code, encoding="utf-8")
    assert load_catalogue([tmp_path]).get("my-rule") is not None
    assert page.is_file()
