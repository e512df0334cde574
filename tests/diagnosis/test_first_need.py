"""The engine does not ask a rule whose answer is known, and reports what asking it would have given.

It is known where the rule's first need is not met, and, of some, where there is no alert and no refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from analyzer.diagnosis.catalogue import Catalogue, load_catalogue
from analyzer.diagnosis.engine import examine
from analyzer.diagnosis.examination import Examination
from analyzer.diagnosis.first_need import first_need
from analyzer.diagnosis.quiet import is_quiet, silent_when_quiet
from analyzer.model import Reason, SeenChain, Severity, Unseen
from analyzer.pipeline.recorded_cases import recorded_cases
from analyzer.rule_api import Case, Evidence, Match, client_chain, client_leaf, known, need, refusal, undecided

CAPTURES = Path(__file__).parents[2] / "captures"
MATCH = Match((Evidence(1, "seen"),))


def begins_with_need(case: Case) -> Match | None:
    request, answer = need(case.handshake.certificate_request), case.handshake.client_certificate
    return MATCH if request.names and isinstance(answer, SeenChain) else None


def begins_with_leaf(case: Case) -> Match | None:
    return MATCH if client_leaf(case).self_issued and client_chain(case).damaged else None


def asks_another_first(case: Case) -> Match | None:
    if case.handshake.alerts:
        return MATCH
    return MATCH if need(case.handshake.certificate_request) else None


def looks_at_the_user(case: Case) -> Match | None:
    return MATCH if case.certificate_expected and need(case.handshake.certificate_request) else None


def minds_only_the_unseen(case: Case) -> Match | None:
    return MATCH if known(case.handshake.certificate_request) else None


def matches_what_is_absent(case: Case) -> Match | None:
    return MATCH if isinstance(case.handshake.certificate_request, Unseen) else None


def gives_its_own_reason(case: Case) -> Match | None:
    if isinstance(case.handshake.certificate_request, Unseen):
        raise undecided("for a reason of its own")
    return None


def is_broken(case: Case) -> Match | None:
    raise ValueError


def leaves(case: Case) -> Match | None:
    raise SystemExit(1)


def test_the_first_need_is_found() -> None:
    assert first_need(begins_with_need) == "certificate_request"
    assert first_need(begins_with_leaf) == "client_certificate"


@pytest.mark.parametrize(
    "check",
    [
        asks_another_first,
        looks_at_the_user,
        minds_only_the_unseen,
        matches_what_is_absent,
        gives_its_own_reason,
        is_broken,
        leaves,
    ],
)
def test_a_rule_that_looks_at_more_or_answers_otherwise_has_none(check: object) -> None:
    assert callable(check)
    assert first_need(check) is None


def _said(told: Examination) -> Examination:
    """In one order: what is known beforehand to be undecided comes first."""
    return msgspec.structs.replace(told, undecided=sorted(told.undecided, key=lambda one: one.rule))


def test_nothing_of_what_is_said_changes() -> None:
    quick = load_catalogue()
    slow = Catalogue(
        tuple(msgspec.structs.replace(rule, first_need=None, silent_when_quiet=False) for rule in quick.rules)
    )
    assert len(quick.first_needs) >= 4
    assert sum(rule.silent_when_quiet for rule in quick.rules) >= 15
    assert slow.first_needs == ()
    hidden, quiet = 0, 0
    for truth in sorted(CAPTURES.glob("*/truth.toml")):
        recordings = [truth.parent]
        if (truth.parent / "keys.log").exists():
            recordings.append(truth.parent / "capture.pcap")
        for case in (case for path in recordings for case in recorded_cases(path)):
            assert _said(examine(quick, case)) == _said(examine(slow, case))
            request = case.handshake.certificate_request
            hidden += isinstance(request, Unseen) and request.why is Reason.ENCRYPTED
            quiet += is_quiet(case.handshake)
    assert hidden > 50
    assert quiet > 100


def is_about_an_alert(case: Case) -> Match | None:
    request, alert = need(case.handshake.certificate_request), refusal(case)
    return MATCH if alert is not None and request.names else None


def is_about_an_answer(case: Case) -> Match | None:
    return MATCH if case.handshake.application is not None else None


def looks_into_its_need(case: Case) -> Match | None:
    return MATCH if need(case.handshake.certificate_request).names else None


def asks_what_its_need_is(case: Case) -> Match | None:
    return MATCH if isinstance(need(case.handshake.client_certificate), SeenChain) else None


def asks_how_it_ended(case: Case) -> Match | None:
    return MATCH if refusal(case) is None and case.connection.ending.by is not None else None


def matches_silence(case: Case) -> Match | None:
    return MATCH if not case.handshake.alerts else None


@pytest.mark.parametrize(
    ("check", "silent"),
    [
        (is_about_an_alert, True),
        (is_about_an_answer, True),
        (looks_into_its_need, False),
        (asks_what_its_need_is, False),
        (asks_how_it_ended, False),
        (matches_silence, False),
        (is_broken, False),
        (leaves, False),
    ],
)
def test_a_rule_about_an_alert_has_nothing_to_say_where_there_is_none(
    check: Callable[[Case], Match | None], silent: bool
) -> None:
    assert silent_when_quiet(check, first_need(check)) is silent


def test_a_users_rule_is_asked_when_its_need_is_met() -> None:
    (case,) = recorded_cases(CAPTURES / "good-openssl-openssl")
    (rule, *_) = load_catalogue().rules
    page = msgspec.structs.replace(rule.page, message="It is so.")
    wanted = first_need(begins_with_need)
    silent = silent_when_quiet(begins_with_need, wanted)
    facts = {"first_need": wanted, "silent_when_quiet": silent}
    own = msgspec.structs.replace(rule, page=page, check=begins_with_need, **facts)
    (finding,) = examine(Catalogue((own,)), case).findings
    assert (finding.message, finding.severity) == ("It is so.", Severity.WARNING)
