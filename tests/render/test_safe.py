import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from analyzer.render.safe import is_harmless, safe_json, safe_text


def test_what_is_readable_stays_as_it_is() -> None:
    for text in ("CN=alice,O=Corp", "CN=Zoë Müller", "CN=株式会社", "[red]:smile:[/]", "O=Foo\\, Inc", "✗ ─▶ …"):
        assert safe_text(text) == text


def test_controls_become_escapes() -> None:
    assert safe_text("a\x1b[2Jb\nc\r\t\x00\x7f\x9b") == "a\\x1b[2Jb\\nc\\r\\t\\x00\\x7f\\x9b"


def test_what_hides_or_turns_the_text_round_becomes_visible() -> None:
    assert safe_text("\u202egro.knab\u2066\u200b\ufeff\u2028\xad") == (
        "\\u202egro.knab\\u2066\\u200b\\ufeff\\u2028\\xad"
    )
    assert safe_text("\U000e0041\ufe0f\u3164\xa0") == "\\U000e0041\\ufe0f\\u3164\\xa0"


def test_lone_surrogates_become_visible() -> None:
    assert safe_text("\ud800 \udcff") == "\\ud800 \\udcff"


@given(st.text(alphabet=st.characters()))
def test_nothing_is_dropped_and_nothing_harmful_stays(text: str) -> None:
    safe = safe_text(text)
    assert all(is_harmless(character) for character in safe)
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in safe)
    assert len(safe) >= len(text)
    assert [c for c in text if is_harmless(c)] == [c for c in safe if c in text][: len(text)] or "\\" in safe


@given(st.text())
def test_json_keeps_the_value_and_shows_no_control(text: str) -> None:
    shown = safe_json(json.dumps({"name": text}, ensure_ascii=False, indent=2))
    assert json.loads(shown) == {"name": text}
    assert all(is_harmless(character) or character == "\n" for character in shown)
