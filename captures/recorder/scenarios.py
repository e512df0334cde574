"""One recording: which ends meet, and what a diagnosis must say of it. The tables are in `tables/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .programs import Program
from .truth import Confidence, Expect, Kind, Outcome


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One recording: the clients run one after the other, while all servers run.

    `ports` are recorded; on `tls_ports` TLS begins with the first byte, elsewhere tshark knows the carrier by its port.
    """

    name: str
    title: str
    servers: tuple[Program, ...]
    clients: tuple[Program, ...]
    expect: Expect
    outcomes: tuple[Outcome, ...]
    client_cert: str | None = None
    trust: str | None = None
    crl: str | None = None
    expected_server: str | None = None
    container: str = "capture.pcap"
    offload: bool = False
    ports: tuple[int, ...] = (443,)
    tls_ports: tuple[int, ...] = (443,)
    kind: Kind = "recorded"
    not_observed: str | None = None
    key_log: Literal["client", "server"] | None = None
    """The end that logs its secrets; both could, and one is enough."""
    secrets_inside: bool = False
    """The secrets go into the pcapng instead of a file beside it."""
    counted: bool = True
    """Whether the number of connections is known; a browser makes as many as it pleases, the last of which matters."""
    misread: tuple[str, ...] = ()
    """Facts that tshark does not read here, and that are therefore not judged."""
    server_key: str | None = None
    """Whose RSA key is kept: a file of pki.py."""
    network: tuple[str, ...] = ()
    """Commands that make the namespace's network worse."""


def login(
    name: str,
    title: str,
    client: Program | tuple[Program, ...],
    server: Program | tuple[Program, ...],
    expect: Expect,
    outcome: Outcome | tuple[Outcome, ...],
    **rest: Any,
) -> Scenario:
    return Scenario(
        name=name,
        title=title,
        clients=client if isinstance(client, tuple) else (client,),
        servers=server if isinstance(server, tuple) else (server,),
        expect=expect,
        outcomes=outcome if isinstance(outcome, tuple) else (outcome,),
        **rest,
    )


def good(
    *not_findings: str,
    connections: int = 1,
    findings: tuple[str, ...] = (),
    related: tuple[str, ...] | None = None,
) -> Expect:
    return Expect(
        related=related,
        connections=connections,
        verdict="tls-succeeded",
        severity="note",
        findings=findings,
        not_findings=(
            "client-sent-empty-certificate",
            "server-never-asked",
            "server-refused-client-certificate",
            "server-closed-without-alert",
            *not_findings,
        ),
    )


def failure(
    verdict: str,
    *also: str,
    never: tuple[str, ...] = (),
    confidence: Confidence | None = None,
    connections: int = 1,
    related: tuple[str, ...] | None = None,
) -> Expect:
    return Expect(
        related=related,
        connections=connections,
        verdict=verdict,
        severity="failure",
        confidence=confidence,
        findings=(verdict, *also),
        not_findings=never,
    )


def empty(*also: str, never: tuple[str, ...] = (), accepted: bool = False) -> Expect:
    verdict = "client-sent-empty-certificate"
    return Expect(
        verdict=verdict,
        severity="warning" if accepted else "failure",
        confidence="proved",
        findings=(verdict, *also),
        not_findings=("server-never-asked", "client-sent-no-certificate-message", *never),
    )
