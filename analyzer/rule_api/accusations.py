"""How sure a flaw is the reason, by what the other side said to it."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.model import (
    Case,
    Confidence,
    SeenAlert,
    Severity,
)
from analyzer.packets import Side
from analyzer.rule_api.answers import left, refusal, refused_by, turned_away
from analyzer.rule_api.match import _NO_VALUES, Evidence, Match
from analyzer.tls.codepoints import (
    AlertDescription,
)

GIVES_NO_REASON = frozenset(
    {
        AlertDescription.handshake_failure,
        AlertDescription.bad_certificate,
        AlertDescription.certificate_unknown,
        AlertDescription.access_denied,
    }
)
"""Alerts that say of a certificate only that it was refused."""


_GIVES_A_REASON = frozenset(
    {
        AlertDescription.unsupported_certificate,
        AlertDescription.certificate_revoked,
        AlertDescription.certificate_expired,
        AlertDescription.unknown_ca,
        AlertDescription.decrypt_error,
    }
)


def accuse(
    case: Case,
    *evidence: Evidence,
    named_by: AlertDescription,
    values: Mapping[str, str] = _NO_VALUES,
    surest: Confidence = Confidence.PROVED,
    oddly_by: AlertDescription | None = None,
) -> Match:
    """A match for a flaw of the client's certificate, as sure as the server's answer to it makes it.

    Proved where the alert names the flaw; likely where the server turned the client away without a reason, or with
    the odd alert that some stack is known to have for it; possible otherwise, and no more than a warning where it
    accepted the client or named another reason.
    """
    alert, away = refusal(case), turned_away(case)
    if alert is not None and alert.description == oddly_by:
        confidence, severity = Confidence.LIKELY, Severity.FAILURE
    else:
        confidence, severity = _weigh(alert, named_by, gone=away is not None)
    seen = (*evidence, away) if away is not None else evidence
    return Match(seen, values, min(confidence, surest), severity)


def accuse_server(
    case: Case,
    *evidence: Evidence,
    named_by: AlertDescription,
    values: Mapping[str, str] = _NO_VALUES,
    surest: Confidence = Confidence.PROVED,
) -> Match:
    """The same for a flaw of the server's certificate, by the client's answer to it."""
    alert = case.handshake.fatal_alert(Side.CLIENT)
    if alert is not None:
        said: Evidence | None = refused_by(alert)
    else:
        said = left(case)
    if said is None:
        return Match(evidence, values, Confidence.POSSIBLE, Severity.WARNING)
    confidence, severity = _weigh(alert, named_by, gone=True)
    return Match((*evidence, said), values, min(confidence, surest), severity)


def _weigh(alert: SeenAlert | None, named_by: AlertDescription, *, gone: bool) -> tuple[Confidence, Severity]:
    """What an alert, or a close without one, says of a flaw that this other alert would name."""
    if alert is not None and alert.description == named_by:
        return Confidence.PROVED, Severity.FAILURE
    if gone and (alert is None or alert.description in GIVES_NO_REASON):
        return Confidence.LIKELY, Severity.FAILURE
    another = alert is None or alert.description in _GIVES_A_REASON
    return Confidence.POSSIBLE, Severity.WARNING if another else Severity.FAILURE
