"""Each kind of mistake in a rule is found, with its file and line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from analyzer.diagnosis.pages import rules_folder
from analyzer.errors import UsageError
from analyzer.pipeline.rule_check import check_rules
from tests.cli.command import CAPTURES, FAILED, GOOD, certwhy
from tests.rules.own import OwnRules, change


@pytest.fixture
def own(tmp_path: Path) -> OwnRules:
    return OwnRules(tmp_path / "own")


MATCH = '{ version = "TLS 1.2", client_certificate = "empty" }'
EMPTY = '{ version = "TLS 1.2", requested = "yes", client_certificate = "absent" }'
TITLE = 'title = "The client answered the request with an empty Certificate message"'


def test_a_new_rule_passes(own: OwnRules) -> None:
    assert own.complaints() == ()


PAGE_FAULTS = {
    "syntax": ('severity = "warning"', 'severity = "warning', "this is not TOML: illegal character '\\n'"),
    "unknown key": ('severity = "warning"', 'severity = "warning"\nseverty = 1', 'there is no key "severty" here'),
    "missing key": (TITLE, "", 'the key "title" is missing'),
    "wrong type": ('about = "login"', "about = 3", '"about" must be text, not a number'),
    "wrong type of a flag": ("explained_by = []", 'fails_after_completion = "yes"', "must be true or false, not text"),
    "bad value": ('confidence = "possible"', 'confidence = "sure"', '"confidence" is "sure"; it must be one of likely'),
    "bad value in a table": ('who = "client"', 'who = "clinet"', '"who" is "clinet"; it must be one of ca, client'),
    "empty text": (TITLE, 'title = " "', '"title" is empty'),
    "empty element": ('["RFC 5246 section 7.4.6"]', '["RFC 5246", ""]', 'number 2 of "citations" is empty'),
    "not a case": (MATCH, "7", 'number 1 of "match" must be text or a table, not a number'),
    "unknown cause": ("explained_by = []", 'explained_by = ["ca-list-emtpy"]', '"ca-list-emtpy"; "ca-list-empty" may'),
    "unknown symptom": ("explains = []", 'explains = ["tls-succeded"]', '"tls-succeded"; "tls-succeeded" may'),
    "its own cause": ("explained_by = []", 'explained_by = ["my-rule"]', "a rule cannot be its own cause"),
    "name of a built-in rule": ("explained_by = []", 'aliases = ["tls-succeeded"]', 'the name "tls-succeeded" is also'),
    "message": ("which spoke {version}", "which spoke {version", '"message" cannot be filled in: '),
    "placeholder without name": ("which spoke {version}", "which spoke {}", "a placeholder must be a plain word"),
    "placeholder": ("which spoke {version}", "which spoke {verison}", "the match does not fill {verison}"),
    "no match": (f"match = [{MATCH}]", "match = []", '"match" names no case'),
    "no such capture": (MATCH, '"../nowhere"', "the case cannot be read: "),
    "not matched": (MATCH, '{ requested = "no" }', "the rule does not match in this case (not applicable)"),
    "undecided": (MATCH, '{ requested = "yes" }', "(undecided, not captured: the case does not say)"),
    "not clear": (EMPTY, MATCH, "which it must not (packet 4: the client's Certificate message is empty)"),
    "case with an unknown key": (MATCH, '{ verison = "TLS 1.2" }', 'there is no key "verison" here; "version" may'),
    "case with a bad value": (MATCH, '{ version = "TLS 2" }', '"version" is "TLS 2"; it must be one of SSL 3.0'),
    "case with a bad size": (MATCH, "{ request_bytes = -1 }", '"request_bytes" is -1; it must be at least 0'),
    "case with a size that is none": (MATCH, "{ request_bytes = true }", "must be a whole number, not true or false"),
    "case with a bad alert": (MATCH, '{ alerts = ["server fatal no_way"] }', '"no_way" is no AlertDescription'),
    "case without its file": (MATCH, '{ client_certificate = "alice.pem" }', "alice.pem: No such file or directory"),
    "case against itself": (MATCH, '{ requested = "no", ca_names = ["CN=A"] }', "ca_names makes no sense where"),
}


@pytest.mark.parametrize("kind", PAGE_FAULTS)
def test_a_broken_page(own: OwnRules, kind: str) -> None:
    before, after, said = PAGE_FAULTS[kind]
    line = change(own.page, before, after)
    line = {"missing key": 1, "unknown key": line + 1}.get(kind, line)
    (complaint,) = own.complaints()
    assert (complaint.file, complaint.line) == (own.page, line)
    assert said in complaint.text
    assert str(complaint).startswith(f"{own.page}:{line}: ")


def test_a_page_without_clear_cases(own: OwnRules) -> None:
    text = own.page.read_text(encoding="utf-8")
    start = text.index("clear = [")
    own.page.write_text(f"{text[:start]}clear = []\n", encoding="utf-8")
    (complaint,) = own.complaints()
    assert (complaint.line, complaint.text) == (text[:start].count("\n") + 1, '"clear" names no case')


def test_a_page_that_is_no_text(own: OwnRules) -> None:
    own.page.write_bytes(b'title = "a"\nwhy = "\xff"\n')
    (complaint,) = own.complaints()
    assert (complaint.line, complaint.text) == (2, "this is not UTF-8")


def test_a_page_that_breaks_off(own: OwnRules) -> None:
    own.page.write_text('title = "a"\nwhy = """\nmore\n', encoding="utf-8")
    (complaint,) = own.complaints()
    assert complaint.line == 3
    assert "this is not TOML" in complaint.text


