"""A rule is asked about the cases of its page, and its answers are held against what the page says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from analyzer.diagnosis.catalogue import Check
from analyzer.diagnosis.engine import fault_of
from analyzer.diagnosis.page_check import placeholders
from analyzer.diagnosis.pages import Page
from analyzer.model import Case
from analyzer.rule_api import Match, NotApplicableError, UndecidedError

Which = Literal["match", "clear"]


class Failure(msgspec.Struct, frozen=True):
    """A case in which the rule does not do what its page says."""

    about: Literal["case", "message", "predicate"]
    """What has to be put right."""
    text: str
    error: Exception | None = None
    """What the predicate raised."""


class Answers(msgspec.Struct, frozen=True):
    """What a rule said of the handshakes of one case of its page."""

    matches: tuple[Match, ...]
    others: tuple[str, ...]
    """In words, of each handshake in which it did not match."""
    faults: tuple[Failure, ...]


def ask(check: Check, cases: Sequence[Case]) -> Answers:
    """Ask a rule about each handshake."""
    matches: list[Match] = []
    others: list[str] = []
    faults: list[Failure] = []
    for case in cases:
        try:
            match = check(case)
        except NotApplicableError:
            others.append("not applicable")
        except UndecidedError as unseen:
            others.append(f"undecided, {unseen}")
        except Exception as error:  # a predicate may raise anything
            faults.append(Failure("predicate", f"the predicate failed: {error!r}", error))
        else:
            fault = "" if match is None else fault_of(match)
            if fault:
                faults.append(Failure("predicate", fault))
            elif match is not None:
                matches.append(match)
            else:
                others.append("clear")
    return Answers(tuple(matches), tuple(others), tuple(faults))


def failures(page: Page, which: Which, answers: Answers) -> Iterator[Failure]:
    """What is wrong with a rule's answers about a case of which the page says that it matches, or that it is clear."""
    yield from answers.faults
    if which == "match" and not answers.matches and not answers.faults:
        why = "; ".join(dict.fromkeys(answers.others)) or "it shows no handshake"
        yield Failure("case", f"the rule does not match in this case ({why})")
    if which == "clear" and answers.matches:
        seen = answers.matches[0].evidence[0]
        yield Failure("case", f"the rule matches in this case, which it must not (packet {seen.packet}: {seen.what})")
    filled = [set(match.values) for match in answers.matches]
    for name in placeholders(page.message):
        if any(name not in values for values in filled):
            yield Failure("message", f"the match does not fill {{{name}}}")
    if any(seen.packet <= 0 for match in answers.matches for seen in match.evidence):
        yield Failure("predicate", "the match names packet 0 as evidence")
