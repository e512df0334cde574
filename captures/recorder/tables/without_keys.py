"""Logins in TLS 1.3 of which nobody kept the keys."""

from __future__ import annotations

from .. import clients, servers
from ..scenarios import Scenario, login
from ..truth import Expect

WITHOUT_KEYS: tuple[Scenario, ...] = (
    login(
        "tls13-good-curl-openssl",
        "A good login in TLS 1.3; without keys the sizes of the records tell it.",
        clients.curl(version="--tlsv1.3"),
        servers.openssl(version="-tls1_3"),
        Expect(verdict="tls-succeeded", severity="note", confidence="likely"),
        "undetermined",
    ),
    login(
        "tls13-empty-curl-openssl",
        "No certificate in TLS 1.3; without keys the sizes of the records tell it.",
        clients.curl(None, version="--tlsv1.3"),
        servers.openssl(version="-tls1_3"),
        Expect(verdict="client-sent-empty-certificate", severity="failure", confidence="likely"),
        "undetermined",
    ),
    login(
        "tls13-expired-go-go",
        "An expired certificate in TLS 1.3; without keys the sizes of the records tell that it was sent and refused.",
        clients.go("expired.pem", high="1.3"),
        servers.go(low="1.3", high="1.3"),
        Expect(verdict="server-refused-client-certificate", severity="failure", confidence="likely"),
        "undetermined",
    ),
    login(
        "tls13-never-asked-openssl-nginx",
        "Nobody asked for a certificate in TLS 1.3; without keys the sizes of the records tell it.",
        clients.openssl(version="-tls1_3"),
        servers.nginx(verify="off", protocols="TLSv1.3"),
        Expect(verdict="server-never-asked", severity="note", confidence="likely"),
        "undetermined",
    ),
)
