"""Writes the JSON Schema of the report, from the contract's own types.

python -m analyzer.render.schema > analyzer/render/report.schema.json
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from analyzer.render.contract import Report


def report_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of ``--format json``; a line of ``jsonl`` is its ``$defs/Connection``."""
    (reference,), definitions = msgspec.json.schema_components([Report], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "certwhy report, schema_version 1",
        **reference,
        "$defs": definitions,
    }


def main() -> None:
    """Print it."""
    print(json.dumps(report_schema(), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
