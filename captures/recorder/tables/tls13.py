"""Logins in TLS 1.3 with their keys: good ones, and such in which the client had nothing to send."""

from __future__ import annotations

from .. import clients, servers
from ..programs import Program
from ..scenarios import Scenario, empty, failure, good, login
from ..truth import Expect

_GNUTLS_13 = "NORMAL:-VERS-ALL:+VERS-TLS1.3"

_PYTHON_13 = "--version TLSv1_3"


def _go_client(certificate: str | None = "alice.pem") -> Program:
    return clients.go(certificate, low="1.3", high="1.3")


def _go_server() -> Program:
    return servers.go(low="1.3", high="1.3")


_TLS13_GOOD = (
    login(
        "tls13-good-openssl-nginx",
        "A good login in TLS 1.3 with a P-256 key.",
        clients.openssl(version="-tls1_3"),
        servers.nginx(protocols="TLSv1.3"),
        good("ca-list-excludes-issuer", "intermediate-missing", "tls-succeeded-application-refused"),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-good-rsa-curl-apache",
        "A good login in TLS 1.3 with an RSA key; curl offers post-handshake authentication and does not need it.",
        clients.curl("alice-rsa.pem", version="--tlsv1.3"),
        servers.apache(protocol="TLSv1.3"),
        good("no-common-signature-scheme", "late-request-needs-post-handshake-auth"),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-good-p384-openssl-openssl",
        "A good login in TLS 1.3 with a P-384 key; the server logged the keys.",
        clients.openssl("alice-p384.pem", version="-tls1_3"),
        servers.openssl(version="-tls1_3"),
        good(),
        "completed",
        key_log="server",
    ),
    login(
        "tls13-good-ed25519-curl-openssl",
        "A good login in TLS 1.3 with an Ed25519 key.",
        clients.curl("alice-ed25519.pem", version="--tlsv1.3"),
        servers.openssl(version="-tls1_3"),
        good(),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-good-rsa4096-python-haproxy",
        "A good login in TLS 1.3 with an RSA key of 4,096 bits.",
        clients.python("alice-rsa4096.pem", options=_PYTHON_13),
        servers.haproxy(version="ssl-min-ver TLSv1.3"),
        good(),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-good-go-java",
        "A good login in TLS 1.3 to a Java server, which pads its small records.",
        _go_client(),
        servers.java(protocols="TLSv1.3"),
        good(),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-good-java-go",
        "A good login in TLS 1.3 by a Java client.",
        clients.java(protocols="TLSv1.3"),
        _go_server(),
        good(),
        "completed",
        key_log="server",
    ),
    login(
        "tls13-good-gnutls-gnutls",
        "A good login in TLS 1.3 between two GnuTLS ends.",
        clients.gnutls(priority=_GNUTLS_13, patient=True),
        servers.gnutls(priority=_GNUTLS_13),
        good(),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-good-wget-node",
        "A good login in TLS 1.3 to Node, which accepts and answers.",
        clients.wget(protocol="TLSv1_3"),
        servers.node(version="TLSv1.3"),
        good(),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-good-node-python",
        "A good login in TLS 1.3 to Python; the list is empty, so the request holds none.",
        clients.node(version="TLSv1.3"),
        servers.python(options=_PYTHON_13),
        good(),
        "completed",
        key_log="server",
    ),
    login(
        "tls13-good-chacha20-curl-openssl",
        "A good login in TLS 1.3 with ChaCha20-Poly1305.",
        clients.curl(version="--tlsv1.3", options="--tls13-ciphers TLS_CHACHA20_POLY1305_SHA256"),
        servers.openssl(version="-tls1_3"),
        good(),
        "completed",
        key_log="server",
    ),
    login(
        "tls13-good-aes128-openssl-go",
        "A good login in TLS 1.3 with AES-128-GCM.",
        clients.openssl(version="-tls1_3", options="-ciphersuites TLS_AES_128_GCM_SHA256"),
        _go_server(),
        good(),
        "completed",
        key_log="server",
    ),
)

