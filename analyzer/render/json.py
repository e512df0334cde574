"""``--format json``: the whole report as one JSON document, as ``report.schema.json`` describes it."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from analyzer.diagnosis.report import Report
from analyzer.render.facts import report_facts
from analyzer.render.safe import safe_json
from analyzer.render.view import View


def draw(report: Report, view: View) -> None:
    """Write the report, indented."""
    if view.only == "failed":
        failed = tuple(c for c in report.connections if c.failed)
        report = msgspec.structs.replace(report, connections=failed)
    view.stream.write(to_json(report_facts(report), indent=2, ascii_only=not view.unicode) + "\n")


def to_json(value: Any, *, indent: int = 0, ascii_only: bool = False) -> str:
    """JSON text that no terminal will act upon: what is not plainly visible is a ``\\u`` escape."""
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:  # a lone surrogate, as in a file name that is not UTF-8
        return json.dumps(msgspec.to_builtins(value), indent=indent or None)
    if indent:
        encoded = msgspec.json.format(encoded, indent=indent)
    text = encoded.decode()
    if ascii_only and not text.isascii():
        return json.dumps(json.loads(text), indent=indent or None)
    return safe_json(text)
