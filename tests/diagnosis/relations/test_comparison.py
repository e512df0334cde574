"""A failed login beside one that works: what differs, of what was seen of both."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.model import Endpoint, Reason, SeenChain, Severity, Unseen
from tests.diagnosis.relations.logins import SECOND, all_of, good, hello, refused_login, related, sent
from tests.support.reports import ALICE, ISSUING, START, certificate

OTHER = certificate("bob", "Partner CA", extended_key_usage=("serverAuth",))
ELSEWHERE = Endpoint("10.9.0.6", 443)


def differences(here: dict[str, Any], there: dict[str, Any] | None = None) -> dict[str, tuple[str, str]]:
    found = all_of(refused_login(0, seen=here), good(SECOND, seen=there or {}))
    (one,) = found[1]
    assert found[2] == ()
    return {difference.fact: (difference.here, difference.there) for difference in one.differs}


def test_the_certificate() -> None:
    assert differences(sent(OTHER)) == {
        "issuer": ("CN=Partner CA", "CN=Issuing CA 1"),
        "certificates sent": ("1", "2"),
        "extended key usage": ("serverAuth", "clientAuth"),
    }


def test_whether_one_was_sent_at_all() -> None:
    assert differences({"client_certificate": SeenChain((), 7, 8, START)}) == {"client certificate": ("none", "sent")}


def test_version_and_program() -> None:
    found = differences({"version": 0x0304, "client_hello": hello(suites=(0x1302,))})
    assert found["version"] == ("TLS 1.3", "TLS 1.2")
    assert set(found) == {"version", "client program (JA4)"}


def test_what_was_not_seen_is_not_compared() -> None:
    hidden = Unseen(Reason.ENCRYPTED)
    assert differences({"client_certificate": hidden, "version": hidden, "resumed": hidden}) == {}


def test_nothing_differs() -> None:
    (one,) = all_of(refused_login(0), good(SECOND))[1]
    assert one.why == "from 10.1.2.7 succeeded against the same server; nothing that was seen of both differs"


def test_the_words() -> None:
    (one,) = all_of(refused_login(0, seen=sent(OTHER)), good(SECOND, client=Endpoint("10.0.0.5", 5000)))[1]
    assert one.why == (
        "from 10.0.0.5 succeeded against the same server; what differs: issuer (here CN=Partner CA, there CN=Issuing "
        "CA 1), certificates sent (here 1, there 2), extended key usage (here serverAuth, there clientAuth)"
    )
    assert one.packet == 8


def test_the_one_that_is_most_like_it_is_chosen() -> None:
    far = good(SECOND, 2)
    near = good(9 * SECOND, 3, seen=sent(certificate("carol", "Partner CA"), ISSUING))
    assert related(refused_login(0, seen=sent(OTHER, ISSUING)), far, near)[1] == ["works 3"]


def test_of_equals_the_nearest_in_time() -> None:
    later = good(9 * SECOND, 2)
    sooner = good(SECOND, 3, seen=sent(ALICE, ISSUING) | {"client_hello": hello(suites=(0x1302,))})
    failed = refused_login(0, seen={"client_hello": hello(suites=(0x1303,))})
    assert related(failed, later, sooner)[1] == ["works 3"]


def test_a_server_of_the_same_name_at_another_address() -> None:
    (one,) = all_of(refused_login(0), good(SECOND, server=ELSEWHERE))[1]
    assert "against a server of the same name" in one.why


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(good(SECOND, server=ELSEWHERE, sni="other.example"), id="another server"),
        pytest.param(good(SECOND, server=ELSEWHERE, sni=None), id="another address, without a name"),
        pytest.param(refused_login(SECOND, 2), id="failed as well"),
        pytest.param(good(SECOND, seen={"client_certificate": Unseen(Reason.ENCRYPTED)}), id="nobody knows with what"),
    ],
)
def test_nothing_to_compare_with(other: Any) -> None:
    assert related(refused_login(0), other) == {1: [], 2: []}


def test_a_login_that_worked_only_at_first_is_no_example() -> None:
    from analyzer.diagnosis.relations import Relations

    relations, failed = Relations(), refused_login(0)
    for report in (failed, good(SECOND), refused_login(SECOND, 2)):
        relations.learn(report)
    assert relations.relate(failed).related == ()
    assert failed.verdict is not None
    assert failed.verdict.severity is Severity.FAILURE
