"""Each key that ``tomllib`` finds has a line, and that line holds the key."""

from __future__ import annotations

import json
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.diagnosis.toml_lines import Place, TomlLines

ROOT = Path(__file__).parents[2]
TEXTS = sorted([*ROOT.glob("rules/*/*.toml"), *ROOT.glob("captures/*/truth.toml"), ROOT / "pyproject.toml"])

TABLES = '''\
# [not-a-table]
top = 1
"quoted.key" = """
fake = 1
[fake]
a quote "" and an end""\"\"\"
'lit#eral' = \'\'\'it's
fake = 2\'\'\'
a.b . "c" = 3 # fake = 4

[cases]
match = [ # a comment, with ] in it
  "one",
  { version = "TLS 1.2", nested = { deep = [1, 2] } },
  [ "x",
    "y" ],
]
when = 1979-05-27 07:32:00Z

[[fixes]]
who = "client"

[[fixes]]
who = "ser\\"ver = ]"
[[fixes.steps]]
first = true
[fixes.more]
x.y = +1e-3

[[fixes]]
[tail.end]
"\\u0041" = []
'''


def test_the_line_of_each_kind_of_key() -> None:
    lines = TomlLines(TABLES)
    wanted: dict[Place, int] = {
        ("top",): 2,
        ("quoted.key",): 3,
        ("lit#eral",): 7,
        ("a",): 9,
        ("a", "b", "c"): 9,
        ("cases",): 11,
        ("cases", "match"): 12,
        ("cases", "match", 0): 13,
        ("cases", "match", 1): 14,
        ("cases", "match", 1, "nested", "deep", 1): 14,
        ("cases", "match", 2, 0): 15,
        ("cases", "match", 2, 1): 16,
        ("cases", "when"): 18,
        ("fixes",): 20,
        ("fixes", 0, "who"): 21,
        ("fixes", 1): 23,
        ("fixes", 1, "who"): 24,
        ("fixes", 1, "steps", 0, "first"): 26,
        ("fixes", 1, "more", "x", "y"): 28,
        ("fixes", 2): 30,
        ("tail",): 31,
        ("tail", "end", "A"): 32,
    }
    assert {place: lines[place] for place in wanted} == wanted
    assert all(place in lines for place in places(tomllib.loads(TABLES)))
    assert not any("fake" in str(place) for place in lines._lines)


def test_what_is_not_there_has_the_line_of_what_it_is_in() -> None:
    lines = TomlLines(TABLES)
    assert lines["fixes", 1, "text"] == 23
    assert lines[("severity",)] == 1
    assert ("severity",) not in lines


def places(value: object, at: Place = ()) -> Iterator[Place]:
    """Every key and every array element of a decoded text."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inside:
        yield (*at, key)
        yield from places(below, (*at, key))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_texts_that_people_wrote(path: Path) -> None:
    check(path.read_text(encoding="utf-8"))


def check(text: str) -> None:
    lines, rows = TomlLines(text), text.split("\n")
    for place in places(tomllib.loads(text)):
        assert place in lines
        if isinstance(place[-1], str):
            row = rows[lines[place] - 1]
            assert place[-1] in row or json.dumps(place[-1], ensure_ascii=False) in row


KEYS = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=4)
STRANGE_KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17E, exclude_characters="\x7f"), max_size=6)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x7f"), max_size=12)


@st.composite
def strings(draw: st.DrawFn) -> str:
    """A string in one of the four forms."""
    text = draw(WORDS | st.sampled_from(["[x]", "a = 1", '"', "'", "#", "]", "}", "\n[y]\nz = 1\n", '""', "''"]))
    plain = all(character >= " " or character in "\n\t" for character in text)
    forms = [json.dumps(text, ensure_ascii=False)]
    if plain and '"""' not in text and "\\" not in text:
        forms.append(f'"""\n{text}"""')
    if plain and "'''" not in text and not text.endswith("'''"):
        forms.append(f"'''{text}'''")
    if plain and "\n" not in text and "'" not in text:
        forms.append(f"'{text}'")
    return draw(st.sampled_from(forms))


@st.composite
def names(draw: st.DrawFn) -> str:
    """A key, bare or in quotes."""
    if draw(st.booleans()):
        return draw(KEYS)
    return json.dumps(draw(STRANGE_KEYS), ensure_ascii=False)


GAPS = st.sampled_from(["", " ", "\n", " # ] } fake = 1\n", "\r\n\t"])
SCALARS = strings() | st.sampled_from(["1", "-0.5e3", "true", "1979-05-27 07:32:00", "inf", "0xff"])


def values(depth: int) -> st.SearchStrategy[str]:
    if not depth:
        return SCALARS
    below = values(depth - 1)
    arrays = st.lists(st.tuples(GAPS, below, GAPS), max_size=3).map(lambda items: f"[{','.join(map(''.join, items))}]")
    tables = st.lists(st.tuples(names(), below), max_size=3, unique_by=lambda pair: pair[0]).map(
        lambda pairs: "{" + ", ".join(f"{key} = {value}" for key, value in pairs) + "}"
    )
    return SCALARS | arrays | tables


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Headers and pairs; now and then they contradict each other, and then ``tomllib`` refuses them."""
    rows = []
    for _ in range(draw(st.integers(1, 8))):
        key = " . ".join(draw(st.lists(names(), min_size=1, max_size=2)))
        kind = draw(st.sampled_from(["pair", "pair", "table", "array"]))
        rows.append({"table": f"[{key}]", "array": f"[[ {key} ]]"}.get(kind) or f"{key} = {draw(values(2))}")
        rows.extend(draw(st.lists(st.sampled_from(["", "# fake = 1", "\t"]), max_size=1)))
    return "\n".join(rows)


@settings(max_examples=300, deadline=None)
@given(texts())
def test_every_key_has_the_line_that_holds_it(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    check(text)
