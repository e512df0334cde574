"""Draws a report. One module for each format, one line in :data:`FORMATS`; imported only when it is wanted.

A format module has ``draw(report, view)``. One that streams has ``draw_connection(connection, view)`` as well:
then each connection is written as soon as its verdict is final, and nothing is kept.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from analyzer.render.view import View

__all__ = ["FORMATS", "Format", "View", "drawer", "streamer"]


class Format(msgspec.Struct, frozen=True):
    """Where a format is drawn, and how."""

    module: str
    streams: bool = False
    """Connection by connection, nothing kept."""


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "terminal": Format("analyzer.render.terminal"),
        "json": Format("analyzer.render.json"),
        "jsonl": Format("analyzer.render.jsonl", streams=True),
        "svg": Format("analyzer.render.svg"),
    }
)


def drawer(name: str) -> Callable[[Any, View], None]:
    """The function that draws a whole report in that format."""
    draw: Callable[[Any, View], None] = importlib.import_module(FORMATS[name].module).draw
    return draw


def streamer(name: str) -> Callable[[Any, View], None]:
    """The function that draws one connection in a format that streams."""
    draw: Callable[[Any, View], None] = importlib.import_module(FORMATS[name].module).draw_connection
    return draw
