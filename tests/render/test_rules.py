import io
import json

import pytest

from analyzer.diagnosis.catalogue import Catalogue, load_catalogue
from analyzer.render import View
from analyzer.render.rules import draw_catalogue, draw_page, write_catalogue, write_page


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.mark.parametrize("width", [50, 80, 120])
def test_the_catalogue_names_every_rule_and_fits(catalogue: Catalogue, width: int) -> None:
    stream = io.StringIO()
    draw_catalogue(catalogue, View(stream, width))
    text = stream.getvalue()
    for rule in catalogue.rules:
        assert rule.id in text
    assert all(len(line) <= width and line == line.rstrip() for line in text.splitlines())


def test_every_page_can_be_drawn(catalogue: Catalogue) -> None:
    for rule in catalogue.rules:
        stream = io.StringIO()
        draw_page(rule, View(stream, 80))
        text = stream.getvalue()
        assert rule.page.title in " ".join(text.split())
        assert text.count("\n\n\n") == 0
        assert all(line == line.rstrip() for line in text.splitlines())
        for citation in rule.page.citations:
            assert "".join(citation.split()) in "".join(text.split())


def test_the_same_as_json(catalogue: Catalogue) -> None:
    stream = io.StringIO()
    write_catalogue(catalogue, View(stream))
    assert [rule["id"] for rule in json.loads(stream.getvalue())] == [rule.id for rule in catalogue.rules]
    stream = io.StringIO()
    write_page(catalogue.rules[0], View(stream))
    assert json.loads(stream.getvalue())["title"] == catalogue.rules[0].page.title