_TLS13_EMPTY = (
    login(
        "tls13-empty-certificate-openssl-openssl",
        "No certificate in TLS 1.3: certificate_required, after the client's Finished.",
        clients.openssl(None, version="-tls1_3"),
        servers.openssl(version="-tls1_3"),
        empty(never=("tls-succeeded", "tls-succeeded-application-refused")),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-empty-certificate-curl-go",
        "No certificate in TLS 1.3: Go 1.19 answers bad_certificate.",
        clients.curl(None, version="--tlsv1.3"),
        _go_server(),
        empty(),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-empty-certificate-go-apache",
        "No certificate in TLS 1.3: Apache answers certificate_required.",
        _go_client(None),
        servers.apache(protocol="TLSv1.3"),
        empty(never=("late-request-needs-post-handshake-auth",)),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "tls13-empty-certificate-node-java",
        "No certificate in TLS 1.3: Java 17 answers bad_certificate.",
        clients.node(None, version="TLSv1.3"),
        servers.java(protocols="TLSv1.3"),
        empty(),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-empty-certificate-wget-gnutls",
        "No certificate in TLS 1.3 between two GnuTLS ends.",
        clients.wget(None, protocol="TLSv1_3"),
        servers.gnutls(priority=_GNUTLS_13),
        empty(),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-empty-certificate-python-haproxy",
        "No certificate in TLS 1.3: HAProxy answers certificate_required.",
        clients.python(None, options=_PYTHON_13),
        servers.haproxy(version="ssl-min-ver TLSv1.3"),
        empty(),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "tls13-empty-list-names-only-roots-java-openssl",
        "The list in a TLS 1.3 request names only a root, the client holds its leaf without the intermediate.",
        clients.java("alice-leaf.p12", protocols="TLSv1.3"),
        servers.openssl(chain="server-ca-root-a.pem", trust="issuing-root-a.pem", version="-tls1_3"),
        empty("ca-list-names-only-roots", never=("ca-list-names-only-intermediates", "ca-list-empty")),
        "failed_by_server",
        key_log="server",
    ),
    login(
        "tls13-empty-list-names-only-intermediates-go-openssl",
        "The list in a TLS 1.3 request names one intermediate; the client's leaf comes straight from the root.",
        _go_client("direct.pem"),
        servers.openssl(names="issuing.pem", trust="root-a.pem", version="-tls1_3"),
        empty("ca-list-names-only-intermediates", never=("ca-list-names-only-roots",)),
        "failed_by_server",
        trust="issuing-root-a.pem",
        key_log="client",
    ),
    login(
        "tls13-empty-list-excludes-issuer-go-openssl",
        "The list names another root than the client's, so that Go sends nothing; the user gives the certificate.",
        _go_client("bob.pem"),
        servers.openssl(version="-tls1_3"),
        failure("intended-certificate-does-not-fit-request", "client-sent-empty-certificate"),
        "failed_by_server",
        client_cert="bob.pem",
        key_log="server",
    ),
)

_TLS13_NOT_ASKED = (
    login(
        "tls13-never-asked-curl-apache",
        "A server that does not ask, in TLS 1.3; the client had a certificate to offer.",
        clients.curl(version="--tlsv1.3"),
        servers.apache(verify="none", protocol="TLSv1.3"),
        Expect(
            verdict="server-never-asked",
            severity="note",
            findings=("server-never-asked",),
            not_findings=("client-sent-empty-certificate", "client-sent-no-certificate-message"),
        ),
        "completed",
        key_log="client",
    ),
    login(
        "tls13-resumed-with-certificate-openssl-openssl",
        "The second connection resumes a session in which the client had shown its certificate.",
        (
            clients.openssl(version="-tls1_3", options="-sess_out session"),
            clients.openssl(version="-tls1_3", options="-sess_in session"),
        ),
        servers.openssl(version="-tls1_3"),
        good("session-resumed-without-client-certificate", connections=2),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "tls13-resumed-without-certificate-openssl-nginx",
        "The second connection resumes a session in which the client had answered with nothing.",
        (
            clients.openssl(None, version="-tls1_3", options="-sess_out session"),
            clients.openssl(None, version="-tls1_3", options="-sess_in session"),
        ),
        servers.nginx(verify="optional", protocols="TLSv1.3"),
        Expect(
            connections=2,
            verdict="session-resumed-without-client-certificate",
            severity="warning",
            findings=("session-resumed-without-client-certificate", "client-sent-empty-certificate"),
        ),
        ("completed", "completed"),
        key_log="client",
    ),
)

TLS13: tuple[Scenario, ...] = (*_TLS13_GOOD, *_TLS13_EMPTY, *_TLS13_NOT_ASKED)
