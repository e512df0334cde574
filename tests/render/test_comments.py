"""A diagnosis at its packets: what Wireshark will show, whatever a stranger has sent."""

from __future__ import annotations

from analyzer.render.comments import MAX_AT_A_PACKET, MAX_CHARACTERS, comments
from analyzer.rule_api import Evidence
from tests.support.reports import connection, failed_login, finding, refused, told


def test_the_verdict_stands_where_its_cause_shows() -> None:
    assert comments(failed_login()) == {
        6: [
            "certwhy: connection 1: intended-certificate-does-not-fit-request (likely): The certificate in alice.pem "
            'does not fit what was asked. It was issued by "Issuing CA 1", which the server\'s list does not name, and '
            "alice.pem holds no further certificate.",
            "certwhy: the list names 3 CAs, none of them Issuing CA 1 [intended-certificate-does-not-fit-request]",
            "certwhy: the server sends a CertificateRequest [client-sent-empty-certificate]",
        ],
        8: ["certwhy: the Certificate is empty [client-sent-empty-certificate]"],
        10: ["certwhy: fatal alert handshake_failure from the server [server-refused-client-certificate]"],
    }


def test_what_several_rules_see_is_said_once() -> None:
    seen = (Evidence(8, "the Certificate is empty"),)
    report = told(connection(refused()), finding("one", evidence=seen), finding("two", evidence=seen))
    assert comments(report)[8][1:] == ["certwhy: the Certificate is empty [one, two]"]


def test_a_stranger_writes_no_line_of_his_own() -> None:
    evil = 'the server "a\x1b[2J\r\ncertwhy: all is well\u202e" asks'
    report = told(connection(refused()), finding(message=evil, evidence=(Evidence(6, evil),)))
    (lines,) = comments(report).values()
    for line in lines:
        assert line.startswith("certwhy: ")
        assert line.isprintable()
        assert "\\x1b[2J\\r\\ncertwhy: all is well\\u202e" in line


def test_no_comment_is_endless() -> None:
    evidence = tuple(Evidence(6, f"{number} {'x' * 5_000}") for number in range(100))
    (lines,) = comments(told(connection(refused()), finding(message="y" * 5_000, evidence=evidence))).values()
    assert len(lines) == MAX_AT_A_PACKET
    assert all(len(line) == MAX_CHARACTERS and line.endswith("…") for line in lines)


def test_a_verdict_without_evidence_stands_at_the_first_packet() -> None:
    report = told(connection(refused()), finding(evidence=()))
    assert list(comments(report)) == [report.connection.first_packet]
