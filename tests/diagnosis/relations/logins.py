"""Connections that stand in relation, made by hand: a test says what is different, and when each began."""

from __future__ import annotations

from typing import Any

import msgspec

from analyzer.diagnosis.relations import Relations
from analyzer.diagnosis.report import ConnectionReport, Related
from analyzer.model import (
    NOT_SENT,
    Application,
    Connection,
    ConnectionEnding,
    Endpoint,
    Handshake,
    Outcome,
    SeenClientHello,
    Severity,
)
from analyzer.packets import Side
from analyzer.tls.extensions import Extensions
from analyzer.tls.messages import ClientHello
from tests.support.reports import SERVER, START, chain, connection, finding, handshake, told

MS = 1_000_000
SECOND = 1_000 * MS
CLIENT_ADDRESS = "10.1.2.7"
TLS_1_3, TLS_1_2 = 0x0304, 0x0303


def hello(
    *, versions: tuple[int, ...] = (TLS_1_3, TLS_1_2), suites: tuple[int, ...] = (0x1301, 0xC02F), at: int = 0
) -> SeenClientHello:
    extensions = Extensions(server_name="shop.example", supported_versions=versions, signature_algorithms=(0x0403,))
    return SeenClientHello(ClientHello(0x0303, bytes(32), b"", suites, extensions), 4, START + at)


def at(time_ns: int, number: int, seen: Handshake, **changes: Any) -> Connection:
    """A connection that began then; its handshake was over 39 ms later."""
    facts: dict[str, Any] = {
        "id": number,
        "client": Endpoint(CLIENT_ADDRESS, 39_000 + number),
        "started_ns": START + time_ns,
    }
    return connection(_shifted(seen, time_ns), **(facts | changes))


def _shifted(seen: Handshake, time_ns: int) -> Handshake:
    return msgspec.structs.replace(seen, last_ns=START + time_ns + 39 * MS)


def left(time_ns: int, number: int = 1, **changes: Any) -> ConnectionReport:
    """The client closed once it had been asked."""
    seen = handshake(
        outcome=Outcome.ABORTED,
        client_hello=hello(),
        client_certificate=NOT_SENT,
        client_key_exchange=NOT_SENT,
        certificate_verify=NOT_SENT,
        client_finished=NOT_SENT,
        server_finished=NOT_SENT,
        client_data=NOT_SENT,
        server_data=NOT_SENT,
    )
    ending = ConnectionEnding(Side.CLIENT, "fin", 9)
    return told(at(time_ns, number, seen, ending=ending, **changes), finding("client-closed-after-request"))


def cut_off(time_ns: int, number: int = 1, **changes: Any) -> ConnectionReport:
    """The server reset the connection when it had read the ClientHello."""
    facts: dict[str, Any] = {"client_hello": hello()}
    seen = handshake(
        outcome=Outcome.ABORTED,
        version=NOT_SENT,
        server_hello=NOT_SENT,
        certificate_request=NOT_SENT,
        client_certificate=NOT_SENT,
        client_data=NOT_SENT,
        **(facts | changes),
    )
    return told(at(time_ns, number, seen, ending=ConnectionEnding(SERVER, "rst", 5)))


def good(time_ns: int, number: int = 2, *, seen: dict[str, Any] | None = None, **changes: Any) -> ConnectionReport:
    """A login that went well; ``seen`` is what is different in its handshake."""
    facts = {"client_hello": hello()} | (seen or {})
    note = finding("tls-succeeded", severity=Severity.NOTE, stage="succeeded")
    return told(at(time_ns, number, handshake(**facts), **changes), note)


def refused_login(
    time_ns: int, number: int = 1, *, seen: dict[str, Any] | None = None, **changes: Any
) -> ConnectionReport:
    """The server refused the certificate that the client sent."""
    facts = {"client_hello": hello(), "outcome": Outcome.FAILED_BY_SERVER, "client_data": NOT_SENT} | (seen or {})
    return told(
        at(time_ns, number, handshake(**facts), **changes),
        finding("unknown-issuer", message="The server does not know the CA that issued the certificate."),
    )


def misdirected(time_ns: int, number: int = 1) -> ConnectionReport:
    """The application answered 421."""
    said = Application("HTTP/1.1", "421 Misdirected Request", 13, True, False)
    seen = handshake(client_hello=hello(), application=said)
    return told(at(time_ns, number, seen), finding("connection-reused-for-other-name"))


def related(*reports: ConnectionReport) -> dict[int, list[str]]:
    """Of a whole file, what each connection is told to be to which other one."""
    return {number: [f"{one.relation} {one.connection}" for one in found] for number, found in all_of(*reports).items()}


def all_of(*reports: ConnectionReport) -> dict[int, tuple[Related, ...]]:
    """The relations themselves."""
    return {report.connection.id: report.related for report in judged(*reports)}


def judged(*reports: ConnectionReport) -> list[ConnectionReport]:
    """The reports of a whole file, put in relation."""
    relations = Relations()
    relations.learn_all(reports)
    return [relations.relate(report) for report in reports]


def sent(leaf: Any, *above: Any) -> dict[str, Any]:
    """The client's Certificate message."""
    return {"client_certificate": chain(leaf, *above, packet=8, at=31)}
