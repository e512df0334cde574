"""Logins that work, and such in which nobody asked for a certificate."""

from __future__ import annotations

from .. import clients, servers
from ..scenarios import Scenario, failure, good, login
from ..truth import Expect

_GOOD_LOGINS = (
    login(
        "good-openssl-openssl",
        "A good login: the list names the root, the client sends leaf and intermediate.",
        clients.openssl(),
        servers.openssl(),
        good("ca-list-excludes-issuer", "intermediate-missing", "ca-list-empty"),
        "completed",
    ),
    login(
        "good-curl-nginx-list-of-two",
        "A good login: the list names the root and the intermediate.",
        clients.curl(),
        servers.nginx(names="issuing-root-a.pem"),
        good("ca-list-names-only-roots", "ca-list-names-only-intermediates"),
        "completed",
    ),
    login(
        "good-go-apache",
        "A good login by a client that checks the list against its whole chain.",
        clients.go(),
        servers.apache(),
        good("ca-list-excludes-issuer"),
        "completed",
    ),
    login(
        "good-java-haproxy",
        "A good login by a client that picks its certificate by the list.",
        clients.java(),
        servers.haproxy(),
        good(),
        "completed",
    ),
    login(
        "good-gnutls-go",
        "A good login; the list names the root.",
        clients.gnutls(),
        servers.go(),
        good(),
        "completed",
    ),
    login(
        "good-node-java",
        "A good login to a Java server that requires a certificate.",
        clients.node(),
        servers.java(),
        good(),
        "completed",
    ),
    login(
        "good-python-gnutls",
        "A good login to a GnuTLS server that requires and verifies a certificate.",
        clients.python(),
        servers.gnutls(),
        good(),
        "completed",
    ),
    login(
        "good-wget-node",
        "A good login to a Node server; the client sends no server name.",
        clients.wget(),
        servers.node(),
        good(),
        "completed",
    ),
    login(
        "good-curl-python-empty-list",
        "A good login although the list is empty: curl sends what it was given.",
        clients.curl(),
        servers.python(),
        good(),
        "completed",
        container="capture.pcapng",
    ),
    login(
        "good-java-openssl-intermediate-list",
        "A good login: the list names only the intermediate, which is the client's direct issuer.",
        clients.java(),
        servers.openssl(names="issuing.pem", trust="root-a.pem"),
        good("ca-list-excludes-issuer"),
        "completed",
    ),
    login(
        "good-list-differs-in-encoding-openssl-nginx",
        "A good login although the list names the client's root in another string type: OpenSSL sends what it was "
        "given, and the server compares names as RFC 5280 says.",
        clients.openssl(),
        servers.nginx(names="root-a-printable.pem"),
        good("ca-list-excludes-issuer", "intermediate-missing"),
        "completed",
    ),
    login(
        "good-rsa-curl-openssl",
        "A good login with an RSA key where the request allows RSA only.",
        clients.curl("alice-rsa.pem"),
        servers.openssl(options="-client_sigalgs RSA+SHA256"),
        good("no-common-certificate-type", "no-common-signature-scheme"),
        "completed",
        client_cert="alice-rsa.pem",
        container="capture.pcap.gz",
    ),
)

_NEVER_ASKED = (
    login(
        "never-asked-curl-nginx",
        "A server that does not ask; the client had a certificate to offer.",
        clients.curl(),
        servers.nginx(verify="off"),
        Expect(
            verdict="server-never-asked",
            severity="note",
            findings=("server-never-asked",),
            not_findings=("client-sent-empty-certificate", "client-sent-no-certificate-message"),
        ),
        "completed",
    ),
    login(
        "never-asked-but-expected-go-apache",
        "A server that should ask, as the user says, and does not.",
        clients.go(),
        servers.apache(verify="none"),
        failure("server-never-asked", never=("client-sent-empty-certificate",)),
        "completed",
        expected_server="shop.example",
    ),
    login(
        "resumed-with-certificate-go-go",
        "The second connection resumes by ticket a session in which the client had shown its certificate.",
        clients.go(requests=2),
        servers.go(),
        good("session-resumed-without-client-certificate", connections=2),
        ("completed", "completed"),
    ),
    login(
        "resumed-by-session-id-openssl-openssl",
        "The second connection resumes by session id a session in which the client had shown its certificate.",
        (clients.openssl(options="-sess_out session"), clients.openssl(options="-sess_in session")),
        servers.openssl(options="-no_ticket"),
        good("session-resumed-without-client-certificate", connections=2),
        ("completed", "completed"),
    ),
    login(
        "resumed-without-certificate-curl-nginx",
        "The second connection resumes by session id a session in which the client had answered with nothing.",
        clients.curl(None, urls=2, options="--http1.0"),
        servers.nginx(verify="optional", options="ssl_session_cache shared:sessions:1m;"),
        Expect(
            connections=2,
            verdict="session-resumed-without-client-certificate",
            severity="warning",
            findings=("session-resumed-without-client-certificate", "client-sent-empty-certificate"),
        ),
        ("completed", "completed"),
    ),
    login(
        "resumed-by-ticket-without-certificate-openssl-nginx",
        "The second connection resumes by ticket a session in which the client had answered with nothing.",
        (clients.openssl(None, options="-sess_out session"), clients.openssl(None, options="-sess_in session")),
        servers.nginx(verify="optional", options="ssl_session_cache off;"),
        Expect(
            connections=2,
            verdict="session-resumed-without-client-certificate",
            severity="warning",
            findings=("session-resumed-without-client-certificate", "client-sent-empty-certificate"),
        ),
        ("completed", "completed"),
    ),
)

GOOD_LOGINS: tuple[Scenario, ...] = (*_GOOD_LOGINS, *_NEVER_ASKED)
