"""Draws screens as a test sees them: fixed width, no colour, no environment.

The golden screens are rewritten, for review as a difference, by

    python -m tests.render.screens
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analyzer.diagnosis.report import ConnectionReport, InputReport, Problem, Report, UndecidedRule
from analyzer.model import Confidence, Endpoint, Outcome, Reason, Severity, Step, Story, Unseen, Visibility
from analyzer.packets import Side
from analyzer.render import View, drawer
from analyzer.rule_api import Evidence
from tests.diagnosis.relations.logins import MS, SECOND, good, judged, left, refused_login, sent
from tests.render.explanation_screens import EXPLANATION_SCREENS
from tests.support.reports import (
    ALICE,
    DAY,
    ISSUING,
    START,
    SUCCESS,
    alert,
    certificate,
    chain,
    connection,
    failed_login,
    finding,
    good_login,
    handshake,
    name,
    refused,
    report,
    request,
    told,
)

GOLDEN = Path(__file__).with_name("golden")


def draw(given: Report, width: int = 100, *, encoding: str = "utf-8", **changes: Any) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace", newline="\n")
    drawer("terminal")(given, View(stream, width, **changes))
    stream.flush()
    return raw.getvalue().decode(encoding)


def expired_login(number: int = 1, user: str = "alice", at: int = START) -> ConnectionReport:
    leaf = certificate(user, "Issuing CA 1", not_after_ns=START - DAY)
    seen = refused(
        certificate_request=request(name("Corp Root A")),
        client_certificate=chain(leaf, ISSUING, packet=8, at=31),
        alerts=(alert(Side.SERVER, 45),),
    )
    cause = finding(
        "client-certificate-expired",
        stage="refused",
        message=f'The client sent "CN={user}", which had expired a day before.',
        evidence=(Evidence(8, "the certificate was valid until 2026-03-01"),),
        fixes=(),
    )
    symptom = finding(
        "server-refused-client-certificate",
        stage="refused",
        message="The server refused the client's certificate: fatal alert certificate_expired (45).",
        evidence=(Evidence(8, "the client sends its certificate"), Evidence(10, "fatal alert certificate_expired")),
        fixes=(),
        explained_by="client-certificate-expired",
    )
    seen_connection = connection(seen, id=number, client=Endpoint(f"10.1.2.{number}", 40000 + number), started_ns=at)
    return told(seen_connection, cause, symptom)


def long_list() -> ConnectionReport:
    names = [name(f"Public CA {number:03}", ("O", f"Trust {number}"), ("C", "DE")) for number in range(204)]
    names[150] = name("Corp Root A")
    seen = refused(certificate_request=request(*names), client_certificate=chain(ALICE, ISSUING, packet=8, at=31))
    return told(connection(seen), finding())


def hidden_login() -> ConnectionReport:
    hidden = Unseen(Reason.ENCRYPTED, "TLS 1.3 encrypts it")
    seen = handshake(
        version=0x0304,
        cipher_suite=0x1301,
        outcome=Outcome.UNDETERMINED,
        visibility=Visibility.ENCRYPTED,
        certificate_request=hidden,
        client_certificate=hidden,
        server_certificate=hidden,
        story=Story.of(
            (
                Step(Side.CLIENT, "ClientHello", 4, START),
                Step(Side.SERVER, "ServerHello", 6, START + 9_000_000),
                Step(Side.SERVER, "encrypted records", 6, START + 9_000_000, 1400),
                Step(Side.CLIENT, "gap", 7, None, 1460),
                Step(Side.SERVER, "encrypted alert", 9, START + 12_000_000),
            ),
            "CsdL",
        ),
    )
    return told(
        connection(seen),
        undecided=(
            UndecidedRule("server-never-asked", "encrypted: TLS 1.3 encrypts it", "The key log of either side."),
            UndecidedRule("unknown-issuer", "encrypted: TLS 1.3 encrypts it", "The key log of either side."),
        ),
    )


def many() -> Report:
    logins = [failed_login(connection=connection(refused(), id=n, started_ns=START + n * 10**9)) for n in range(1, 4)]
    logins += [expired_login(n, "bob", START + n * 10**9) for n in range(4, 7)]
    logins += [
        good_login(connection=connection(handshake(), id=n, client=Endpoint(f"10.1.3.{n % 250}", 5000)))
        for n in range(7, 1007)
    ]
    problems = [
        Problem("unread-protocol", "QUIC was seen (first in packet 3) and not read.", 0, packet=3),
        *(Problem("gap", "1460 bytes of the client are missing from the capture.", 0, n, n) for n in range(1, 40)),
    ]
    return report(*logins, problems=problems, inputs=(InputReport("monday.pcapng", "pcapng", 20_120, 9_000_000),))


def warned_login() -> ConnectionReport:
    warning = finding(
        "client-certificate-expired",
        severity=Severity.WARNING,
        stage="refused",
        message='The client sent "CN=alice", which had expired; the server took it all the same.',
        confidence=Confidence.PROVED,
    )
    return good_login(findings=(SUCCESS, warning))


def explaining_each_other() -> Report:
    """Two attempts that were given up for a third one, which was refused, and a login of another client that worked."""
    other = certificate("carol", "Partner CA", extended_key_usage=("serverAuth",))
    logins = judged(
        left(0, 1),
        left(12 * MS, 2),
        refused_login(90 * MS, 3, seen=sent(other)),
        good(4 * SECOND, 4, client=Endpoint("10.1.2.88", 50_112)),
    )
    return report(*logins)


SCREENS: dict[str, Callable[[], str]] = {
    "failed-60": lambda: draw(report(failed_login()), 60),
    "failed-80": lambda: draw(report(failed_login()), 80),
    "failed-100": lambda: draw(report(failed_login()), 100),
    "failed-120": lambda: draw(report(failed_login()), 120),
    "failed-200": lambda: draw(report(failed_login()), 200),
    "failed-ascii-80": lambda: draw(report(failed_login()), 80, encoding="ascii"),
    "good-80": lambda: draw(report(good_login()), 80),
    "good-all-100": lambda: draw(report(good_login()), 100, only="all"),
    "warned-100": lambda: draw(report(warned_login()), 100),
    "expired-100": lambda: draw(report(expired_login()), 100),
    "long-list-100": lambda: draw(report(long_list()), 100),
    "hidden-100": lambda: draw(report(hidden_login()), 100),
    "many-60": lambda: draw(many(), 60),
    "many-80": lambda: draw(many(), 80),
    "many-120": lambda: draw(many(), 120),
    "related-60": lambda: draw(explaining_each_other(), 60),
    "related-80": lambda: draw(explaining_each_other(), 80),
    "related-120": lambda: draw(explaining_each_other(), 120),
    "nothing-80": lambda: draw(report(), 80),
    "unreadable-80": lambda: draw(
        report(
            inputs=(InputReport("nowhere.pcap", "unreadable", 0, 0),),
            problems=[Problem("input-unreadable", "nowhere.pcap does not exist. Check the spelling.", 0)],
        ),
        80,
    ),
    **EXPLANATION_SCREENS,
}


def main() -> None:
    """Rewrite every golden screen, and drop those that no longer exist."""
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.glob("*.txt"):
        old.unlink()
    for title, screen in SCREENS.items():
        (GOLDEN / f"{title}.txt").write_text(screen(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
