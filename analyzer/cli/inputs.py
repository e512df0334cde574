"""Which captures to read: files as named, folders as the captures in them, found by their first bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from analyzer.capture import open_capture
from analyzer.errors import InputUnreadableError


def expand(paths: Sequence[str]) -> list[str]:
    """Replace each folder by the captures below it, sorted; other files in folders are passed over.

    Raises:
        InputUnreadableError: a folder holds no capture at all.
    """
    found: list[str] = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            inside = list(_captures_below(Path(path)))
            if not inside:
                raise InputUnreadableError(f"The folder {path} holds no capture.", "name the capture file itself")
            found.extend(inside)
        else:
            found.append(path)
    return found


def _captures_below(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        try:
            open_capture(str(path)).close()
        except InputUnreadableError:
            continue
        yield str(path)
