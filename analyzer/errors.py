"""Errors that a caller can act on: one sentence on what is wrong, one on what to try.

Bad bytes on the wire are not errors: they become events and problems in the report.
"""

from __future__ import annotations


class CertwhyError(Exception):
    """The caller's problem, said in one sentence, with what to try next."""

    def __init__(self, sentence: str, try_this: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.try_this = try_this


class InputUnreadableError(CertwhyError):
    """An input is missing, unreadable or not a capture at all (exit code 3)."""


class UsageError(CertwhyError):
    """An option or its value makes no sense (exit code 2)."""


class CaptureError(CertwhyError):
    """An interface cannot be captured from (exit code 3)."""


class PasswordNeededError(UsageError):
    """A key file or PKCS#12 bundle is encrypted and no password, or a wrong one, was given."""


class RulePageError(CertwhyError):
    """A rule's page or predicate cannot be loaded."""
