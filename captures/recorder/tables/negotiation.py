"""Logins that end before the request: no version or suite in common, or the server is refused."""

from __future__ import annotations

from .. import clients, servers
from ..network import SERVER
from ..scenarios import Scenario, failure, login

_SERVER_CERTIFICATE = (
    login(
        "client-rejects-server-unknown-ca-curl-openssl",
        "The client does not know the server's CA.",
        clients.curl(roots="root-b.pem", options="--capath ."),
        servers.openssl(),
        failure(
            "client-rejected-server-certificate",
            never=("server-refused-client-certificate", "unknown-issuer", "client-closed-after-request"),
        ),
        "failed_by_client",
    ),
    login(
        "client-rejects-server-expired-go-openssl",
        "The server's certificate has expired.",
        clients.go(),
        servers.openssl(certificate="server-expired.pem"),
        failure("server-certificate-expired", never=("client-certificate-expired",)),
        "failed_by_client",
    ),
    login(
        "client-rejects-server-eku-openssl-openssl",
        "The server's certificate is for clients only.",
        clients.openssl(),
        servers.openssl(certificate="server-client-eku.pem"),
        failure("server-certificate-lacks-server-auth-eku", never=("client-certificate-lacks-client-auth-eku",)),
        "failed_by_client",
    ),
)

_NEGOTIATION = (
    login(
        "no-common-version-curl-openssl",
        "The client stops at TLS 1.2, the server begins at TLS 1.3.",
        clients.curl(),
        servers.openssl(version="-tls1_3"),
        failure("no-common-protocol-version", never=("no-common-cipher-suite",)),
        "failed_by_server",
    ),
    login(
        "no-common-version-curl-nginx",
        "The client begins at TLS 1.3, the server stops at TLS 1.2.",
        clients.curl(version="--tlsv1.3"),
        servers.nginx(),
        failure("no-common-protocol-version", never=("no-common-cipher-suite",)),
        "failed_by_server",
    ),
    login(
        "no-common-cipher-suite-curl-openssl",
        "The client offers RSA key exchange only, the server has an EC key.",
        clients.curl(options="--ciphers AES128-SHA"),
        servers.openssl(),
        failure("no-common-cipher-suite", never=("no-common-protocol-version",)),
        "failed_by_server",
    ),
    login(
        "unanswered-client-hello-curl-python",
        "The server takes the connection and never says a word.",
        clients.curl(options="--connect-timeout 2"),
        servers.own("silent_server.py", SERVER, "443"),
        failure(
            "server-never-answered",
            never=(
                "server-does-not-speak-tls",
                "server-never-asked",
                "server-closed-without-alert",
                "client-closed-after-request",
            ),
        ),
        "aborted",
    ),
    login(
        "not-tls-http-curl-python",
        "The port serves HTTP without TLS.",
        clients.curl(),
        servers.plain_http(),
        failure("server-does-not-speak-tls", never=("server-never-answered", "client-closed-after-request")),
        "aborted",
    ),
    login(
        "not-tls-greeting-openssl-python",
        "The client begins TLS at once with a mail server that waits for STARTTLS.",
        clients.openssl(),
        servers.own("smtp_server.py", SERVER, "443", "root-a.pem"),
        failure("server-does-not-speak-tls", never=("server-never-answered", "client-closed-after-request")),
        "aborted",
    ),
)

NEGOTIATION: tuple[Scenario, ...] = (*_SERVER_CERTIFICATE, *_NEGOTIATION)
