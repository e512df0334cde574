"""Writes the JSON Schemas of what programs read, from the contracts' own types.

python -m analyzer.render.schema > analyzer/render/report.schema.json
python -m analyzer.render.schema explanation > analyzer/render/explanation.schema.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from analyzer.explain.explanation import Explanation
from analyzer.render.contract import Report


def report_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of ``certwhy read --format json``; a line of ``jsonl`` is its ``$defs/Connection``."""
    return _schema(Report, "certwhy report, schema_version 1")


def explanation_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of ``certwhy explain --format json``."""
    return _schema(Explanation, "certwhy explanation, schema_version 1")


def _schema(root: type[msgspec.Struct], title: str) -> dict[str, Any]:
    (reference,), definitions = msgspec.json.schema_components([root], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **reference,
        "$defs": definitions,
    }


def main() -> None:
    """Print one of them."""
    wanted = explanation_schema() if sys.argv[1:] == ["explanation"] else report_schema()
    print(json.dumps(wanted, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
