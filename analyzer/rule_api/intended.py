"""The certificate that the client was meant to send, held against the request as this client would do it.

Theory of operation
-------------------
The user's file is held against the request for every kind of client (:mod:`analyzer.x509.matching`). What really keeps
a certificate back depends on the client: where its stack is likely, and how that chooses is verified, only what it
looks at counts. Of a client that nobody knows it is open: what some clients mind is then only a possible reason.
"""

from __future__ import annotations

import msgspec

from analyzer.model import Case, Confidence, Supplied
from analyzer.rule_api.match import undecided
from analyzer.rule_api.stacks import client_stack
from analyzer.stacks import Stack
from analyzer.x509 import Obstacle, RequestMatch

_BY_LIST = frozenset({"issuer-not-listed", "issuer-listed-only-through-missing-intermediate", "key-type-not-accepted"})
_BY_KEY = frozenset({"no-common-signature-scheme"})
_BY_SOME = frozenset({"eku-forbids-client-auth", "key-usage-forbids-signing", "expired", "not-yet-valid"})
_ENCODING = "issuer-listed-in-another-encoding"


class Fit(msgspec.Struct, frozen=True):
    """How the intended certificate and the request go together."""

    reasons: tuple[str, ...]
    """Sentences: what keeps the certificate back, or may; empty where it fits."""
    confidence: Confidence
    """Of the reasons, or, where there are none, of the fit itself."""
    passed_over: str = ""
    """The client's stack, where the list does not suit the certificate and that stack does not mind."""


def intended(case: Case) -> Supplied:
    """What the user gave with ``--client-cert``; undecided without."""
    if case.supplied is None:
        raise undecided("which certificate the client was meant to send is not known")
    return case.supplied


def fit(case: Case) -> Fit:
    """Would this client have sent it? Undecided where the file or the request is not known."""
    supplied = intended(case)
    if supplied.match is None:
        raise undecided("what the server asked for is not in the capture")
    stack = client_stack(case)
    known = stack if stack is not None and stack.choice else None
    obstacles = supplied.match.obstacles
    hard = [one for one in obstacles if _stops(known, one)]
    if hard:
        sure = known is not None or any(one.code in _BY_KEY for one in hard)
        return Fit(tuple(one.text for one in hard), Confidence.LIKELY if sure else Confidence.POSSIBLE)
    soft = [one.text for one in obstacles if _may_stop(known, one)]
    if not soft and known is None:
        soft = _direct_only(supplied.match)
    if soft:
        return Fit(tuple(soft), Confidence.POSSIBLE)
    if known is None:
        return Fit((), Confidence.POSSIBLE)
    minded = any(one.code in _BY_LIST or one.code == _ENCODING for one in obstacles)
    return Fit((), Confidence.LIKELY, known.name if minded else "")


def _stops(known: Stack | None, obstacle: Obstacle) -> bool:
    if obstacle.code in _BY_KEY:
        return True
    if known is not None and known.names == "ignored":
        return False
    return obstacle.code in _BY_LIST


def _may_stop(known: Stack | None, obstacle: Obstacle) -> bool:
    if known is not None and known.names == "ignored":
        return False
    if obstacle.code == _ENCODING:
        return known is None or known.names != "words"
    return obstacle.code in _BY_SOME


def _direct_only(match: RequestMatch) -> list[str]:
    """Of a client that nobody knows: does it look at the certificate's own issuer alone?"""
    if match.would_match.direct_issuer is not False:
        return []
    return ["Its direct issuer is not listed, only a CA further up: clients that do not build chains miss it."]