def test_every_mistake_is_reported(own: OwnRules) -> None:
    lines = [
        change(own.page, 'severity = "warning"', 'severity = "bad"'),
        change(own.page, 'about = "login"', 'about = "logon"'),
        change(own.page, 'who = "client"', 'who = "nobody"'),
        change(own.predicate, "from analyzer.rule_api", "from analyzer.model"),
    ]
    other = own.add("other-rule", "refused")[0]
    change(other, "which spoke {version}", "which spoke {verison}")
    complaints = own.complaints()
    assert [complaint.file for complaint in complaints if complaint.file == other]
    assert [complaint.line for complaint in complaints if complaint.file == own.page] == lines[:3]
    assert list(complaints) == sorted(complaints)


DEFINITION = "def check(case: Case) -> Match | None:"
IMPORTS = "from analyzer.rule_api import Case, Evidence, Match, need, version_name"
PREDICATE_FAULTS = {
    "syntax": ("    if not answer.empty:", "    if not answer.empty", "this is not Python: expected ':'"),
    "import": (IMPORTS, f"import msgspec\n{IMPORTS}", "only analyzer.rule_api and the standard library, not msgspec"),
    "import from": (
        "    answer = need",
        "    from analyzer.model import Unseen\n    answer = need",
        "not analyzer.model",
    ),
    "relative import": (
        "    answer = need",
        "    if not case:\n        from . import x\n    answer = need",
        "library, not .",
    ),
    "missing name": (IMPORTS, IMPORTS.replace("need", "ned"), "the predicate cannot be loaded: ImportError"),
    "exit": (IMPORTS, f"raise SystemExit(0)\n{IMPORTS}", "the predicate cannot be loaded: SystemExit(0)"),
    "no check": ("def check(", "def chek(", "there is no function check(case)"),
    "no function": ("def check(", "check = 3\ndef other(", "check must be a function, check(case)"),
    "too many arguments": ("check(case: Case)", "check(case: Case, more: int)", "check must take the case and nothing"),
    "no argument": ("check(case: Case)", "check()", "check must take the case and nothing else"),
    "asynchronous": ("def check(", "async def check(", "check must be an ordinary function"),
    "crash": ("answer.empty:", "answer.emtpy:", "the predicate failed: AttributeError"),
    "wrong answer": ("return Match((seen,), {", "return ((seen,), {", "which is neither a Match nor None"),
    "evidence without comma": ("Match((seen,),", "Match((seen),", "evidence of its match is not a tuple"),
    "evidence without packet": ("Evidence(answer.packet,", "Evidence(0,", "the match names packet 0 as evidence"),
    "evidence of another kind": ("Evidence(answer.packet,", 'Evidence("4",', "is not a packet's number and a text"),
    "value of another kind": ("version_name(need(case.handshake.version))", "3", "a value of its match is not text"),
}
AT_CHECK = frozenset(kind for kind in PREDICATE_FAULTS if kind.startswith(("wrong answer", "evidence", "value")))
"""What is wrong with an answer is said of the whole function."""


