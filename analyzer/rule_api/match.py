"""What a rule answers with, and how it asks for a fact: value, undecided or not applicable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import msgspec

from analyzer.model import (
    Confidence,
    Reason,
    Severity,
    Unseen,
)

T = TypeVar("T")


_NO_VALUES: Mapping[str, str] = MappingProxyType({})


class Evidence(msgspec.Struct, frozen=True):
    """A packet, and what it shows."""

    packet: int
    what: str


class Match(msgspec.Struct, frozen=True):
    """The condition holds."""

    evidence: tuple[Evidence, ...]
    """At least one packet that shows it."""
    values: Mapping[str, str] = _NO_VALUES
    """Text for the placeholders of the page's message."""
    confidence: Confidence | None = None
    """Lower than the page's own, which is the ceiling."""
    severity: Severity | None = None
    """Lower than the page's own, which is the ceiling."""
    decisive: bool = False
    """For a property of the request alone: a certificate that is known shows that it was the obstacle."""


class UndecidedError(Exception):
    """A fact that the rule needs could not be seen; which and why is its one argument.

    Without keys most rules end here, on every handshake of TLS 1.3: an ``__init__`` would double what that costs.
    """

    @property
    def unseen(self) -> Unseen:
        """The fact."""
        fact: Unseen = self.args[0]
        return fact


class NotApplicableError(Exception):
    """A fact that the rule is about was seen not to exist."""


def need(fact: T | Unseen) -> T:
    """The fact's value; without one the rule ends here, undecided or not applicable."""
    if type(fact) is Unseen:
        if fact.why is Reason.NOT_SENT:
            raise NotApplicableError
        raise UndecidedError(fact)
    return fact  # type: ignore[return-value]


def known(fact: object | Unseen) -> bool:
    """Was it sent? False when it was seen not to be; undecided when that could not be seen."""
    if type(fact) is Unseen:
        if fact.why is Reason.NOT_SENT:
            return False
        raise UndecidedError(fact)
    return True


def first_few(texts: Sequence[str], most: int) -> str:
    """``a, b and 3 more``"""
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")


def undecided(why: str) -> UndecidedError:
    """For ``raise undecided("…")``: the rule needs to know more than the case holds."""
    return UndecidedError(Unseen(Reason.NOT_CAPTURED, why))
