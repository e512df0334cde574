"""Recordings of several connections that explain each other, and of such that only look so."""

from __future__ import annotations

from .. import clients, servers
from ..network import SERVER
from ..scenarios import Scenario, failure, good, login
from ..truth import Expect

_NOT_FIRST = "session-resumed-without-client-certificate"
_LEFT = clients.own("odd_client.py", SERVER, "443")
_LEFT_RULE = "client-closed-after-request"


def _sessions(version: str) -> tuple[clients.Program, ...]:
    """Two sessions begin, one with the certificate and one without; then each is resumed."""
    return (
        clients.openssl(version=version, options="-sess_out with"),
        clients.openssl(None, version=version, options="-sess_out without"),
        clients.openssl(version=version, options="-sess_in with"),
        clients.openssl(None, version=version, options="-sess_in without"),
    )


def _resumed(*related: str) -> Expect:
    return Expect(
        connections=4,
        verdict=_NOT_FIRST,
        severity="warning",
        findings=("tls-succeeded", "client-sent-empty-certificate", _NOT_FIRST),
        related=related,
    )


_RESUMED = (
    login(
        "resumed-of-two-sessions-openssl-nginx",
        "Two sessions begin, one with the certificate and one without it, and each is resumed by its ticket.",
        _sessions("-tls1_2"),
        servers.nginx(verify="optional", options="ssl_session_cache off;"),
        _resumed("3 resumes 1", "4 resumes 2"),
        ("completed",) * 4,
    ),
    login(
        "tls13-resumed-of-two-sessions-openssl-nginx",
        "The same in TLS 1.3, where each handshake gives out two tickets.",
        _sessions("-tls1_3"),
        servers.nginx(verify="optional", protocols="TLSv1.3"),
        _resumed("3 resumes 1", "4 resumes 2"),
        ("completed",) * 4,
        key_log="client",
    ),
)

_GIVEN_UP = (
    login(
        "left-when-asked-and-came-back-python-openssl",
        "A program leaves when it is asked, and comes back with a certificate: one login.",
        (_LEFT, clients.python()),
        servers.openssl(),
        good(connections=2, findings=(_LEFT_RULE,), related=("1 repeated-by 2", "2 repeats 1")),
        ("aborted", "completed"),
    ),
    login(
        "left-when-asked-beside-another-program-python-curl",
        "A program leaves when it is asked; another one at the same address then logs in: two clients.",
        (_LEFT, clients.curl()),
        servers.openssl(),
        failure(_LEFT_RULE, "tls-succeeded", connections=2, related=("1 works 2",)),
        ("aborted", "completed"),
    ),
    login(
        "left-when-asked-beside-two-users-python-openssl",
        "A program leaves when it is asked; then two users of the same program log in from the same address. Whose "
        "attempt that was cannot be seen.",
        (_LEFT, clients.python(), clients.python("alice-rsa.pem")),
        servers.openssl(),
        failure(_LEFT_RULE, "tls-succeeded", connections=3, related=("1 works 2",)),
        ("aborted", "completed", "completed"),
    ),
    login(
        "left-when-asked-and-another-server-python-openssl",
        "A program leaves one server when it is asked, and logs in to another one, on another port.",
        (_LEFT, clients.python(port=8443)),
        (servers.openssl(), servers.openssl(address=f"{SERVER}:8443")),
        failure(_LEFT_RULE, "tls-succeeded", connections=2, related=("1 works 2",)),
        ("aborted", "completed"),
        ports=(443, 8443),
        tls_ports=(443, 8443),
    ),
    login(
        "cut-off-and-came-back-with-tls12-curl-openssl",
        "A middlebox resets what offers TLS 1.3; the second attempt offers TLS 1.2 and logs in.",
        (clients.curl(version=""), clients.curl()),
        (servers.own("intolerant_proxy.py", SERVER, "443", "4433"), servers.openssl(address=f"{SERVER}:4433")),
        good(connections=2, related=("1 repeated-by 2", "2 repeats 1")),
        ("aborted", "completed"),
    ),
    login(
        "cut-off-beside-another-program-curl-gnutls",
        "A middlebox resets what offers TLS 1.3; another program, which offers other suites, logs in with TLS 1.2.",
        (clients.curl(version=""), clients.gnutls()),
        (servers.own("intolerant_proxy.py", SERVER, "443", "4433"), servers.openssl(address=f"{SERVER}:4433")),
        failure(
            "server-never-answered",
            never=("server-does-not-speak-tls", "server-closed-without-alert"),
            connections=2,
            related=("1 works 2",),
        ),
        ("aborted", "completed"),
    ),
)

