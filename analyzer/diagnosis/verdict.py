"""From findings to one verdict: symptoms are folded under their causes, and the surest root cause is the story.

Theory of operation
-------------------
1. *Folding.* A page's ``explained_by`` names the rules that are its cause where both match on the same
   handshake; of several the surest, and of equally sure ones the first. Following these links from a symptom leads to
   a root; a chain of them is a story, told from the cause down to what was seen.
2. *Who may be a root.* A property of the request alone (any ``ca-list-*``, ``no-common-*``) contributes, but is
   a cause only if a certificate that is known shows that it was the obstacle. On a completed handshake only a
   finding about the login itself, or the cause of one, may be the verdict: odd certificates that were accepted
   explain nothing. A proof that is missing or wrong is told all the same, as a warning.
3. *Which root.* The worst severity first, then the surest, then the earliest in the handshake's life, then one that
   explains something. Of several handshakes on one connection the last that failed tells the story, or else the last
   that says anything.
4. *One story.* What else would be a failure, but is less sure than the root and no part of its story, is a warning:
   it may have contributed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from analyzer.diagnosis.catalogue import Catalogue
from analyzer.diagnosis.pages import STAGES, About
from analyzer.diagnosis.report import Finding, Verdict
from analyzer.model import Outcome, Severity

_STAGE_ORDER = {stage: place for place, stage in enumerate(STAGES)}


def fold(catalogue: Catalogue, findings: Sequence[Finding]) -> list[Finding]:
    """Mark each symptom with the finding that explains it, on the same handshake."""
    if len(findings) < 2:
        return list(findings)
    present = {finding.rule: finding for finding in findings}
    folded = []
    for finding in findings:
        rule = catalogue.get(finding.rule)
        cause: Finding | None = None
        for candidate in rule.page.explained_by if rule else ():
            explaining = present.get(candidate)
            if explaining is None or candidate == finding.rule or not _may_explain(explaining, finding):
                continue
            if cause is None or explaining.confidence > cause.confidence:
                cause = explaining
        folded.append(msgspec.structs.replace(finding, explained_by=cause.rule) if cause else finding)
    return _without_circles(folded)


def _may_explain(cause: Finding, symptom: Finding) -> bool:
    """A cause is at least as bad as what it explains, and more than a property of the request."""
    return cause.severity >= symptom.severity and (cause.about is not About.REQUEST or cause.decisive)


def _without_circles(findings: list[Finding]) -> list[Finding]:
    """Two pages may each name the other; the later link of a circle is dropped."""
    links: dict[str, str] = {}
    checked = []
    for finding in findings:
        at: str | None = finding.explained_by
        while at is not None and at != finding.rule:
            at = links.get(at)
        if finding.explained_by is not None:
            if at == finding.rule:
                checked.append(msgspec.structs.replace(finding, explained_by=None))
                continue
            links[finding.rule] = finding.explained_by
        checked.append(finding)
    return checked


def choose(findings: Sequence[Finding], outcome: Outcome) -> Verdict | None:
    """The verdict on one handshake, from its folded findings."""
    roots = [f for f in findings if f.explained_by is None and _may_be_verdict(f, findings, outcome)]
    if not roots:
        return None
    causes = {finding.explained_by for finding in findings} if len(roots) > 1 else ()
    root = roots[0] if len(roots) == 1 else min(roots, key=lambda one: _rank(one, explains=one.rule in causes))
    return Verdict(
        rule=root.rule,
        stage=root.stage,
        severity=root.severity,
        headline=root.message,
        confidence=root.confidence,
        handshake=root.handshake,
        because=_story(root, findings),
    )


def beside(findings: Sequence[Finding], verdict: Verdict | None) -> list[Finding]:
    """The findings of one handshake, those lowered that fit as well but are less sure than the verdict's root."""
    if verdict is None or verdict.severity is not Severity.FAILURE or len(findings) < 2:
        return list(findings)
    return [
        msgspec.structs.replace(one, severity=Severity.WARNING)
        if one.severity is Severity.FAILURE and one.rule not in verdict.because and one.confidence < verdict.confidence
        else one
        for one in findings
    ]


def _may_be_verdict(finding: Finding, findings: Sequence[Finding], outcome: Outcome) -> bool:
    if finding.about is About.REQUEST and not finding.decisive:
        return False
    if outcome is Outcome.COMPLETED and finding.severity is not Severity.FAILURE:
        if finding.about is About.LOGIN or (finding.about is About.PROOF and finding.severity is Severity.WARNING):
            return True
        explained = _explained_by(finding, findings)
        return any(f.about is About.LOGIN for f in findings if f.rule in explained)
    return finding.severity is not Severity.NOTE or finding.about is About.LOGIN


def _rank(finding: Finding, *, explains: bool) -> tuple[int, int, int, bool]:
    return -finding.severity, -finding.confidence, _STAGE_ORDER[finding.stage], not explains


def _explained_by(root: Finding, findings: Sequence[Finding]) -> list[str]:
    """Rule ids of a root and of everything that it explains, directly or not, in that order."""
    story = [root.rule]
    if len(findings) == 1 or not any(finding.explained_by for finding in findings):
        return story
    for rule in story:
        story.extend(f.rule for f in findings if f.explained_by == rule and f.rule not in story)
    return story


def _story(root: Finding, findings: Sequence[Finding]) -> tuple[str, ...]:
    """Rule ids from the root down through what it explains, then what contributed."""
    story = _explained_by(root, findings)
    contributing = [
        f.rule for f in findings if f.rule not in story and f.about is About.REQUEST and f.severity >= Severity.WARNING
    ]
    return tuple(story + contributing)


def overall(verdicts: Sequence[Verdict | None]) -> Verdict | None:
    """The verdict on a connection: the last handshake that failed, or else the last that says anything."""
    spoken = [verdict for verdict in verdicts if verdict is not None]
    failed = [verdict for verdict in spoken if verdict.severity is Severity.FAILURE]
    if failed:
        return failed[-1]
    return max(reversed(spoken), key=lambda verdict: verdict.severity, default=None)
