"""How a report is to be drawn: where to, how wide, how much of it."""

from __future__ import annotations

from typing import Literal, TextIO

import msgspec

PIPED_WIDTH = 100
"""Columns where there is no terminal to ask."""


class View(msgspec.Struct, frozen=True):
    """What the reader asked for, and what the output can show."""

    stream: TextIO
    width: int | None = None
    """Columns; None asks the terminal, or takes :data:`PIPED_WIDTH` where there is none."""
    plain: bool = False
    """No colour, whatever the stream and the environment say."""
    only: Literal["failed", "all"] | None = None
    """Which connections; None leaves it to the format."""
    all_names: bool = False
    """Whole lists of CA names, however long."""
    products: frozenset[str] = frozenset()
    """Short names of what either side is known to run; settings of others are left out where these have one."""
    title: str = "certwhy"
    """For formats that have a title bar: the command that was typed."""

    @property
    def unicode(self) -> bool:
        """The output's encoding can hold every character."""
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        return encoding.lower().replace("_", "-").startswith("utf")
