"""Which rules have nothing to say of a handshake in which nobody raised an alert and nothing was refused.

Theory of operation
-------------------
A third of the rules are about an alert, or about what the application said, and most handshakes hold neither. As with
:mod:`.first_need`, nobody has to declare it: each rule is asked once about a handshake in which the fields of
:data:`QUIET` have these values and the rule's first need is met, by an object of which nothing is known. If it answers
None, and touched nothing else, it will always do so of such a handshake. A rule that looks into the fact, or at any
other field, finds no answer there, and is asked of every case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import cast

from analyzer.diagnosis.first_need import Recorder
from analyzer.model import Case, Handshake
from analyzer.rule_api import Match

QUIET: Mapping[str, object] = MappingProxyType(
    {
        "alerts": (),
        "application": None,
        "certificate_begun": None,
        "inferred": None,
        "tls_inside": False,
        "tunnel_to": None,
    }
)
"""Fields of the handshake, and what they are where nothing happened that a rule could be about."""

_fields_of: Callable[[Handshake], tuple[object, ...]] = attrgetter(*QUIET)
_VALUES = tuple(QUIET.values())


def is_quiet(handshake: Handshake) -> bool:
    """No alert, no word of the application that was read, nothing that sizes tell."""
    return _fields_of(handshake) == _VALUES


def silent_when_quiet(check: Callable[[Case], Match | None], first_need: str | None) -> bool:
    """Does the rule say nothing of any quiet handshake in which its first need is met?"""
    fields = dict(QUIET) if first_need is None else {**QUIET, first_need: _Seen()}
    case = Recorder([], handshake=Recorder([], **fields))
    try:
        return check(cast(Case, case)) is None
    except (Exception, SystemExit):  # it looks at more
        return False


class _Seen:
    """A fact that is there. What it is may not be asked: also ``isinstance`` asks for the class, and fails."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> object:
        raise TypeError(name)  # an AttributeError is no failure to isinstance

    def __bool__(self) -> bool:
        raise TypeError

    def __eq__(self, other: object) -> bool:
        raise TypeError

    __hash__ = None  # type: ignore[assignment]