_BESIDE = (
    login(
        "opened-ahead-and-not-used-openssl-nginx",
        "The client opens two connections, says nothing on the first and sends its request on the second.",
        (clients.openssl(typed="sleep 0.2"), clients.openssl()),
        servers.nginx(),
        good(connections=2, related=("1 unused-beside 2",)),
        ("completed", "completed"),
    ),
    login(
        "misdirected-and-asked-again-curl-apache",
        "The first request is for another name than its connection (421); then it is sent on a connection for that "
        "name, where a certificate is asked for and given.",
        (
            clients.curl(None, version="--tlsv1.3", options="-k -H Host:other.example"),
            clients.curl(
                version="--tlsv1.3",
                options=f"-k --resolve other.example:443:{SERVER} https://other.example/",
                urls=0,
            ),
        ),
        servers.apache(
            protocol="TLSv1.3",
            verify="none",
            options="</VirtualHost>\n<VirtualHost *:443>\n  ServerName other.example\n  SSLEngine on\n"
            "  SSLCertificateFile server.pem\n  SSLVerifyClient require\n  SSLVerifyDepth 3\n"
            "  SSLCACertificateFile root-a.pem",
        ),
        failure("connection-reused-for-other-name", "tls-succeeded", connections=2, related=("1 reused 2",)),
        ("completed", "completed"),
        key_log="client",
    ),
)

_COMPARED = (
    login(
        "other-issuer-beside-a-good-login-curl-openssl",
        "A certificate of a CA that the server does not trust, and beside it one of a CA that it does.",
        (clients.curl("bob.pem"), clients.curl()),
        servers.openssl(),
        failure("ca-list-excludes-issuer", "tls-succeeded", connections=2, related=("1 works 2",)),
        ("failed_by_server", "completed"),
    ),
    login(
        "intermediate-missing-beside-a-good-login-openssl-openssl",
        "One client sends the intermediate, the other one does not.",
        (clients.openssl(), clients.openssl(chain=None)),
        servers.openssl(),
        failure("intermediate-missing", "tls-succeeded", connections=2, related=("2 works 1",)),
        ("completed", "failed_by_server"),
    ),
    login(
        "tls13-empty-beside-a-good-login-curl-openssl",
        "One client has a certificate, the other one has none.",
        (clients.curl(version="--tlsv1.3"), clients.curl(None, version="--tlsv1.3")),
        servers.openssl(version="-tls1_3"),
        failure("client-sent-empty-certificate", "tls-succeeded", connections=2, related=("2 works 1",)),
        ("completed", "failed_by_server"),
        key_log="client",
    ),
    login(
        "other-issuer-beside-another-server-curl-openssl",
        "A certificate of a CA that the server does not trust; the good login beside it is at another server.",
        (
            clients.curl("bob.pem"),
            clients.curl(options=f"-k --resolve other.example:8443:{SERVER} https://other.example:8443/", urls=0),
        ),
        (servers.openssl(), servers.openssl(address=f"{SERVER}:8443")),
        failure("ca-list-excludes-issuer", "tls-succeeded", connections=2, related=()),
        ("failed_by_server", "completed"),
        ports=(443, 8443),
        tls_ports=(443, 8443),
    ),
)

RELATED: tuple[Scenario, ...] = (*_RESUMED, *_GIVEN_UP, *_BESIDE, *_COMPARED)
