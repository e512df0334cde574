import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import analyzer.render
from analyzer.diagnosis.report import Problem, Report, Truncation
from analyzer.model import Reason, SeenChain, Unseen
from analyzer.render import FORMATS, View, drawer, streamer
from analyzer.render.facts import rfc3339
from analyzer.render.schema import report_schema
from analyzer.x509 import UnreadableCertificate
from captures.recorder.truth import load
from tests.support.reports import (
    ALICE,
    START,
    connection,
    failed_login,
    finding,
    good_login,
    name,
    refused,
    report,
    request,
    supplied,
    told,
)
from tests.test_truth import CAPTURES, analyse

SCHEMA = Path(analyzer.render.__file__).with_name("report.schema.json")


def drawn(given: Report, name: str = "json", **changes: Any) -> str:
    stream = io.StringIO()
    drawer(name)(given, View(stream, **changes))
    return stream.getvalue()


def document(given: Report) -> dict[str, Any]:
    text = drawn(given)
    made: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(made)
    return made


def test_stacks_stand_with_their_reason_and_null_where_they_are_not_known() -> None:
    folder = CAPTURES / "empty-list-names-only-roots-java-nginx"
    (known,) = document(analyse(folder, load(folder / "truth.toml")))["connections"]
    assert known["stacks"]["client"] == {
        "name": "Java (JSSE)",
        "confidence": "likely",
        "why": "the order of its extensions and its signature schemes",
        "products": ["Java"],
    }
    assert known["stacks"]["server"]["products"] == ["nginx", "Apache httpd", "stunnel"]
    (unknown,) = document(report(failed_login()))["connections"]
    assert unknown["stacks"] == {"client": None, "server": None}


def test_the_schema_that_is_checked_in_is_the_current_one() -> None:
    """Rewrite it with: python -m analyzer.render.schema > analyzer/render/report.schema.json"""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == report_schema()


def test_a_report_is_what_the_schema_says() -> None:
    made = document(report(failed_login(), good_login()))
    assert made["schema_version"] == 1
    assert made["tool"]["name"] == "certwhy"
    assert [c["verdict"]["severity"] for c in made["connections"]] == ["failure", "note"]


def test_an_empty_report_and_its_problems() -> None:
    cut = report(problems=[Problem("truncated", "cut", 0, packet=3)])
    made = document(cut)
    assert made["connections"] == []
    assert made["problems"] == [{"kind": "truncated", "text": "cut", "input": 0, "connection": None, "packet": 3}]


def test_a_truncated_input_says_where() -> None:
    given = report(failed_login())
    import msgspec

    one = msgspec.structs.replace(given.inputs[0], truncated=Truncation(7, "the file ends in packet 8"))
    made = document(msgspec.structs.replace(given, inputs=(one,)))
    assert made["inputs"][0]["truncated"] == {"packet": 7, "why": "the file ends in packet 8"}


def test_the_request_names_every_ca_with_kind_and_match() -> None:
    (made,) = document(report(failed_login()))["connections"]
    (handshake,) = made["handshakes"]
    assert handshake["client_certificate"] == {"status": "empty", "packet": 8, "chain": []}
    assert handshake["certificate_verify"]["status"] == "absent"
    assert handshake["certificate_request"]["ca_names"][0] == {
        "name": "CN=Corp Root A",
        "kind": "root",
        "kind_from": "server-chain",
        "matches": None,
        "bytes": 26,
    }
    assert handshake["supplied"]["obstacles"][0]["code"] == "issuer-not-listed"
    assert handshake["supplied"]["would_match"] == {
        "direct_issuer": False,
        "chain_builder": False,
        "ignores_list": True,
    }
    assert handshake["unseen"]["certificate_verify"] == "not sent"
    assert handshake["alerts"] == [
        {"sender": "server", "level": "fatal", "description": "handshake_failure", "packet": 10}
    ]


def test_unseen_facts_are_null_with_their_reason() -> None:
    hidden = Unseen(Reason.ENCRYPTED)
    seen = refused(
        version=hidden, cipher_suite=hidden, client_hello=hidden, certificate_request=hidden, client_certificate=hidden
    )
    (made,) = (
        document(report(told(connection(seen), started_ns=None)))["connections"]
        if False
        else document(report(told(connection(seen))))["connections"]
    )
    handshake = made["handshakes"][0]
    assert handshake["version"] is None
    assert handshake["client_certificate_requested"] == "unknown"
    assert handshake["client_certificate"]["status"] == "unknown"
    assert handshake["unseen"]["client_hello"] == "encrypted"


def test_a_certificate_that_cannot_be_read_keeps_its_place() -> None:
    broken = UnreadableCertificate("ab" * 32, "is cut short", b"0")
    seen = refused(client_certificate=SeenChain((ALICE, broken), 20, 8, START))
    (made,) = document(report(told(connection(seen))))["connections"]
    assert made["handshakes"][0]["client_certificate"]["chain"][1] == {"error": "is cut short", "sha256": "ab" * 32}


def test_the_listed_length_and_the_real_one() -> None:
    seen = refused(certificate_request=request(name("A"), list_bytes=5, list_bytes_actual=65541))
    (made,) = document(report(told(connection(seen), finding(), supplied=(supplied(match=None),))))["connections"]
    wanted = made["handshakes"][0]["certificate_request"]
    assert (wanted["ca_list_bytes"], wanted["ca_list_bytes_actual"]) == (5, 65541)


def test_only_failed() -> None:
    assert len(json.loads(drawn(report(failed_login(), good_login()), only="failed"))["connections"]) == 1
    assert drawn(report(failed_login(), good_login()), "jsonl", only="failed").count("\n") == 1


def test_lines_are_connections() -> None:
    whole = json.loads(drawn(report(failed_login(), good_login())))
    lines = drawn(report(failed_login(), good_login()), "jsonl").splitlines()
    assert [json.loads(line) for line in lines] == whole["connections"]
    validator = jsonschema.Draft202012Validator({**report_schema(), "$ref": "#/$defs/Connection"})
    for line in lines:
        validator.validate(json.loads(line))


def test_a_stream_of_connections_is_the_same_as_the_whole() -> None:
    stream = io.StringIO()
    streamer("jsonl")(failed_login(), View(stream))
    assert stream.getvalue() == drawn(report(failed_login()), "jsonl")


def test_an_output_that_is_not_unicode_gets_plain_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    seen = connection(refused(), sni="zoë.example")
    drawer("json")(report(told(seen)), View(stream))
    stream.flush()
    assert raw.getvalue().isascii()
    assert json.loads(raw.getvalue())["connections"][0]["sni"] == "zoë.example"


def test_a_file_name_that_is_not_utf_8() -> None:
    import msgspec

    given = report(good_login())
    odd = msgspec.structs.replace(given.inputs[0], path="caf\udce9.pcap")
    text = drawn(msgspec.structs.replace(given, inputs=(odd,)))
    assert "caf\\udce9.pcap" in text
    text.encode()


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (None, None),
        (0, "1970-01-01T00:00:00.000000000Z"),
        (START + 12, "2026-03-02T09:14:22.000000012Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (-62_135_596_800_000_000_000, "0001-01-01T00:00:00.000000000Z"),
        (10**30, None),
    ],
)
def test_times(ns: int | None, text: str | None) -> None:
    assert rfc3339(ns) == text


def test_every_format_can_be_loaded() -> None:
    for format_name, described in FORMATS.items():
        assert callable(drawer(format_name))
        if described.streams:
            assert callable(streamer(format_name))