@pytest.mark.parametrize("kind", PREDICATE_FAULTS)
def test_a_broken_predicate(own: OwnRules, kind: str) -> None:
    before, after, said = PREDICATE_FAULTS[kind]
    line = change(own.predicate, before, after)
    if kind in AT_CHECK:
        line = own.predicate.read_text(encoding="utf-8").split("\n").index(DEFINITION) + 1
    (complaint,) = own.complaints()
    assert (complaint.file, complaint.line) == (
        own.predicate,
        {"no check": 1, "relative import": line + 1}.get(kind, line),
    )
    assert said in complaint.text


def test_a_page_without_predicate(own: OwnRules) -> None:
    own.predicate.unlink()
    (complaint,) = own.complaints()
    assert (complaint.file, complaint.line) == (own.page, 1)
    assert complaint.text == "the predicate my_rule.py is missing beside the page"


def test_a_predicate_without_page(own: OwnRules) -> None:
    own.page.unlink()
    (complaint,) = own.complaints()
    assert (complaint.file, complaint.line) == (own.predicate, 1)
    assert complaint.text == "the page my_rule.toml is missing beside the predicate"


def test_a_stage_that_there_is_not(own: OwnRules) -> None:
    own.page.parent.rename(own.folder / "unanwsered")
    (complaint,) = own.complaints()
    assert (complaint.file, complaint.line) == (own.folder / "unanwsered" / "my_rule.toml", 1)
    assert 'the folder "unanwsered" is no stage' in complaint.text


def test_a_name_that_makes_no_id(own: OwnRules) -> None:
    for path in (own.page, own.predicate):
        path.rename(path.with_stem("My-Rule"))
    (complaint,) = own.complaints()
    assert "a page's name is made of lower-case letters" in complaint.text


def test_one_stem_in_two_stages(own: OwnRules) -> None:
    refused = own.folder / "refused"
    refused.mkdir()
    for path in (own.page, own.predicate):
        shutil.copy(path, refused)
    (complaint,) = own.complaints()
    assert (complaint.file, complaint.line) == (own.page, 1)
    assert complaint.text == f'the name "my-rule" is also that of {refused / "my_rule.toml"}'


def test_the_name_of_a_built_in_rule(own: OwnRules) -> None:
    for path in (own.page, own.predicate):
        path.rename(path.with_stem("ca_list_empty"))
    (complaint,) = own.complaints()
    assert complaint.text.startswith('the name "ca-list-empty" is also that of ')


def test_a_copy_of_all_rules_is_no_clash(tmp_path: Path) -> None:
    copy = tmp_path / "rules"
    shutil.copytree(rules_folder(), copy)
    complaints = check_rules([copy]).complaints
    assert complaints
    missing = ("the case cannot be read", "No such file or directory")  # a capture, and a file that a line names
    assert all(any(text in complaint.text for text in missing) for complaint in complaints)
    (one, *others) = check_rules([copy / "unanswered" / "client_sent_empty_certificate.toml"]).complaints
    assert all(any(text in complaint.text for text in missing) for complaint in (one, *others))


def test_one_page_alone_knows_its_neighbours(own: OwnRules) -> None:
    other = own.add("other-rule", "refused")[0]
    change(own.page, "explained_by = []", 'explained_by = ["other-rule"]')
    change(other, TITLE, "")
    assert check_rules([own.page]).complaints == ()
    assert check_rules([own.predicate]).rules == 1
    assert [complaint.file for complaint in check_rules([other]).complaints] == [other]
    assert [complaint.file for complaint in check_rules([own.folder / "refused"]).complaints] == [other]


def test_captures_as_cases(own: OwnRules) -> None:
    folder = CAPTURES / "empty-no-certificate-openssl-openssl"
    line = change(own.page, f"match = [{MATCH}]", f'match = ["{folder}", "{folder / "capture.pcap"}", "{FAILED}"]')
    (complaint,) = own.complaints()
    assert (complaint.line, complaint.text) == (line, "the rule does not match in this case (clear)")


