"""``--format svg``: the terminal's picture, for a README or a ticket. Same drawing, same width, no fonts fetched."""

from __future__ import annotations

import io
import re

from rich.cells import cell_len
from rich.console import Console

from analyzer.diagnosis.report import Report
from analyzer.render.terminal import compose
from analyzer.render.view import PIPED_WIDTH, View

_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def draw(report: Report, view: View) -> None:
    """Write the picture; the same report always gives the same bytes."""
    width = view.width or PIPED_WIDTH
    page = compose(report, view, width, unicode=True)
    console = Console(
        file=io.StringIO(),
        record=True,
        width=max([width, *(cell_len(line.plain) for line in page.lines)]),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        _environ={},
    )
    page.print(console)
    picture = console.export_svg(title=view.title, unique_id="certwhy")
    view.stream.write(_FONT_FACE.sub("", picture).rstrip() + "\n")
