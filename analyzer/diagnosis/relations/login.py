"""What is kept of a connection so that others can be explained by it: its ends, its times, and how the login went."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import (
    Confidence,
    Connection,
    Handshake,
    Outcome,
    SeenClientHello,
    Severity,
    Unseen,
    certificate_status,
    request_status,
)
from analyzer.packets import Side
from analyzer.tls.codepoints import is_grease
from analyzer.tls.ja4 import ja4

MISDIRECTED = "421"
"""The status of a request for another name than the connection was made for (RFC 9110 section 15.5.20)."""

ANSWERS = ("sent", "empty")


class Client(msgspec.Struct, frozen=True, gc=False):
    """What a ClientHello shows of the program that sent it. Programs are few: equal ones are kept once."""

    ja4: str
    versions: tuple[int, ...]
    cipher_suites: tuple[int, ...]
    signature_schemes: tuple[int, ...] | None


class Certificate(msgspec.Struct, frozen=True, gc=False):
    """What is compared of a client's certificate."""

    digest: bytes
    """Half of its SHA-256: enough to tell certificates apart."""
    subject: str
    issuer: str
    key: str
    extended_key_usage: tuple[str, ...] | None
    sent_with: int
    """Certificates in the message."""


class Login(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One connection; what many have in common is kept once."""

    connection: int
    address: str
    port: int
    """The client's."""
    server: str
    """Address and port."""
    sni: str
    first_packet: int
    started_ns: int
    ended_ns: int
    """The latest time of its handshakes."""
    client: Client | None
    version: int | None
    resumed: bool | None
    answer: str
    """``sent``, ``empty``, ``absent`` or ``unknown``."""
    certificate: Certificate | None
    session_began: str
    """The same for the handshake in which the session began that was resumed; empty where none was, or is known."""
    told_packet: int
    """Where the certificate was sent or not: its message, or else the first packet."""
    failed: bool
    succeeded: bool
    """TLS ended well, as far as is seen, and nobody objected later."""
    left_when_asked: bool
    """The client walked away from the request, without a word."""
    cut_off: bool
    """The server ended it before the client had answered."""
    unused: bool
    """TLS was complete, and the client sent nothing on it."""
    used: bool
    """It sent something."""
    misdirected: bool


def login_of(report: ConnectionReport) -> Login | None:
    """What to keep of a connection; None where the packets have no times, by which connections are put in relation."""
    connection, handshake = report.connection, report.connection.handshakes[-1]
    started_ns = connection.started_ns
    if started_ns is None:
        return None
    first = connection.handshakes[0]
    answered = next((one for one in reversed(connection.handshakes) if _has_answered(one)), handshake)
    chain = answered.client_certificate
    status = answer_of(answered)
    original = report.capture.original_session(first) if first.resumed is True else None
    return Login(
        connection=connection.id,
        address=connection.client.address,
        port=connection.client.port,
        server=_server(connection.server.address, connection.server.port),
        sni=_name(connection.sni or ""),
        first_packet=connection.first_packet,
        started_ns=started_ns,
        ended_ns=max(started_ns, handshake.last_ns or 0),
        client=None if isinstance(first.client_hello, Unseen) else _client(first.client_hello),
        version=None if isinstance(handshake.version, Unseen) else handshake.version,
        resumed=None if isinstance(first.resumed, Unseen) else first.resumed,
        answer=status,
        certificate=_certificate(answered),
        session_began=original.client_certificate if original else "",
        told_packet=connection.first_packet if isinstance(chain, Unseen) else chain.packet,
        failed=report.failed,
        succeeded=report.verdict is not None and report.verdict.severity is Severity.NOTE,
        left_when_asked=_left_when_asked(connection, handshake),
        cut_off=status == "absent" and _cut_off(connection, handshake),
        unused=handshake.outcome is Outcome.COMPLETED and is_absent(handshake.client_data),
        used=not isinstance(handshake.client_data, Unseen),
        misdirected=handshake.application is not None and handshake.application.status.startswith(MISDIRECTED),
    )


@lru_cache(maxsize=1024)
def _server(address: str, port: int) -> str:
    return f"{address} {port}"


@lru_cache(maxsize=1024)
def _name(sni: str) -> str:
    return sni.lower().rstrip(".")


def answer_of(handshake: Handshake) -> str:
    """The client's answer as it was read, or as the sizes of encrypted records likely tell."""
    status = certificate_status(handshake.client_certificate)
    guess = handshake.inferred.client_certificate if handshake.inferred else None
    if status == "unknown" and guess is not None and guess.confidence >= Confidence.LIKELY:
        return str(guess.value)
    return status


def _has_answered(handshake: Handshake) -> bool:
    return answer_of(handshake) in ANSWERS


def _client(hello: SeenClientHello) -> Client:
    message = hello.message
    schemes = message.extensions.signature_algorithms
    return _shared(ja4(message), tuple(message.offered_versions), message.cipher_suites, schemes)


def _without_grease(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(value for value in values if not is_grease(value))


@lru_cache(maxsize=1024)
def _shared(
    fingerprint: str, versions: tuple[int, ...], cipher_suites: tuple[int, ...], schemes: tuple[int, ...] | None
) -> Client:
    offered = None if schemes is None else _without_grease(schemes)
    return Client(fingerprint, _without_grease(versions), _without_grease(cipher_suites), offered)


def _certificate(handshake: Handshake) -> Certificate | None:
    chain = handshake.client_certificate
    if isinstance(chain, Unseen) or chain.leaf is None:
        return None
    leaf = chain.leaf
    return Certificate(
        bytes.fromhex(leaf.sha256)[:16],
        leaf.subject.text,
        leaf.issuer.text,
        leaf.key,
        leaf.extended_key_usage,
        len(chain.certificates),
    )


def is_absent(fact: object) -> bool:
    """It was seen not to be there; not seen is another thing."""
    return isinstance(fact, Unseen) and fact.absent


def _left_when_asked(connection: Connection, handshake: Handshake) -> bool:
    asked = request_status(handshake.certificate_request)
    guess = handshake.inferred.requested if handshake.inferred else None
    if asked is None and guess is not None and guess.confidence >= Confidence.LIKELY:
        asked = bool(guess.value)
    return (
        bool(asked)
        and handshake.outcome is Outcome.ABORTED
        and connection.ending.by is Side.CLIENT
        and is_absent(handshake.client_certificate)
        and handshake.fatal_alert(Side.SERVER) is None
    )


def _cut_off(connection: Connection, handshake: Handshake) -> bool:
    if handshake.outcome is Outcome.FAILED_BY_SERVER:
        return True
    return handshake.outcome is Outcome.ABORTED and connection.ending.by is Side.SERVER
