"""Whatever a page holds, checking it ends in complaints that have a line of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.diagnosis.new_rule import write_rule
from analyzer.diagnosis.page_check import check_page, placeholders
from analyzer.diagnosis.pages import InlineCase, RuleCases
from tests.support.documents import toml_shown_to_contributors


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rule("my-rule", "refused", tmp_path_factory.mktemp("own"))[0]


@pytest.fixture(scope="module")
def text(page: Path) -> bytes:
    return page.read_bytes()


PIECES = st.binary(max_size=4) | st.sampled_from(
    [b"[", b"]", b"{", b"}", b'"', b"'", b"#", b"\n", b"=", b'"""', b"\r", b"{x"]
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 40), PIECES), min_size=1, max_size=3))
def test_a_spoiled_page(page: Path, text: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    data = text
    for at, length, piece in cuts:
        data = data[:at] + piece + data[at + length :]
    page.write_bytes(data)
    checked = check_page(page)
    assert checked.page is not None or checked.complaints
    assert all(1 <= complaint.line <= data.count(b"\n") + 1 for complaint in checked.complaints)


def test_a_page_without_end_of_its_depth(page: Path) -> None:
    page.write_text("title = " + "[" * 100_000, encoding="utf-8")
    (complaint,) = check_page(page).complaints
    assert complaint.line == 1


def test_placeholders() -> None:
    assert placeholders("{b} and {a}, {{c}} {a!r:>4} {} {0}") == ["a", "b"]
    assert placeholders("{a} {") == []


def test_the_cases_that_are_shown_to_contributors_are_cases() -> None:
    shown = toml_shown_to_contributors("[cases]")
    cases = msgspec.toml.decode(shown, type=dict[str, RuleCases])["cases"]
    assert [type(case) for case in (*cases.match, *cases.clear)] == [str, InlineCase, InlineCase, InlineCase]
