"""``--format jsonl``: one connection a line, each an element of the JSON report's ``connections``."""

from __future__ import annotations

from analyzer.diagnosis.report import ConnectionReport, Report
from analyzer.render.facts import connection_facts
from analyzer.render.json_text import to_json
from analyzer.render.view import View


def draw(report: Report, view: View) -> None:
    """Write every connection."""
    for connection in report.connections:
        draw_connection(connection, view)


def draw_connection(connection: ConnectionReport, view: View) -> None:
    """Write one connection, unless only failed ones are wanted and it is none."""
    if view.only == "failed" and not connection.failed:
        return
    view.stream.write(to_json(connection_facts(connection), ascii_only=not view.unicode) + "\n")
