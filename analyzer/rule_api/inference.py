"""What record sizes tell of an encrypted login."""

from __future__ import annotations

from analyzer.model import (
    Case,
    Confidence,
    Unseen,
)
from analyzer.model.inferred import NOTHING, Inference, Inferred
from analyzer.rule_api.match import Evidence


def inferred(case: Case) -> Inference:
    """What is concluded where nothing could be read. A match on it takes over its confidence: it is never proved."""
    return case.handshake.inferred or NOTHING


def inferred_logins(case: Case) -> tuple[Inference, ...]:
    """The same for each request: the handshake's own, and one after it."""
    first = inferred(case)
    return (first,) if first.late is None else (first, first.late)


def may_hide_late_request(case: Case) -> bool:
    """Could the server have asked after the encrypted handshake, and got no answer?

    Such a request looks like any other record. The client must have offered to be asked (RFC 8446 section 4.2.6).
    """
    hello = case.handshake.client_hello
    return isinstance(hello, Unseen) or hello.message.extensions.post_handshake_auth


def says(guess: Inferred | None, value: bool | str) -> bool:
    """Is that what was concluded, and are we fairly sure?"""
    return guess is not None and guess.value == value and guess.confidence >= Confidence.LIKELY


def inferred_evidence(guess: Inferred) -> Evidence:
    """The packet that shows it, with the arithmetic."""
    return Evidence(guess.packets[-1] if guess.packets else 0, guess.why)
