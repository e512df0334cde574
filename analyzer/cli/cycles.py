"""Python's search for values that hold each other: rarely needed here, and dear."""

from __future__ import annotations

import gc


def search_for_cycles_less_often() -> None:
    """An analysis makes millions of small values, none of them in cycles: this saves a tenth of its time."""
    gc.set_threshold(500_000, 50, 100)
