"""What products are set with: every action is told once, used, and read only when it is shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from analyzer.diagnosis.action_check import check_action
from analyzer.diagnosis.actions import FOLDER, Action, action_names, advice, find_action, read_action, settings_of
from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.pages import Fix, rules_folder
from analyzer.diagnosis.products import PRODUCTS, find_product, short_names
from analyzer.errors import RulePageError
from analyzer.pipeline.rule_check import check_rules
from tests.rules.own import OwnRules, change
from tests.support.documents import toml_shown_to_contributors

ASK = Fix("server", "Ask for a certificate.", action="ask-in-first-handshake")
ACTION = """
who = "server"
check = "The list is there."

[[settings]]
product = "nginx"
text = "ssl_client_certificate CAS.pem;"
source = "nginx documentation"

[[settings]]
product = "go"
text = "tls.Config{ClientCAs: pool}"
check = "It is a Go list."
source = "ran: Go 1.19"
"""


def action(name: str) -> Action:
    found = find_action(name)
    assert found is not None
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / FOLDER / "list-ca-names.toml"
    path.parent.mkdir()
    path.write_text(ACTION, encoding="utf-8")
    return path


def test_every_action_is_named_by_a_page_and_every_named_action_is_there() -> None:
    named = {fix.action for rule in load_catalogue().rules for fix in rule.page.fixes if fix.action}
    assert named == set(action_names())


@pytest.mark.parametrize("name", action_names())
def test_a_setting_is_short_and_says_where_it_is_known_from(name: str) -> None:
    for setting in action(name).settings:
        assert len(setting.text) <= 260, setting.product
        assert "\n" not in setting.text + (setting.check or "") + setting.source
        assert setting.source.startswith(("ran: ", "read: ")) or "documentation" in setting.source, setting.source
        assert not setting.text.startswith(f"{PRODUCTS[setting.product].name}:")


def test_products_have_different_names() -> None:
    for short, product in PRODUCTS.items():
        assert "," not in product.name
        assert {find_product(f" {name.upper()} ") for name in (short, product.name, *product.also)} == {short}
    assert find_product("no such thing") is None


def test_every_product_has_a_setting() -> None:
    assert {setting.product for name in action_names() for setting in action(name).settings} == set(PRODUCTS)


def test_names_without_settings_are_passed_over() -> None:
    assert short_names(["Apache httpd", "Node.js", "OpenSSL-based clients"]) == {"apache", "node"}


def test_only_the_products_that_are_there() -> None:
    every = settings_of(ASK)
    assert len(every) == len(action("ask-in-first-handshake").settings)
    assert [one.product for one in settings_of(ASK, frozenset({"nginx", "safari"}))] == ["nginx"]
    assert settings_of(ASK, frozenset({"safari"})) == every, "no setting for what is there: rather all than none"
    assert settings_of(Fix("server", "Nothing more.")) == ()
    assert settings_of(Fix("server", "Nothing more.", action="no-such-action")) == ()
    assert settings_of(Fix("server", "Nothing more.", action=f"../{FOLDER}/ask-in-first-handshake")) == ()


def test_all_that_a_fix_says() -> None:
    first, *settings = advice(ASK)
    assert (first.product, first.text) == (None, "Ask for a certificate.")
    assert first.check == action("ask-in-first-handshake").check
    assert settings
    assert all(one.check and one.product for one in settings)
    own = advice(Fix("server", "Do it. Check: it is done.", action="ask-in-first-handshake"))[0]
    assert (own.text, own.check) == ("Do it.", "it is done.")


def test_nothing_is_read_before_it_is_shown() -> None:
    code = (
        "from analyzer.diagnosis.catalogue import load_catalogue; load_catalogue()\n"
        "from analyzer.diagnosis.actions import find_action; print(find_action.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def test_an_action_that_is_right(file: Path) -> None:
    assert check_action(file) == ()
    assert [setting.product for setting in read_action(file).settings] == ["nginx", "go"]


FAULTS = {
    "syntax": ('who = "server"', 'who = "server', "this is not TOML: "),
    "unknown key": ('check = "The', 'chek = "The', 'there is no key "chek" here; "check" may be meant'),
    "bad side": ('"server"', '"servre"', '"who" is "servre"; it must be one of '),
    "no such product": ('"go"', '"golang"', 'there is no product "golang"'),
    "twice": ('"go"', '"nginx"', '"nginx" has a setting here already'),
    "no text": ('text = "tls.Config{ClientCAs: pool}"', 'text = " "', '"text" is empty'),
    "no source": ('source = "ran: Go 1.19"', "", 'the key "source" is missing'),
    "no check": ('check = "The list is there."', "", "neither this setting nor the action says how to see"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_broken_action(file: Path, kind: str) -> None:
    before, after, said = FAULTS[kind]
    line = change(file, before, after)
    line = {"no source": 10, "no check": 5}.get(kind, line)
    complaint = next(one for one in check_action(file) if said in one.text)
    assert (complaint.file, complaint.line) == (file, line)


def test_an_action_without_a_product(file: Path) -> None:
    file.write_text('who = "server"\nsettings = []\n', encoding="utf-8")
    (complaint,) = check_action(file)
    assert (complaint.line, complaint.text) == (1, "the action names no product")


def test_an_action_with_a_bad_name(file: Path) -> None:
    bad = file.rename(file.with_name("List_CA.toml"))
    (complaint,) = check_action(bad)
    assert "an action's name is made of" in complaint.text


def test_an_unknown_product_is_refused_when_it_is_read(file: Path) -> None:
    change(file, '"go"', '"golang"')
    with pytest.raises(RulePageError, match="golang"):
        read_action(file)
    file.write_text("who = 3", encoding="utf-8")
    with pytest.raises(RulePageError, match="who"):
        read_action(file)


def test_the_check_of_rules_checks_actions(tmp_path: Path) -> None:
    own = OwnRules(tmp_path / "own")
    folder = own.folder / FOLDER
    folder.mkdir()
    (folder / "broken.toml").write_text("who = 3\n", encoding="utf-8")
    complaints = check_rules([own.folder]).complaints
    assert {(one.file.name, one.line) for one in complaints} == {("broken.toml", 1)}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ask-in-first-handshaek", 'there is no action "ask-in-first-handshaek"; "ask-in-first-handshake" may be'),
        ("ask-in-first-handshake", '"ask-in-first-handshake" is for the server, not for the client'),
    ],
)
def test_a_page_that_names_a_wrong_action(tmp_path: Path, name: str, said: str) -> None:
    own = OwnRules(tmp_path / "own")
    line = change(own.page, 'who = "client"  # client, server, ca or network', f'who = "client"\naction = "{name}"') + 1
    (complaint,) = own.complaints()
    assert (complaint.file, complaint.line) == (own.page, line)
    assert said in complaint.text


def test_a_rule_of_ones_own_may_name_a_built_in_action(tmp_path: Path) -> None:
    own = OwnRules(tmp_path / "own")
    change(
        own.page,
        'who = "client"  # client, server, ca or network',
        'who = "server"\naction = "ask-in-first-handshake"',
    )
    assert own.complaints() == ()


def test_the_actions_are_beside_the_stages() -> None:
    assert {path.suffix for path in (rules_folder() / FOLDER).iterdir()} == {".toml"}


def test_the_fix_that_is_shown_to_contributors_is_one() -> None:
    shown = msgspec.toml.decode(toml_shown_to_contributors("[[fixes]]"), type=dict[str, tuple[Fix, ...]])
    assert settings_of(shown["fixes"][0])
