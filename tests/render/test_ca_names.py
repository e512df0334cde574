import time

import pytest

from analyzer.diagnosis.ca_names import client_path, describe_names
from analyzer.model import NOT_SENT, CaptureIndex, Handshake, SeenChain
from analyzer.x509 import Name, RoleIndex, UnreadableName
from tests.support.reports import ALICE, ISSUING, ROOT, START, handshake, name, request, supplied


def index() -> CaptureIndex:
    roles = RoleIndex()
    roles.learn(ROOT, "trust")
    roles.learn(ISSUING, "client-chain")
    return CaptureIndex(roles)


def asked_for(*names: Name, sent: bool = True) -> Handshake:
    chain = SeenChain((ALICE, ISSUING) if sent else (), 9, 8, START)
    return handshake(certificate_request=request(*names), client_certificate=chain)


def test_kinds_say_where_they_come_from() -> None:
    rows = describe_names(asked_for(ROOT.subject, ISSUING.subject, name("Stranger")), None, index())
    assert [(row.kind, row.kind_from) for row in rows] == [
        ("root", "trust"),
        ("intermediate", "client-chain"),
        ("unknown", None),
    ]


def test_the_whole_chain_is_walked() -> None:
    rows = describe_names(asked_for(ROOT.subject, ISSUING.subject, name("Stranger")), None, index())
    assert [row.matches for row in rows] == ["exact", "exact", None]
    assert [row.matched for row in rows] == [ISSUING, ALICE, None]


def test_another_string_type_matches_normalised() -> None:
    (row,) = describe_names(asked_for(name("Issuing CA 1", string_type=0x13)), None, index())
    assert row.matches == "normalised"


def test_without_a_chain_the_supplied_certificate_is_held_against_the_list() -> None:
    seen = asked_for(ISSUING.subject, ROOT.subject, sent=False)
    rows = describe_names(seen, supplied(), index())
    assert [row.matches for row in rows] == ["exact", None]  # its file holds the leaf alone
    assert client_path(seen, None) == ()


def test_no_request_has_no_names() -> None:
    assert describe_names(handshake(certificate_request=NOT_SENT), None, index()) == ()


def test_sizes_add_up_to_the_list() -> None:
    seen = asked_for(ROOT.subject, ISSUING.subject)
    assert (
        sum(row.bytes for row in describe_names(seen, None, index()))
        == request(ROOT.subject, ISSUING.subject).list_bytes
    )


def test_a_name_that_cannot_be_read_is_shown_by_its_bytes() -> None:
    broken = UnreadableName(b"\x31\x00", "is no sequence")
    seen = handshake(certificate_request=request(ROOT.subject, broken))  # type: ignore[arg-type]
    row = describe_names(seen, None, index())[1]
    assert (row.text, row.kind, row.matches) == ("#3100", "unknown", None)


@pytest.mark.parametrize("count", [20_000])
def test_thousands_of_names_take_no_time(count: int) -> None:
    names = [name(f"Public CA {number}") for number in range(count)]
    began = time.process_time()
    assert len(describe_names(asked_for(*names), None, index())) == count
    assert time.process_time() - began < 2
