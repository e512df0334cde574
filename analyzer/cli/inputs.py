"""Which captures to read: files as named, folders as the captures in them, found by their first bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from analyzer.capture import open_capture
from analyzer.errors import InputUnreadableError


def expand(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Replace each folder by the captures below it, sorted; other files in folders are passed over.

    Returns:
        The captures, and the folders that hold none.
    """
    found: list[str] = []
    empty: list[str] = []
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            found.append(path)
            continue
        inside = [file for file in _files_below(path) if _is_capture(file)]
        found.extend(inside)
        if not inside:
            empty.append(path)
    return list(dict.fromkeys(found)), empty


def _files_below(folder: str) -> Iterator[str]:
    """Regular files only: a pipe would be waited for."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(place, name)
            if os.path.isfile(path):
                yield path


def _is_capture(path: str) -> bool:
    try:
        open_capture(path).close()
    except InputUnreadableError:
        return False
    return True