def test_files_that_are_no_captures(own: OwnRules) -> None:
    change(own.page, MATCH, f'"{own.predicate.name}"')
    (complaint,) = own.complaints()
    assert "the case cannot be read: " in complaint.text
    folder = own.page.parent / "recorded"
    folder.mkdir()
    change(own.page, f'"{own.predicate.name}"', '"recorded"')
    (complaint,) = own.complaints()
    assert "recorded/capture.pcap" in complaint.text
    (folder / "truth.toml").write_text("file = 3", encoding="utf-8")
    (complaint,) = own.complaints()
    assert "truth.toml cannot be read: Expected `str`, got `int`" in complaint.text


def test_nothing_to_check(tmp_path: Path) -> None:
    (tmp_path / "error_messages").mkdir()
    (tmp_path / "error_messages" / "nginx.toml").touch()
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError):
            check_rules([path])


def test_the_command(own: OwnRules) -> None:
    passed = certwhy("rules", "check", str(own.folder))
    assert (passed.code, passed.out, passed.err) == (0, "", "certwhy: 1 rule checked, no mistakes.\n")
    line = change(own.page, TITLE, 'title = "\\u001b[2J"\nx\u202ey = 1')
    failed = certwhy("rules", "check", str(own.folder))
    assert failed.code == 1
    assert failed.out.startswith(f"{own.page}:{line + 1}: this is not TOML: ")
    assert failed.err == "certwhy: 1 rule checked, 1 mistake.\n"
    assert certwhy("rules", "check", str(own.folder / "nothing")).code == 2


def test_a_rule_of_ones_own_can_be_the_verdict(own: OwnRules) -> None:
    for before, after in (('severity = "warning"', 'severity = "failure"'), ('"possible"', '"proved"')):
        change(own.page, before, after)
    change(own.page, "explained_by = []", 'explained_by = []\naliases = ["my-old-rule"]')
    change(own.predicate, "if not answer.empty:", "if answer.empty:")
    change(own.predicate, 'message is empty")', 'message is what it is")')
    option = ("--rules", str(own.folder))
    ran = certwhy("read", FAILED, *option, "--format", "json")
    assert ran.code == 1
    (connection,) = json.loads(ran.out)["connections"]
    assert connection["verdict"]["rule"] == "my-rule"
    assert "which spoke TLS 1.2, had none" in connection["verdict"]["headline"]
    assert "packet 8       the client's Certificate message is what it is" in certwhy("read", FAILED, *option).out
    assert "my-rule" not in certwhy("read", FAILED, "--format", "json").out
    streamed = certwhy("read", FAILED, *option, "--format", "jsonl")
    assert json.loads(streamed.out)["verdict"]["rule"] == "my-rule"
    assert certwhy("rules", "show", "my-old-rule", *option).code == 0
    assert certwhy("rules", *option, "show", "my-rule").code == 0
    assert "my-rule" in certwhy("rules", *option).out


def test_a_rule_that_answers_nonsense_breaks_no_report(own: OwnRules) -> None:
    change(own.predicate, "    if not answer.empty:\n        return None\n", "")
    change(own.predicate, "Match((seen,),", "Match((seen),")
    ran = certwhy("read", GOOD, "--rules", str(own.folder))
    assert ran.code == 0
    assert "The rule my-rule failed: the evidence of its match is not a tuple" in " ".join(ran.out.split())


@pytest.mark.parametrize("broken", ["page", "predicate", "clash", "folder", "empty"])
def test_a_folder_that_cannot_be_used(own: OwnRules, broken: str) -> None:
    folder = own.folder
    if broken == "page":
        change(own.page, TITLE, "")
    elif broken == "predicate":
        change(own.predicate, IMPORTS, "import nothing_of_this_name")
    elif broken == "clash":
        for path in (own.page, own.predicate):
            path.rename(path.with_stem("ca_list_empty"))
    else:
        folder = own.page.parent if broken == "empty" else own.folder / "nowhere"
    for arguments in (("read", GOOD, "--rules", str(folder)), ("rules", "--rules", str(folder))):
        ran = certwhy(*arguments)
        assert ran.code == 2
        assert ran.out == ""
        assert ran.err.startswith("certwhy: ")
        assert "Traceback" not in ran.err
        assert str(folder) in ran.err
