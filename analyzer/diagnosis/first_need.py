"""Which fact a rule asks for before it looks at anything else.

Theory of operation
-------------------
Most rules begin with ``need()`` of one fact of the handshake. Where that fact is unseen their answer is known without
asking them: *not applicable* if it was not sent, else *undecided*. Without keys that is so for most rules on every
handshake of TLS 1.3, and raising an exception is the dearest thing that a rule does.

Nobody has to declare the fact. Each rule is asked once about a handshake in which nothing is seen, for each reason
there is; whatever it touches is written down. If it touched one fact of the handshake and nothing else, and gave the
answer that ``need()`` gives, then it will always do so: it cannot know how other cases differ. (Of an unseen fact only
the reason counts, not the words for it.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from analyzer.model import Case, Handshake, Reason, Unseen
from analyzer.rule_api import Match, NotApplicableError, UndecidedError

_FACTS = frozenset(Handshake.__struct_fields__)


def first_need(check: Callable[[Case], Match | None]) -> str | None:
    """The handshake's fact without which the rule always ends at once; None where there is no such fact."""
    wanted = {_wanted(check, reason) for reason in Reason}
    return wanted.pop() if len(wanted) == 1 else None


def _wanted(check: Callable[[Case], Match | None], reason: Reason) -> str | None:
    hidden = Unseen(reason)
    touched: list[str] = []
    case = Recorder(touched, handshake=Recorder(touched, **dict.fromkeys(_FACTS, hidden)))
    try:
        check(cast(Case, case))
    except NotApplicableError:
        as_need = reason is Reason.NOT_SENT
    except UndecidedError as unseen:
        as_need = reason is not Reason.NOT_SENT and _is_about(unseen, hidden)
    except (
        Exception,
        SystemExit,
    ):  # it minds the lack of something else, or is broken: then it will say so of a real case
        return None
    else:
        return None
    facts = {name for name in touched if name != "handshake"}
    return facts.pop() if as_need and len(facts) == 1 and facts <= _FACTS else None


def _is_about(error: UndecidedError, hidden: Unseen) -> bool:
    """This very fact, passed on, and not another that looks like it."""
    return len(error.args) == 1 and error.args[0] is hidden


class Recorder:
    """Stands for a case, or its handshake: writes down which attribute is asked for, and has few."""

    def __init__(self, touched: list[str], **has: object) -> None:
        self._touched = touched
        self._has = has

    def __getattr__(self, name: str) -> object:
        self._touched.append(name)
        try:
            return self._has[name]
        except KeyError:
            raise AttributeError(name) from None
