"""The faults that are found are those that msgspec would refuse, and none besides."""

from __future__ import annotations

import copy
import datetime
import tomllib

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.diagnosis.pages import Page
from analyzer.diagnosis.toml_fields import find_faults

PAGE = tomllib.loads("""
title = "t"
severity = "note"
confidence = "likely"
about = "login"
message = "m"
why = "w"
citations = ["RFC 5246"]
explained_by = ["a"]
fails_after_completion = true
[[fixes]]
who = "client"
text = "x"
product = "p"
[[fixes]]
who = "ca"
text = "y"
[cases]
match = [
    "capture",
    { version = "TLS 1.2", alerts = ["a"], resumed = true, at = 2026-01-02T03:04:05Z, phase = "initial" },
]
clear = [{ outcome = "completed", certificate_expected = false, ca_names = [], request_bytes = 5 }]
""")
VALUES = st.sampled_from(
    [
        "",
        "x",
        "note",
        "completed",
        0,
        -1,
        1.5,
        True,
        [],
        ["x"],
        [1],
        {},
        {"who": "ca"},
        datetime.datetime(2026, 1, 1),
        datetime.date(2026, 1, 1),
    ]
)


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, object]:
    """The page with a value changed, added or taken away, up to three times."""
    page: dict[str, object] = copy.deepcopy(PAGE)
    for _ in range(draw(st.integers(0, 3))):
        at: object = page
        while True:
            assert isinstance(at, dict | list)
            keys = [*at, "new"] if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            below = at.get(key) if isinstance(at, dict) else at[key]
            if isinstance(below, dict | list) and draw(st.booleans()):
                at = below
            elif isinstance(at, dict) and draw(st.booleans()):
                at.pop(key, None)
                break
            else:
                at[key] = copy.deepcopy(draw(VALUES))
                break
    return page


def is_refused(page: object) -> bool:
    try:
        msgspec.convert(page, Page)
    except msgspec.ValidationError:
        return True
    return False


@settings(max_examples=400, deadline=None)
@given(spoiled())
def test_what_msgspec_refuses_has_a_fault(page: dict[str, object]) -> None:
    assert bool(find_faults(page, Page)) is is_refused(page)


def test_every_fault_has_its_place() -> None:
    page = copy.deepcopy(PAGE)
    del page["why"]
    page["fixes"][1]["who"] = "cat"
    page["cases"]["match"][1]["resumed"] = "yes"
    page["cases"]["match"][1]["at"] = 3
    page["cases"]["clear"] = "capture"
    page["citations"] = ["", 3]
    assert {(fault.place, fault.text) for fault in find_faults(page, Page)} == {
        ((), 'the key "why" is missing'),
        (("fixes", 1, "who"), '"who" is "cat"; it must be one of ca, client, network, server'),
        (("cases", "match", 1, "resumed"), '"resumed" must be true or false, not text'),
        (("cases", "match", 1, "at"), '"at" must be a date and time, not a number'),
        (("cases", "clear"), '"clear" must be a list, not text'),
        (("citations", 0), 'number 1 of "citations" is empty'),
        (("citations", 1), 'number 2 of "citations" must be text, not a number'),
    }
