"""The engine does not ask a rule whose first need is not met, and reports what asking it would have given."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from analyzer.diagnosis.catalogue import Catalogue, load_catalogue
from analyzer.diagnosis.engine import examine
from analyzer.diagnosis.examination import Examination
from analyzer.diagnosis.first_need import first_need
from analyzer.model import Reason, SeenChain, Severity, Unseen
from analyzer.pipeline.recorded_cases import recorded_cases
from analyzer.rule_api import Case, Evidence, Match, client_chain, client_leaf, known, need, undecided

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
    slow = Catalogue(tuple(msgspec.structs.replace(rule, first_need=None) for rule in quick.rules))
    assert len(quick.first_needs) >= 4
    assert slow.first_needs == ()
    hidden = 0
    for truth in sorted(CAPTURES.glob("*/truth.toml")):
        recordings = [truth.parent]
        if (truth.parent / "keys.log").exists():
            recordings.append(truth.parent / "capture.pcap")
        for case in (case for path in recordings for case in recorded_cases(path)):
            assert _said(examine(quick, case)) == _said(examine(slow, case))
            request = case.handshake.certificate_request
            hidden += isinstance(request, Unseen) and request.why is Reason.ENCRYPTED
    assert hidden > 50


def test_a_users_rule_is_asked_when_its_need_is_met() -> None:
    (case,) = recorded_cases(CAPTURES / "good-openssl-openssl")
    (rule, *_) = load_catalogue().rules
    page = msgspec.structs.replace(rule.page, message="It is so.")
    own = msgspec.structs.replace(rule, page=page, check=begins_with_need, first_need=first_need(begins_with_need))
    (finding,) = examine(Catalogue((own,)), case).findings
    assert (finding.message, finding.severity) == ("It is so.", Severity.WARNING)
