"""Checks rules: their pages, their predicates, their names, and what they say of their cases.

Theory of operation
-------------------
Everything is checked and everything is reported, sorted by file and line. A page that cannot be read is asked
nothing; neither is a predicate that cannot be loaded. Captures are by far the dear part, so the cases of all pages are
collected first, and each capture is read once for all rules that name it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from analyzer.diagnosis.action_check import check_action, check_references
from analyzer.diagnosis.catalogue import Check, load_catalogue
from analyzer.diagnosis.complaint import Complaint
from analyzer.diagnosis.inline_cases import CaseError, build_case
from analyzer.diagnosis.page_check import CheckedPage, check_page
from analyzer.diagnosis.pages import InlineCase, Page
from analyzer.diagnosis.predicate_check import check_predicate, line_within
from analyzer.diagnosis.rule_files import check_names, find_rule_files
from analyzer.diagnosis.toml_lines import Place
from analyzer.diagnosis.trial import Failure, Which, ask, failures
from analyzer.errors import CertwhyError
from analyzer.model import Case
from analyzer.pipeline.recorded_cases import recorded_cases

CheckProgress = Callable[[int, int], None]
"""Gets how many captures have been read, and how many there are."""


class RuleCheck(msgspec.Struct, frozen=True):
    """What came of it."""

    rules: int
    complaints: tuple[Complaint, ...]
    """By file and line."""


class _Asked(msgspec.Struct, frozen=True):
    """One case of one page, to be put to its rule."""

    source: CheckedPage
    page: Page
    check: Check
    which: Which
    number: int

    @property
    def place(self) -> Place:
        return ("cases", self.which, self.number)

    @property
    def told(self) -> str | InlineCase:
        told: str | InlineCase = getattr(self.page.cases, self.which)[self.number]
        return told


def check_rules(paths: Sequence[Path], progress: CheckProgress | None = None) -> RuleCheck:
    """Check the rules of folders, and those whose page or predicate is named. Their code runs.

    Raises:
        UsageError: there is no rule to check.
    """
    files = find_rule_files(paths)
    pages = [check_page(path) for path in files.pages]
    found = set(files.strays)
    found.update(complaint for page in pages for complaint in page.complaints)
    found.update(complaint for path in files.actions for complaint in check_action(path))
    found.update(check_references(pages))
    found.update(check_names(pages, [check_page(path) for path in files.beside], load_catalogue()))
    recorded: dict[Path, list[_Asked]] = {}
    for page in pages:
        check, complaints = check_predicate(page.path.with_suffix(".py"), page.stage)
        found.update(complaints)
        if check is None or page.page is None:
            continue
        for asked in _cases(page, page.page, check):
            if isinstance(asked.told, str):
                recorded.setdefault((page.path.parent / asked.told).resolve(), []).append(asked)
            else:
                found.update(_try_inline(asked, asked.told))
    for number, (path, those) in enumerate(recorded.items()):
        if progress is not None:
            progress(number, len(recorded))
        found.update(_try_recorded(path, those))
    return RuleCheck(len(pages), tuple(sorted(found)))


def _cases(source: CheckedPage, page: Page, check: Check) -> Iterator[_Asked]:
    for number in range(len(page.cases.match)):
        yield _Asked(source, page, check, "match", number)
    for number in range(len(page.cases.clear)):
        yield _Asked(source, page, check, "clear", number)


def _try_inline(asked: _Asked, told: InlineCase) -> Iterator[Complaint]:
    try:
        case = build_case(told, asked.source.path.parent)
    except CaseError as error:
        yield asked.source.complaint((*asked.place, error.field), error.sentence)
        return
    yield from _try(asked, (case,))


def _try_recorded(path: Path, those: Sequence[_Asked]) -> Iterator[Complaint]:
    try:
        cases = recorded_cases(path)
    except CertwhyError as error:
        for asked in those:
            yield asked.source.complaint(asked.place, f"the case cannot be read: {error.sentence.rstrip('.')}")
        return
    for asked in those:
        yield from _try(asked, cases)


def _try(asked: _Asked, cases: Sequence[Case]) -> Iterator[Complaint]:
    for failure in failures(asked.page, asked.which, ask(asked.check, cases)):
        yield _complaint(asked, failure)


def _complaint(asked: _Asked, failure: Failure) -> Complaint:
    if failure.about == "predicate":
        predicate = asked.source.path.with_suffix(".py")
        return Complaint(predicate, line_within(predicate, asked.check, failure.error), failure.text)
    return asked.source.complaint(("message",) if failure.about == "message" else asked.place, failure.text)
