"""A mistake in a rule's page or predicate, and where it stands."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Complaint(msgspec.Struct, frozen=True, order=True):
    """``file:line: text``"""

    file: Path
    line: int
    text: str
    """A clause without a full stop."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"
