"""What to do: who acts, in general first, then with which product; as much as a screen can bear."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from analyzer.diagnosis import actions
from analyzer.diagnosis.actions import Action, Setting
from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.pages import Fix
from analyzer.model import Confidence
from analyzer.render import View, drawer
from analyzer.render.rules import draw_page
from analyzer.render.terminal_advice import draw_fixes, draw_settings
from analyzer.render.terminal_page import UNICODE, Page
from tests.render.screens import draw
from tests.support.reports import failed_login, finding, report, told

PRODUCTS = ("nginx", "apache", "iis", "haproxy", "envoy", "go")
ASK = Fix("server", "Ask for a certificate.", action="ask")
TRUST = Fix("server", "Trust the CA.", action="trust")


@pytest.fixture(autouse=True)
def few_actions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three actions, of six products, of two and of one."""

    def action(products: tuple[str, ...]) -> Action:
        settings = tuple(
            Setting(product=name, text=f"{name} is set", check=f"{name} says so", source="made for tests")
            for name in products
        )
        return Action(who="server", check="a new capture shows it", settings=settings)

    known = {"ask": action(PRODUCTS), "trust": action(PRODUCTS[:2]), "client": action(("curl",))}
    monkeypatch.setattr(actions, "find_action", known.get)
    actions.settings_of.cache_clear()
    yield
    actions.settings_of.cache_clear()


def lines(*fixes: Fix, products: frozenset[str] = frozenset(), rule: str = "server-never-asked") -> list[str]:
    page = Page(80, UNICODE)
    draw_fixes(page, [finding(rule, fixes=fixes)], {"server": products})
    return [line.plain for line in page.lines]


def test_no_more_products_than_the_screen_can_bear() -> None:
    assert lines(ASK) == [
        "What to do",
        "  server   · Ask for a certificate.",
        "             Check: a new capture shows it",
        "             nginx         nginx is set",
        "             Apache httpd  apache is set",
        "             IIS           iis is set",
        "             For HAProxy, Envoy and Go: certwhy rules show server-never-asked",
    ]


def test_known_products_alone_with_their_checks() -> None:
    assert lines(ASK, TRUST, products=frozenset({"apache"}))[3:] == [
        "             Apache httpd  apache is set",
        "                           Check: apache says so",
        "           · Trust the CA.",
        "             Check: a new capture shows it",
        "             Apache httpd  apache is set",
        "                           Check: apache says so",
    ]


def test_the_only_product_of_an_action_may_be_the_known_one() -> None:
    page = Page(80, UNICODE)
    only = Fix("client", "Wait.", action="client")
    draw_fixes(page, [finding(fixes=(ASK, only))], {"client": frozenset({"curl"})})
    assert [line.plain for line in page.lines[-2:]] == [
        "             curl  curl is set",
        "                   Check: curl says so",
    ]


def test_some_products_where_no_setting_is_for_what_is_there() -> None:
    assert lines(ASK, products=frozenset({"firefox"})) == lines(ASK)


def test_only_the_first_action_shows_settings() -> None:
    other = Fix("client", "Wait.", action="client")
    assert lines(ASK, TRUST, other)[-6:] == [
        "           · Trust the CA.",
        "             Check: a new capture shows it",
        "             For nginx and Apache httpd: certwhy rules show server-never-asked",
        "  client   · Wait.",
        "             Check: a new capture shows it",
        "             For curl: certwhy rules show server-never-asked",
    ]


def test_a_command_is_not_broken() -> None:
    rule = "client-certificate-lacks-client-auth-eku-whatever-else"
    assert lines(ASK, rule=rule)[-2:] == [
        "             For HAProxy, Envoy and Go:",
        f"             certwhy rules show {rule}",
    ]


def test_a_symptom_adds_little_to_what_its_cause_says() -> None:
    page = Page(80, UNICODE)
    cause = finding(
        "unknown-issuer",
        confidence=Confidence.LIKELY,
        fixes=tuple(Fix("server", f"Do {number}.") for number in range(2)),
    )
    symptom = finding(
        "server-refused-client-certificate",
        explained_by="unknown-issuer",
        fixes=(Fix("server", "Read."), Fix("client", "Ask.")),
    )
    draw_fixes(page, [cause, symptom], {})
    assert [line.plain.split("· ")[1] for line in page.lines[1:]] == ["Do 0.", "Do 1.", "Ask."]


def test_an_action_is_told_once() -> None:
    again = Fix("server", "Trust it, whatever it is called.", action="trust")
    assert sum("Trust" in line for line in lines(TRUST, again)) == 1


def test_the_side_of_the_cause_stands_first() -> None:
    shown = [line[:10].strip() for line in lines(ASK, Fix("client", "Wait."), Fix("ca", "Issue another."))]
    assert [label for label in shown if label] == ["What to do", "server", "client", "CA"]


def test_a_symptom_of_a_proved_cause_adds_nothing() -> None:
    page = Page(80, UNICODE)
    cause = finding("client-certificate-expired", fixes=(Fix("ca", "Renew it."),))
    symptom = finding("server-refused-client-certificate", explained_by=cause.rule, fixes=(Fix("server", "Read."),))
    draw_fixes(page, [cause, symptom], {})
    assert [line.plain for line in page.lines] == ["What to do", "  CA       · Renew it."]


def test_what_is_known_of_one_side_says_nothing_of_the_other() -> None:
    other = Fix("client", "Wait.", action="trust")
    assert lines(ASK, other, products=frozenset({"apache"}))[-1] == "             For nginx and Apache httpd: " + (
        "certwhy rules show server-never-asked"
    )


def test_a_whole_page_shows_all_of_them_with_their_checks() -> None:
    page = Page(80, UNICODE)
    draw_settings(page, actions.settings_of(ASK))
    assert len(page.lines) == 2 * len(PRODUCTS)


def test_the_report_knows_what_is_there() -> None:
    login = told(failed_login().connection, finding(fixes=(ASK,)))
    assert "envoy is set" not in draw(report(login), 80)
    assert "envoy is set" in draw(report(login), 80, products=frozenset({"envoy"}))


def test_json_has_every_product_with_its_check() -> None:
    stream = io.StringIO()
    drawer("json")(report(told(failed_login().connection, finding(fixes=(TRUST,)))), View(stream))
    (shown,) = json.loads(stream.getvalue())["connections"][0]["findings"]
    assert shown["fixes"] == [
        {"who": "server", "product": None, "text": "Trust the CA.", "check": "a new capture shows it"},
        {"who": "server", "product": "nginx", "text": "nginx is set", "check": "nginx says so"},
        {"who": "server", "product": "Apache httpd", "text": "apache is set", "check": "apache says so"},
    ]


def test_the_schema_knows_the_check() -> None:
    schema = json.loads((Path(actions.__file__).parents[1] / "render" / "report.schema.json").read_text("utf-8"))
    assert schema["$defs"]["Fix"]["required"] == ["who", "product", "text", "check"]


def test_a_whole_page_for_one_product_names_the_others() -> None:
    rule = load_catalogue().get("server-never-asked")
    assert rule is not None
    page = msgspec.structs.replace(rule.page, fixes=(ASK, Fix("client", "Wait.", action="client")))
    stream = io.StringIO()
    draw_page(msgspec.structs.replace(rule, page=page), View(stream, 80, products=frozenset({"envoy"})))
    text = stream.getvalue()
    assert "Envoy  envoy is set" in text
    assert "nginx is set" not in text
    assert "For curl: certwhy rules show server-never-asked" in text
