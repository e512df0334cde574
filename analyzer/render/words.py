"""Facts in the reader's words: times, endpoints, versions, sizes, and what a side answered. No drawing."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from analyzer.diagnosis.report import ConnectionReport
from analyzer.model import (
    Connection,
    Endpoint,
    Handshake,
    SeenChain,
    SeenRequest,
    Unseen,
    certificate_status,
    request_status,
)
from analyzer.model.inferred import Inferred
from analyzer.render.numbers import count
from analyzer.tls.codepoints import is_grease, version_name
from analyzer.x509 import CertificateInfo, Name

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

ORIGINS = {
    "trust": "--trust",
    "client-cert": "--client-cert",
    "server-chain": "a server's chain",
    "client-chain": "a client's chain",
}
"""Where the certificate was seen that tells what a name belongs to."""


def moment(ns: int | None, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A time in UTC; empty where there is none."""
    if ns is None:
        return ""
    try:
        return (_EPOCH + datetime.timedelta(seconds=ns // 1_000_000_000)).strftime(form)
    except OverflowError:
        return "beyond year 9999"


def endpoint(end: Endpoint, name: str | None = None) -> str:
    """``shop.example:443 (10.9.0.5)``, ``[2001:db8::1]:443``."""
    if name and name != end.address:
        return f"{name}:{end.port} ({end.address})"
    return str(end)


def server_name(connection: Connection) -> str:
    """The name that the client asked for, or the address, with the port where it is not 443."""
    address = connection.server.address
    name = connection.sni or (f"[{address}]" if ":" in address else address)
    return name if connection.server.port == 443 else f"{name}:{connection.server.port}"


def version(handshake: Handshake | None) -> str:
    """``TLS 1.2``; empty where none was agreed on."""
    if handshake is None or isinstance(handshake.version, Unseen):
        return ""
    return version_name(handshake.version)


def versions(numbers: Iterable[int]) -> str:
    """``TLS 1.2 and 1.3``: what a client offers, lowest first."""
    names = [version_name(n) for n in sorted({n for n in numbers if not is_grease(n)})]
    for index in range(len(names) - 1, 0, -1):
        if names[index].startswith("TLS ") and names[index - 1].startswith("TLS "):
            names[index] = names[index].removeprefix("TLS ")
    return listed(names)


def listed(names: list[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def asked(handshake: Handshake | None) -> str:
    """Did the server ask for a client certificate?"""
    status = request_status(handshake.certificate_request) if handshake else None
    if status is None:
        guess = handshake.inferred.requested if handshake and handshake.inferred else None
        return "not visible" if guess is None else _guessed("yes" if guess.value else "no", guess)
    if not status or handshake is None:
        return "no"
    request = handshake.certificate_request
    names = len(request.names) if isinstance(request, SeenRequest) else 0
    return count(names, "CA") if names else "any CA"


def answered(handshake: Handshake | None) -> str:
    """What the client answered."""
    if handshake is None:
        return "not visible"
    chain = handshake.client_certificate
    status = certificate_status(chain)
    if status == "sent" and isinstance(chain, SeenChain):
        return short_name(chain.leaf)
    guess = handshake.inferred.client_certificate if handshake.inferred else None
    if status == "unknown" and guess is not None:
        return _guessed(_ANSWERS.get(str(guess.value), str(guess.value)), guess)
    return _ANSWERS.get(status, "not visible")


_ANSWERS = {"empty": "empty", "absent": "nothing"}


def _guessed(word: str, guess: Inferred) -> str:
    """``empty, likely``: what the sizes of encrypted records tell."""
    return f"{word}, {guess.confidence.name.lower()}"


def short_name(certificate: CertificateInfo | None) -> str:
    """The subject, by its common name where it has one."""
    if certificate is None:
        return "unreadable"
    return name_in_short(certificate.subject)


def name_in_short(name: Name) -> str:
    """Its common name, or all of it where it has none."""
    return f"CN={name.common_name}" if name.common_name else name.text or "(empty name)"


def told_handshake(report: ConnectionReport) -> Handshake | None:
    """The handshake that the verdict is about, or else the last one."""
    handshakes = report.connection.handshakes
    if report.verdict is not None and 0 <= report.verdict.handshake < len(handshakes):
        return handshakes[report.verdict.handshake]
    return handshakes[-1] if handshakes else None
