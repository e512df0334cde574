"""Seen, inferred and not seen: the three states of every fact.

A passive observer must never confuse "was not sent" with "could not be seen". Every observable of a handshake
is therefore either a value, which knows its packet, or :class:`Unseen` with the reason.
"""

from __future__ import annotations

import enum

import msgspec


class Reason(enum.StrEnum):
    """Why a fact has no value."""

    NOT_SENT = "not sent"
    """It was seen not to be sent: the place where it would have been was captured, and it was not there."""
    ENCRYPTED = "encrypted"
    NOT_CAPTURED = "not captured"
    MALFORMED = "malformed"


class Unseen(msgspec.Struct, frozen=True, gc=False):
    """No value, and why."""

    why: Reason
    detail: str = ""
    """What exactly hid it, as a clause: "the capture ends before an answer"."""

    @property
    def absent(self) -> bool:
        """It was seen not to be sent."""
        return self.why is Reason.NOT_SENT

    def __str__(self) -> str:
        return f"{self.why}: {self.detail}" if self.detail else str(self.why)


NOT_SENT = Unseen(Reason.NOT_SENT)


class Severity(enum.IntEnum):
    """How bad: the login failed because of it, it may hurt, or it is good to know."""

    NOTE = 0
    WARNING = 1
    FAILURE = 2


class Confidence(enum.IntEnum):
    """How sure we are that *this is why*."""

    POSSIBLE = 0
    """It fits, and so do other explanations."""
    LIKELY = 1
    """The property is there and the refusal is generic."""
    PROVED = 2
    """The wire says it."""


class Outcome(enum.StrEnum):
    """How a handshake ended."""

    COMPLETED = "completed"
    FAILED_BY_SERVER = "failed_by_server"
    FAILED_BY_CLIENT = "failed_by_client"
    ABORTED = "aborted"
    UNDETERMINED = "undetermined"


class Phase(enum.StrEnum):
    """Where in the life of a connection a handshake took place."""

    INITIAL = "initial"
    RENEGOTIATION = "renegotiation"
    POST_HANDSHAKE = "post-handshake"


class Visibility(enum.StrEnum):
    """How the part that concerns the client's certificate could be read."""

    CLEAR = "clear"
    DECRYPTED = "decrypted"
    INFERRED = "inferred"
    ENCRYPTED = "encrypted"
