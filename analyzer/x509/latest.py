"""Remembers the latest answer of a function about a frozen value.

Many rules ask the same of one message, one after the other. A cache by value would hash a list of a hundred names,
or the bytes of a chain, each time; here the very same object is recognised, and nothing is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

V = TypeVar("V")
R = TypeVar("R")


def remember_latest(function: Callable[[V], R]) -> Callable[[V], R]:
    """The same function, asked only once as long as the very same object is given. The value must be immutable."""
    latest: tuple[V, R] | None = None

    @wraps(function)
    def asked(value: V) -> R:
        nonlocal latest
        if latest is not None and latest[0] is value:
            return latest[1]
        answer = function(value)
        latest = (value, answer)
        return answer

    return asked
