import io
import json
import re

import msgspec
import pytest

from analyzer.diagnosis.catalogue import Catalogue, load_catalogue
from analyzer.diagnosis.page_check import placeholders
from analyzer.explain.by_rule import messages_of
from analyzer.explain.entries import load_messages
from analyzer.render import View
from analyzer.render.rules import draw_catalogue, draw_page, write_catalogue, write_page
from analyzer.render.rules_markdown import write_catalogue_markdown, write_page_markdown


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


def test_a_page_names_the_messages_that_stand_for_it(catalogue: Catalogue) -> None:
    rule = catalogue.get("revocation-list-expired")
    assert rule is not None
    stream = io.StringIO()
    draw_page(rule, View(stream, 80), load_messages())
    assert "OpenSSL: verify error:num=12:CRL has expired" in stream.getvalue()
    stream = io.StringIO()
    write_page(rule, View(stream), load_messages())
    ids = [message["id"] for message in json.loads(stream.getvalue())["messages"]]
    assert ids == [known.entry.id for known in messages_of(rule.id, load_messages())]
    assert "ossl-verify-crl-expired" in ids


def test_messages_of_which_it_is_the_most_common_cause_come_first(catalogue: Catalogue) -> None:
    for rule in catalogue.rules:
        places = [
            [cause.rule for cause in one.entry.causes].index(rule.id) for one in messages_of(rule.id, load_messages())
        ]
        assert places == sorted(places)


def markdown_pages(catalogue: Catalogue) -> dict[str, str]:
    stream = io.StringIO()
    write_catalogue_markdown(catalogue, View(stream), load_messages())
    _, *pages = re.split(r"(?m)^## ", stream.getvalue())
    return {page.splitlines()[0]: page for page in pages}


def test_the_document_has_a_page_for_each_rule_with_all_that_its_page_says(catalogue: Catalogue) -> None:
    pages = markdown_pages(catalogue)
    assert list(pages) == [rule.id for rule in catalogue.rules]
    for rule in catalogue.rules:
        page, told = pages[rule.id].replace("\\", ""), rule.page
        assert f"**{told.title}**" in page
        assert told.why.strip() in pages[rule.id]
        assert all(f"{{{name}}}" in page for name in placeholders(told.message))
        assert all(" ".join(fix.text.split()).replace("\\", "") in page for fix in told.fixes)
        cases = [
            case.removeprefix("../../") for case in (*told.cases.match, *told.cases.clear) if isinstance(case, str)
        ]
        assert all(f"- `{case}`" in page for case in cases)
        inline = sum(not isinstance(case, str) for case in (*told.cases.match, *told.cases.clear))
        assert page.split("**Matches in**")[1].count("\n- `") == len(cases) + inline
        assert all(citation in page for citation in told.citations)


def test_links_of_the_document_lead_somewhere(catalogue: Catalogue) -> None:
    stream = io.StringIO()
    write_catalogue_markdown(catalogue, View(stream), load_messages())
    targets = set(re.findall(r"\]\((\S+?)\)", stream.getvalue()))
    ids = {f"#{rule.id}" for rule in catalogue.rules}
    assert ids <= targets
    address = r"https://(www\.rfc-editor\.org/rfc/rfc\d+\.html(#\w+-[\w.]+)?|github\.com/[\w.-]+/[\w.-]+/issues/\d+)"
    assert all(re.fullmatch(address, target) for target in targets - ids)


def test_one_page_alone_links_to_no_other(catalogue: Catalogue) -> None:
    rule = catalogue.get("client-sent-empty-certificate")
    assert rule is not None
    stream = io.StringIO()
    write_page_markdown(rule, View(stream), load_messages())
    assert stream.getvalue().startswith(f"# {rule.id}\n")
    assert "](#" not in stream.getvalue()


@pytest.mark.parametrize("text", ["a *b* <c> [d](e) `f", "\x1b[2J"])
def test_text_of_a_page_is_text_in_markdown_too(catalogue: Catalogue, text: str) -> None:
    rule = catalogue.rules[0]
    hostile = msgspec.structs.replace(rule, page=msgspec.structs.replace(rule.page, title=text))
    stream = io.StringIO()
    write_page_markdown(hostile, View(stream), ())
    assert re.search(r"(?<!\\)[*<\[`]", stream.getvalue().splitlines()[2].strip("*")) is None
    assert "\x1b" not in stream.getvalue()
