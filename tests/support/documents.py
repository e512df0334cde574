"""What the documents show to people, for tests that hold it against the code."""

from __future__ import annotations

import re
from pathlib import Path

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


def toml_shown_to_contributors(beginning: str) -> str:
    """The one piece of TOML in CONTRIBUTING.md that begins so."""
    shown = re.findall(r"```toml\n(.*?)```", CONTRIBUTING.read_text(encoding="utf-8"), re.DOTALL)
    (piece,) = (one for one in shown if one.startswith(beginning))
    return str(piece)
