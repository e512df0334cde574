"""Runs the rules over a case and keeps what they say apart: matched, clear, not applicable, undecided, broken.

The page's severity and confidence are ceilings; a match may only lower them. On a handshake that completed and
was not refused nothing is a failure: an odd certificate that the server accepted failed nobody. The same holds
where the capture does not show the end. Three things bring a failure back: the server dropped the login right after
TLS, without a byte of its own; the user said that a certificate was expected there; or the application was seen to
refuse inside the encrypted connection.
"""

from __future__ import annotations

from functools import lru_cache

from analyzer.diagnosis.catalogue import Catalogue, Rule
from analyzer.diagnosis.examination import Broken, Examination, Plan
from analyzer.diagnosis.quiet import is_quiet
from analyzer.diagnosis.report import Finding, UndecidedRule
from analyzer.model import Case, Outcome, Reason, Severity, Unseen
from analyzer.rule_api import Evidence, Match, NotApplicableError, UndecidedError, dropped


def examine(catalogue: Catalogue, case: Case) -> Examination:
    """Run every rule whose answer is not known: it misses what it asks for first, or is about what did not happen."""
    plan = _plan(catalogue, _unseen(catalogue, case), is_quiet(case.handshake))
    found = Examination([], [*plan.undecided], [])
    for rule, check in plan.asked:
        try:
            match = check(case)
        except NotApplicableError:
            continue
        except UndecidedError as error:
            found.undecided.append(_undecided(rule.id, _why(error), rule.page.needs))
            continue
        except Exception as error:  # a predicate may do anything but take the run down with it
            found.broken.append(Broken(rule.id, repr(error)))
            continue
        if match is None:
            continue
        fault = fault_of(match)
        if fault:
            found.broken.append(Broken(rule.id, fault))
            continue
        try:
            found.findings.append(make_finding(rule, match, case))
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            found.broken.append(Broken(rule.id, f"its message has no text for {error}"))
    return found


def _unseen(catalogue: Catalogue, case: Case) -> tuple[Unseen | None, ...]:
    """The rules' first needs of this handshake, as far as they are unseen."""
    return tuple([fact if type(fact) is Unseen else None for fact in catalogue.facts_of(case.handshake)])


@lru_cache(maxsize=256)
def _plan(catalogue: Catalogue, unseen: tuple[Unseen | None, ...], quiet: bool) -> Plan:
    """Handshakes miss their facts in few ways; an undecided rule costs nothing where its answer is kept."""
    missing = {name: fact for name, fact in zip(catalogue.first_needs, unseen, strict=True) if fact is not None}
    undecided = []
    for rule in catalogue.rules:
        fact = missing.get(rule.first_need or "")
        if fact is not None and fact.why is not Reason.NOT_SENT:
            undecided.append(_undecided(rule.id, fact, rule.page.needs))
    asked = tuple(
        (rule, rule.check)
        for rule in catalogue.rules
        if rule.first_need not in missing and not (quiet and rule.silent_when_quiet)
    )
    return Plan(asked, tuple(undecided))


def _why(error: UndecidedError) -> Unseen | str:
    """The fact that the rule misses; a user's rule may have raised anything."""
    fact = error.args[0] if error.args else None
    return fact if type(fact) is Unseen else str(error)


@lru_cache(maxsize=1024)
def _undecided(rule: str, why: Unseen | str, needs: str) -> UndecidedRule:
    """The same is said of thousands of handshakes, and is kept once."""
    return UndecidedRule(rule, str(why), needs)


def fault_of(match: object) -> str:
    """What is wrong with a predicate's answer; empty where nothing is. A rule is not always checked by mypy."""
    if not isinstance(match, Match):
        return f"it answered {match!r:.80}, which is neither a Match nor None"
    evidence: object = match.evidence
    if not isinstance(evidence, tuple) or not evidence:
        return "the evidence of its match is not a tuple of at least one Evidence"
    for seen in evidence:
        if not isinstance(seen, Evidence):
            return "the evidence of its match is not a tuple of at least one Evidence"
        if not isinstance(seen.packet, int) or not isinstance(seen.what, str):
            return "the evidence of its match is not a packet's number and a text"
    for text in match.values.values():
        if not isinstance(text, str):
            return "a value of its match is not text"
    return ""


def make_finding(rule: Rule, match: Match, case: Case) -> Finding:
    """A match under its page's ceilings, with its message filled in."""
    page = rule.page
    severity = page.max_severity
    if match.severity is not None:
        severity = min(severity, match.severity)
    if severity is Severity.FAILURE and not _may_fail(rule, case):
        severity = Severity.WARNING
    confidence = page.max_confidence
    if match.confidence is not None:
        confidence = min(confidence, match.confidence)
    return Finding(
        rule=rule.id,
        stage=rule.stage,
        severity=severity,
        confidence=confidence,
        message=page.message.format_map(match.values),
        handshake=case.handshake.index,
        evidence=match.evidence,
        fixes=page.fixes,
        citations=page.citations,
        about=page.about,
        decisive=match.decisive,
    )


def _may_fail(rule: Rule, case: Case) -> bool:
    """Can anything be a failure on a handshake that ended like this one?"""
    if case.handshake.outcome not in (Outcome.COMPLETED, Outcome.UNDETERMINED):
        return True
    guess = case.handshake.inferred
    for login in (guess, guess.late) if guess is not None else ():
        if login is not None and login.shows_failure:
            return True
    said = case.handshake.application
    if said is not None and said.refused:
        return True
    return rule.page.fails_after_completion or case.certificate_expected or dropped(case) is not None
