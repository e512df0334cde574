"""Rules that know what the client runs: what they say with it, and that they say the rest without."""

from __future__ import annotations

import msgspec
import pytest

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.model import Case, Confidence, Handshake, Reason, SeenClientHello, Severity, Unseen
from analyzer.packets import Side
from analyzer.rule_api import Match, client_stack, likely_products, server_stack
from tests.rules.test_edges import case_of

HIDDEN = Unseen(Reason.NOT_CAPTURED, "the capture begins in the middle of what the client sent")
GO, JAVA, OPENSSL = (
    "list-differs-in-encoding-go-nginx-intended",
    "big-ca-list-37531-java-openssl",
    "good-openssl-openssl",
)
GNUTLS = "expired-gnutls-gnutls"


def asked(rule: str, case: Case) -> Match:
    known = load_catalogue().get(rule)
    assert known is not None
    found = known.check(case)
    assert isinstance(found, Match)
    return found


def said(match: Match) -> str:
    return "; ".join(one.what for one in match.evidence)


def spoken_by(other: str, case: Case) -> Case:
    """The same case, with another client's ClientHello."""
    return _with_hello(case, case_of(other).handshake.client_hello)


def _with_hello(case: Case, hello: SeenClientHello | Unseen) -> Case:
    handshake: Handshake = msgspec.structs.replace(case.handshake, client_hello=hello)
    connection = msgspec.structs.replace(case.connection, handshakes=(handshake,))
    return msgspec.structs.replace(case, handshake=handshake, connection=connection)


def test_what_a_rule_sees_of_the_ends() -> None:
    case = case_of("empty-list-names-only-roots-java-nginx")
    client, server = client_stack(case), server_stack(case)
    assert client is not None
    assert server is not None
    assert (client.name, server.name) == ("Java (JSSE)", "OpenSSL")
    assert likely_products(case, Side.CLIENT) == {"Java"}
    assert likely_products(case, Side.SERVER) == {"nginx", "Apache httpd", "stunnel"}


def test_a_stack_that_is_only_possible_is_none_for_a_rule() -> None:
    case = case_of("set-openssl-openssl")
    assert client_stack(case) is None
    assert "curl" in likely_products(case, Side.CLIENT)


@pytest.mark.parametrize(
    ("client", "confidence", "decisive"),
    [(GO, Confidence.LIKELY, True), (JAVA, Confidence.POSSIBLE, False), (OPENSSL, Confidence.POSSIBLE, False)],
    ids=["bytes", "words", "ignored"],
)
def test_other_bytes_keep_only_those_from_answering_that_compare_bytes(
    client: str, confidence: Confidence, decisive: bool
) -> None:
    match = asked("ca-list-name-differs-in-encoding", spoken_by(client, case_of(GO)))
    assert (match.confidence, match.decisive) == (confidence, decisive)


def test_other_bytes_without_a_known_client() -> None:
    match = asked("ca-list-name-differs-in-encoding", _with_hello(case_of(GO), HIDDEN))
    assert (match.confidence, match.decisive) == (Confidence.LIKELY, True)
    assert "looks like" not in said(match)


def test_the_limit_of_java_is_no_reason_for_another_client() -> None:
    java, other, unknown = (
        asked("ca-list-exceeds-java-limit", case)
        for case in (case_of(JAVA), spoken_by(OPENSSL, case_of(JAVA)), _with_hello(case_of(JAVA), HIDDEN))
    )
    assert java.decisive
    assert "the client looks like Java (JSSE)" in said(java)
    assert (other.confidence, other.severity, other.decisive) == (Confidence.POSSIBLE, Severity.WARNING, False)
    assert "the client looks like OpenSSL: its own limit is another one" in said(other)
    assert unknown.decisive
    assert "looks like" not in said(unknown)


def test_an_empty_answer_comes_with_how_that_client_chooses() -> None:
    rule = "client-sent-empty-certificate"
    case = case_of("empty-list-names-only-roots-java-nginx")
    assert "the client looks like Java (JSSE): it sends a key store's entry only where" in said(asked(rule, case))
    assert "the client looks like GnuTLS: by itself it sends" in said(asked(rule, spoken_by(GNUTLS, case)))
    unknown = asked(rule, _with_hello(case, HIDDEN))
    assert "looks like" not in said(unknown)
    assert unknown.evidence
