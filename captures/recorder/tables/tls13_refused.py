"""Logins in TLS 1.3 with their keys that one side refused, or the application behind."""

from __future__ import annotations

from .. import clients, servers
from ..network import SERVER
from ..programs import Program
from ..scenarios import Scenario, empty, failure, login

_GNUTLS_13 = "NORMAL:-VERS-ALL:+VERS-TLS1.3"

_PYTHON_13 = "--version TLSv1_3"


def _go_client(certificate: str | None = "alice.pem") -> Program:
    return clients.go(certificate, low="1.3", high="1.3")


_TLS13_REFUSED = (
    login(
        "tls13-expired-curl-openssl",
        "An expired certificate in TLS 1.3: certificate_expired, after the client's Finished.",
        clients.curl("expired.pem", version="--tlsv1.3"),
        servers.openssl(version="-tls1_3"),
        failure("client-certificate-expired", never=("client-certificate-not-yet-valid",), confidence="proved"),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-expired-node-gnutls",
        "An expired certificate in TLS 1.3: what a GnuTLS server says.",
        clients.node("expired.pem", version="TLSv1.3"),
        servers.gnutls(priority=_GNUTLS_13),
        failure("client-certificate-expired"),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-unknown-issuer-python-openssl",
        "No list in the request and a certificate of a CA that the server does not know: unknown_ca.",
        clients.python("bob.pem", options=_PYTHON_13),
        servers.openssl(names=None, trust="root-a.pem", version="-tls1_3"),
        failure("unknown-issuer", never=("ca-list-excludes-issuer", "self-signed-client-certificate")),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-list-excludes-issuer-curl-haproxy",
        "List and trust are Corp Root A, the client's chain leads to Corp Root B.",
        clients.curl("bob.pem", version="--tlsv1.3"),
        servers.haproxy(version="ssl-min-ver TLSv1.3"),
        failure("ca-list-excludes-issuer", never=("intermediate-missing", "self-signed-client-certificate")),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "tls13-server-eku-curl-openssl",
        "A certificate for servers only: unsupported_certificate, encrypted.",
        clients.curl("server-eku.pem", version="--tlsv1.3"),
        servers.openssl(version="-tls1_3"),
        failure("client-certificate-lacks-client-auth-eku", confidence="proved"),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-self-signed-openssl-apache",
        "A self-signed certificate in TLS 1.3 to Apache.",
        clients.openssl("self-signed.pem", chain=None, version="-tls1_3"),
        servers.apache(protocol="TLSv1.3"),
        failure("self-signed-client-certificate", never=("intermediate-missing",)),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-intermediate-missing-curl-openssl",
        "The client sends its leaf alone in TLS 1.3; the server knows only the root.",
        clients.curl("alice-leaf.pem", version="--tlsv1.3"),
        servers.openssl(version="-tls1_3"),
        failure("intermediate-missing", never=("ca-list-excludes-issuer", "self-signed-client-certificate")),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-not-yet-valid-openssl-java",
        "A certificate that is not valid before 2045: Java answers certificate_unknown.",
        clients.openssl("future.pem", version="-tls1_3"),
        servers.java(protocols="TLSv1.3"),
        failure("client-certificate-not-yet-valid", never=("client-certificate-expired",)),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-dropped-curl-node",
        "Node dislikes the certificate and closes after the client's Finished, without an alert.",
        clients.curl("bob.pem", version="--tlsv1.3"),
        servers.node(version="TLSv1.3"),
        failure("ca-list-excludes-issuer", never=("tls-succeeded", "client-rejected-server-certificate")),
        "aborted",
        key_log="client",
    ),
    login(
        "tls13-client-rejects-server-unknown-ca-curl-nginx",
        "The client does not know the server's CA and says so in an encrypted alert.",
        clients.curl(roots="root-b.pem", version="--tlsv1.3", options="--capath ."),
        servers.nginx(protocols="TLSv1.3"),
        failure(
            "client-rejected-server-certificate",
            never=("server-refused-client-certificate", "unknown-issuer", "client-closed-after-request"),
        ),
        "failed_by_client",
        key_log="client",
    ),
    login(
        "tls13-client-rejects-server-expired-go-openssl",
        "The server's certificate has expired, which Go says in an encrypted alert.",
        _go_client(),
        servers.openssl(certificate="server-expired.pem", version="-tls1_3"),
        failure("server-certificate-expired", never=("client-certificate-expired",)),
        "failed_by_client",
        key_log="client",
    ),
)

