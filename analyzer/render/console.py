"""The console that screens are printed with."""

from __future__ import annotations

import os

from rich.console import Console

from analyzer.render.view import PIPED_WIDTH, View


def make_console(view: View) -> Console:
    """A console that interprets nothing and breaks no line by itself."""
    width = view.width
    if width is None and not view.stream.isatty() and not os.environ.get("COLUMNS", "").isdigit():
        width = PIPED_WIDTH
    return Console(
        file=view.stream,
        width=width,
        force_terminal=False if view.plain else None,
        color_system=None if view.plain else "auto",
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
