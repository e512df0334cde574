from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

import analyzer.render
from analyzer.explain.answer import explain, explain_log
from analyzer.explain.explanation import Explanation, Log
from analyzer.explain.logs import read_log
from analyzer.render.explanation import draw, draw_messages, write, write_messages
from analyzer.render.schema import explanation_schema
from analyzer.render.view import View
from tests.explain.small import MATCHER, MESSAGES
from tests.render.explanation_screens import EXPLANATION_SCREENS, asked, log, screen
from tests.render.screens import GOLDEN

SCHEMA = Path(analyzer.render.__file__).with_name("explanation.schema.json")


def document(answer: Explanation) -> dict[str, Any]:
    stream = io.StringIO()
    write(answer, View(stream))
    made: dict[str, Any] = json.loads(stream.getvalue())
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(made)
    return made


def test_the_schema_that_is_checked_in_is_the_current_one() -> None:
    """Rewrite it with: python -m analyzer.render.schema explanation > analyzer/render/explanation.schema.json"""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == explanation_schema()


@pytest.mark.parametrize(
    "text",
    [
        "curl: (56) tlsv13 alert certificate required",
        "alert 48",
        "client sent no requird SSL certficate",
        "paper jam",
        "\udcff\x1b[2J",
    ],
)
def test_every_answer_is_what_the_schema_says(text: str) -> None:
    made = document(asked(text))
    assert made["schema_version"] == 1
    assert made["log"] is None


def test_a_log_is_what_the_schema_says() -> None:
    made = document(log())
    assert made["log"] == {"path": "shop.log", "lines": 600, "bytes": made["log"]["bytes"], "stopped": None}
    assert [reading["lines"]["count"] for reading in made["readings"]] == [3, 1]


@pytest.mark.parametrize("title", EXPLANATION_SCREENS)
def test_golden_screens(title: str) -> None:
    """Rewrite them with: python -m tests.render.screens"""
    assert EXPLANATION_SCREENS[title]() == (GOLDEN / f"{title}.txt").read_text(encoding="utf-8")


HOSTILE = "\x1b]0;owned\x07tlsv1 alert unknown ca \x1b[2J\u202e \x9b31m\x07"


@pytest.mark.parametrize("width", [20, 80, 120])
def test_nothing_hostile_reaches_the_terminal(width: int) -> None:
    whole = read_log(io.BytesIO(HOSTILE.encode() + b"\n" + HOSTILE.encode("latin-1", "replace")), MATCHER)
    for answer in (asked(HOSTILE), asked("first\n" + HOSTILE), explain_log("\x1b[2J.log", whole)):
        drawn = screen(answer, width)
        assert not {c for c in drawn if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c == "\u202e")}


def test_who_refused_whom_is_said() -> None:
    assert "The server refused the client." in screen(asked("curl: tlsv1 alert unknown ca"), 80)
    assert "The client refused the server." in screen(asked("haproxy[1]: tlsv1 alert unknown ca"), 80)
    assert "Whoever wrote the line was refused" in screen(asked("tlsv1 alert unknown ca"), 80)


def test_a_log_that_was_not_read_to_its_end_says_so() -> None:
    stopped = msgspec.structs.replace(log(), log=Log("app.log", 3, 900, "interrupted"))
    assert "! Not read to its end: interrupted." in screen(stopped, 80)


def test_how_to_see_more_stands_once() -> None:
    drawn = screen(asked("curl: (56) tlsv13 alert certificate required"), 100)
    assert drawn.count("certwhy read FILE") == 1
    for tool in ("tcpdump", "dumpcap", "pktmon", "netsh trace", "etl2pcapng", "Npcap", "kubectl", "docker"):
        assert tool in drawn


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_list_is_a_table_for_people_and_plain_lines_for_programs() -> None:
    piped, terminal, facts = io.StringIO(), Terminal(), io.StringIO()
    draw_messages(MESSAGES, View(piped))
    rows = [line.split("\t") for line in piped.getvalue().splitlines()]
    assert [row[0] for row in rows] == [known.entry.id for known in MESSAGES]
    assert {len(row) for row in rows} == {4}
    draw_messages(MESSAGES, View(terminal, 80, plain=True))
    assert "7 messages" in terminal.getvalue()
    write_messages(MESSAGES, View(facts))
    assert [fact["id"] for fact in json.loads(facts.getvalue())] == [row[0] for row in rows]


def test_an_empty_query_is_answered() -> None:
    stream = io.StringIO()
    draw(explain("", MATCHER), View(stream, 80, plain=True))
    assert "This says nothing about a login with a client certificate." in stream.getvalue()