_REFUSED_BY_APPLICATION = "tls-succeeded-application-refused"

_INSIDE = ("tls_inside_tls_client.py", SERVER, "443", "root-a.pem", "alice.pem")

_TLS13_APPLICATION = (
    login(
        "tls-inside-tls-python-nginx",
        "Inside the encrypted connection the client begins TLS again, and nginx answers 400.",
        clients.own(*_INSIDE),
        servers.nginx(),
        failure("tls-inside-tls", never=("tls-succeeded-application-refused",)),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-tls-inside-tls-python-nginx",
        "The same over TLS 1.3.",
        clients.own(*_INSIDE),
        servers.nginx(protocols="TLSv1.3"),
        failure("tls-inside-tls", never=("tls-succeeded-application-refused",)),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-http-403-16-curl-python",
        "The application answers like IIS for a certificate that it does not trust.",
        clients.curl(version="--tlsv1.3"),
        servers.own("iis_page_server.py", SERVER, "443", "server.pem", "root-a.pem"),
        failure(_REFUSED_BY_APPLICATION, confidence="proved"),
        "completed",
        kind="built",
        not_observed="A real IIS: the page has the words that public reports quote.",
        key_log="server",
    ),
    login(
        "tls13-http-400-missing-curl-nginx",
        "No certificate in TLS 1.3: TLS completes and nginx answers HTTP 400.",
        clients.curl(None, version="--tlsv1.3"),
        servers.nginx(protocols="TLSv1.3"),
        empty(_REFUSED_BY_APPLICATION, never=("tls-succeeded",)),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-http-400-expired-openssl-nginx",
        "An expired certificate in TLS 1.3: TLS completes and nginx answers HTTP 400.",
        clients.openssl("expired.pem", version="-tls1_3"),
        servers.nginx(protocols="TLSv1.3"),
        failure("client-certificate-expired", _REFUSED_BY_APPLICATION),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-http-400-list-excludes-issuer-curl-nginx-optional",
        "Even where nginx asks for an optional certificate it answers a bad one with HTTP 400.",
        clients.curl("bob.pem", version="--tlsv1.3"),
        servers.nginx(verify="optional", protocols="TLSv1.3"),
        failure("ca-list-excludes-issuer", _REFUSED_BY_APPLICATION),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-empty-list-excludes-issuer-wget-nginx-optional",
        "The list names another root than the client's, so that wget sends nothing, and nginx goes on without.",
        clients.wget("bob.pem", protocol="TLSv1_3"),
        servers.nginx(verify="optional", protocols="TLSv1.3"),
        empty(accepted=True, never=(_REFUSED_BY_APPLICATION,)),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-empty-accepted-curl-nginx-optional",
        "No certificate in TLS 1.3, and nginx goes on without one.",
        clients.curl(None, version="--tlsv1.3"),
        servers.nginx(verify="optional", protocols="TLSv1.3"),
        empty(accepted=True, never=(_REFUSED_BY_APPLICATION,)),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-empty-psql-postgresql",
        "No certificate in TLS 1.3: PostgreSQL completes TLS and refuses inside the encryption.",
        clients.psql(None, version="TLSv1.3"),
        servers.postgresql(version="TLSv1.3"),
        empty(_REFUSED_BY_APPLICATION),
        "completed",
        ports=(5432,),
        tls_ports=(),
        key_log="client",
    ),
    login(
        "tls13-expired-psql-postgresql",
        "An expired certificate to PostgreSQL in TLS 1.3.",
        clients.psql("expired.pem", version="TLSv1.3"),
        servers.postgresql(version="TLSv1.3"),
        failure("client-certificate-expired", confidence="proved"),
        "failed_by_server",
        ports=(5432,),
        tls_ports=(),
        key_log="client",
    ),
)

TLS13_REFUSED: tuple[Scenario, ...] = (*_TLS13_REFUSED, *_TLS13_APPLICATION)
