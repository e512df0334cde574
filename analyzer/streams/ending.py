"""What is left to say of a connection that is over."""

from __future__ import annotations

import msgspec


class Ending(msgspec.Struct, frozen=True, gc=False):
    """How a connection ended, as far as the capture shows."""

    by: int | None
    """The end (0 or 1) that closed first; None when neither was seen to."""
    how: str
    """``fin``, ``rst``, ``capture-end`` or ``idle``."""
    packet: int | None
