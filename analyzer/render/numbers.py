"""Numbers in the reader's words; imports nothing, so that quick answers stay quick."""

from __future__ import annotations


def count(number: int, one: str, many: str = "") -> str:
    """``1 packet``, ``12,288 packets``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: int) -> str:
    """``640 bytes``, ``1.2 MB``: in powers of ten, as disks are sold and files are listed."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= factor:
            return f"{number / factor:,.1f} {unit}"
    return count(number, "byte")
