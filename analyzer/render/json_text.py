"""JSON that is safe to print."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from analyzer.render.safe import safe_json


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
