"""The answer, and how one is chosen among several that fit."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from analyzer.model import Confidence
from analyzer.stacks.signatures import Names, Order

MOST_EXTENSIONS = 64
"""No stack sends more; what a stranger sends is not remembered."""
FEW_SCHEMES = 4
"""Fewer are in the right order by chance, or by anybody's choice."""
_MOST_NAMED = 2


class Stack(msgspec.Struct, frozen=True, gc=False):
    """A TLS implementation that was recognised."""

    name: str
    """The library; in front of it the program where that can be told: ``curl (OpenSSL)``."""
    confidence: Confidence
    """LIKELY or POSSIBLE."""
    why: str
    """What fits: ``the order of its extensions and its signature schemes``."""
    products: tuple[str, ...]
    """What it may stand for, in the words of the fixes on the rules' pages."""
    as_in: tuple[str, ...] = ()
    """Well-known programs that run the library, where it may be any of them."""

    names: Names = ""
    """Of a client: how it compares the names of a CA list."""
    choice: str = ""
    """Of a client: how it chooses its certificate, as a clause."""

    @property
    def text(self) -> str:
        """``OpenSSL, as in nginx or Apache httpd``."""
        return f"{self.name}, as in {listed(self.as_in, 'or')}" if self.as_in else self.name


def fits(orders: Sequence[Order], sent: Sequence[int] | None, few: int) -> bool:
    """Is a list that was sent one of these, or a part of it that is long enough to tell?"""
    return sent is not None and len(sent) >= few and any(order.holds(sent) for order in orders)


def listed(parts: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def best(found: Sequence[Stack]) -> Stack | None:
    """The likely one; of several that fit equally well all of them, where they are few."""
    equal = [stack for stack in found if stack.confidence is Confidence.LIKELY] or found
    if len(equal) == 1:
        return equal[0]
    if not equal or len(equal) > _MOST_NAMED:
        return None
    return Stack(
        " or ".join(stack.name for stack in equal),
        Confidence.POSSIBLE,
        "; ".join(dict.fromkeys(stack.why for stack in equal)),
        tuple(dict.fromkeys(product for stack in equal for product in stack.products)),
    )
