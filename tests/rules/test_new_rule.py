"""A rule as ``certwhy rules new`` writes it, in the hands of its author."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.diagnosis.new_rule import write_rule
from analyzer.diagnosis.pages import STAGES
from analyzer.errors import UsageError
from analyzer.pipeline.rule_check import check_rules
from tests.cli.command import CAPTURES, ROOT, certwhy


def test_from_new_to_read(tmp_path: Path) -> None:
    folder = str(tmp_path / "own")
    written = certwhy("rules", "new", "no-answer-here", "--stage", "unanswered", "--into", folder)
    assert written.code == 0
    assert f"certwhy rules check {folder}" in written.out
    assert (tmp_path / "own" / "unanswered" / "no_answer_here.toml").is_file()
    assert (tmp_path / "own" / "unanswered" / "no_answer_here.py").is_file()
    assert certwhy("rules", "check", folder).code == 0
    capture = str(CAPTURES / "empty-no-certificate-openssl-openssl" / "capture.pcap")
    report = json.loads(certwhy("read", capture, "--rules", folder, "--format", "json").out)
    (finding,) = (one for one in report["connections"][0]["findings"] if one["rule"] == "no-answer-here")
    assert (finding["severity"], finding["confidence"]) == ("warning", "possible")
    assert "which spoke TLS 1.2" in finding["message"]


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage(stage: str, tmp_path: Path) -> None:
    page, _ = write_rule("my-rule", stage.replace("_", " "), tmp_path)
    assert page.parent == tmp_path / stage
    assert check_rules([tmp_path]).complaints == ()


def test_the_tools_have_nothing_to_say_about_it(tmp_path: Path) -> None:
    _, predicate = write_rule("my-rule", "refused", tmp_path)
    config = str(ROOT / "pyproject.toml")
    for command in (
        ["ruff", "check", "--config", config],
        ["ruff", "format", "--check", "--config", config],
        ["mypy", "--config-file", config],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command, str(predicate)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("rule", "stage", "said"),
    [
        ("My-Rule", "refused", '"My-Rule" is no id for a rule.'),
        ("my_rule", "refused", '"my_rule" is no id for a rule.'),
        ("../my-rule", "refused", "is no id for a rule."),
        ("a" * 81, "refused", "is no id for a rule."),
        ("my-rule", "refussed", 'There is no stage "refussed"; "refused" may be meant.'),
        ("my-rule", "error_messages", "There is no stage"),
        ("ca-list-empty", "refused", 'There is a built-in rule "ca-list-empty": '),
        ("taken", "refused", 'There is a rule "taken" already: '),
    ],
)
def test_what_cannot_be_written(rule: str, stage: str, said: str, tmp_path: Path) -> None:
    write_rule("taken", "proof", tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError) as error:
        write_rule(rule, stage, tmp_path)
    assert said in error.value.sentence
    assert sorted(tmp_path.rglob("*")) == before


def test_a_half_of_a_rule_is_not_overwritten(tmp_path: Path) -> None:
    _, predicate = write_rule("my-rule", "proof", tmp_path)
    predicate.with_suffix(".toml").unlink()
    predicate.write_text("mine", encoding="utf-8")
    ran = certwhy("rules", "new", "my-rule", "--stage", "proof", "--into", str(tmp_path))
    assert ran.code == 2
    assert "already" in ran.err
    assert predicate.read_text(encoding="utf-8") == "mine"
    assert not predicate.with_suffix(".toml").exists()


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = certwhy("rules", "new", "my-rule", "--stage", "proof", "--into", str(tmp_path / "file"))
    assert ran.code == 2
    assert ran.err.startswith("certwhy: The rule cannot be written to ")
