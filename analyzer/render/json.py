"""``--format json``: the whole report as one JSON document, as ``report.schema.json`` describes it."""

from __future__ import annotations

import msgspec

from analyzer.diagnosis.report import Report
from analyzer.render.facts import report_facts
from analyzer.render.json_text import to_json
from analyzer.render.view import View


def draw(report: Report, view: View) -> None:
    """Write the report, indented."""
    if view.only == "failed":
        failed = tuple(c for c in report.connections if c.failed)
        report = msgspec.structs.replace(report, connections=failed)
    view.stream.write(to_json(report_facts(report), indent=2, ascii_only=not view.unicode) + "\n")
