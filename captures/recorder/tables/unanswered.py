"""Logins in which the client was asked and did not answer, or not as it should."""

from __future__ import annotations

from .. import clients, servers
from ..network import SERVER
from ..scenarios import Scenario, empty, failure, login
from ..truth import Expect

_EMPTY = (
    login(
        "empty-no-certificate-openssl-openssl",
        "The client has no certificate configured and says so with an empty list; the server requires one.",
        clients.openssl(None),
        servers.openssl(),
        empty(never=("ca-list-empty", "unknown-issuer")),
        "failed_by_server",
    ),
    login(
        "empty-no-certificate-curl-nginx-optional",
        "No certificate, and the server goes on without one.",
        clients.curl(None),
        servers.nginx(verify="optional"),
        empty(accepted=True),
        "completed",
    ),
    login(
        "empty-no-certificate-curl-nginx-required",
        "No certificate: TLS completes and nginx answers HTTP 400 inside the encryption.",
        clients.curl(None),
        servers.nginx(),
        empty(accepted=True),
        "completed",
    ),
    login(
        "empty-no-certificate-node-go",
        "No certificate: a Go server answers bad_certificate.",
        clients.node(None),
        servers.go(),
        empty(),
        "failed_by_server",
    ),
    login(
        "empty-no-certificate-python-gnutls",
        "No certificate: a GnuTLS server answers decode_error.",
        clients.python(None),
        servers.gnutls(),
        empty(),
        "failed_by_server",
    ),
    login(
        "empty-no-certificate-curl-java",
        "No certificate: a Java 17 server answers bad_certificate.",
        clients.curl(None),
        servers.java(),
        empty(),
        "failed_by_server",
    ),
    login(
        "empty-no-certificate-go-apache",
        "No certificate: Apache answers handshake_failure.",
        clients.go(None),
        servers.apache(),
        empty(),
        "failed_by_server",
    ),
    login(
        "empty-no-certificate-wget-haproxy",
        "No certificate: HAProxy answers handshake_failure.",
        clients.wget(None),
        servers.haproxy(),
        empty(),
        "failed_by_server",
    ),
    login(
        "empty-list-openssl-python",
        "The request's list is empty, and so is the client's answer.",
        clients.openssl(None),
        servers.python(),
        empty("ca-list-empty", never=("ca-list-names-only-roots", "ca-list-excludes-issuer")),
        "failed_by_server",
    ),
    login(
        "empty-list-names-only-roots-go-openssl",
        "The list names only a root, the client holds its leaf without the intermediate and sends nothing.",
        clients.go("alice-leaf.pem"),
        servers.openssl(chain="server-ca-root-a.pem", trust="issuing-root-a.pem"),
        empty("ca-list-names-only-roots", never=("ca-list-names-only-intermediates", "ca-list-empty")),
        "failed_by_server",
    ),
    login(
        "empty-list-names-only-roots-java-nginx",
        "The list names two roots; with the client's file it is plain that its leaf cannot match them.",
        clients.java("alice-leaf.p12"),
        servers.nginx(names="roots.pem", trust="issuing.pem"),
        Expect(
            verdict="ca-list-names-only-roots",
            severity="warning",
            findings=(
                "ca-list-names-only-roots",
                "client-sent-empty-certificate",
                "intended-certificate-does-not-fit-request",
            ),
            not_findings=("intended-certificate-has-no-private-key",),
        ),
        "completed",
        client_cert="alice-leaf.pem",
        trust="roots.pem",
    ),
    login(
        "empty-list-names-only-intermediates-go-openssl",
        "The list names one intermediate; the client's leaf comes straight from the root and is not offered.",
        clients.go("direct.pem"),
        servers.openssl(names="issuing.pem", trust="root-a.pem"),
        empty("ca-list-names-only-intermediates", never=("ca-list-names-only-roots",)),
        "failed_by_server",
        trust="issuing-root-a.pem",
    ),
    login(
        "empty-list-differs-in-encoding-go-nginx",
        "The list names the client's root in PrintableString, its chain in UTF8String: Go compares bytes, finds no "
        "match and sends nothing.",
        clients.go(),
        servers.nginx(names="root-a-printable.pem"),
        empty(never=("ca-list-empty",), accepted=True),
        "completed",
    ),
    login(
        "empty-no-common-certificate-type-java-openssl",
        "The request allows RSA certificates only, the client's key is on P-256.",
        clients.java(),
        servers.openssl(options="-client_sigalgs RSA+SHA256"),
        failure("no-common-certificate-type", "client-sent-empty-certificate"),
        "failed_by_server",
        client_cert="alice.pem",
    ),
    login(
        "empty-no-common-signature-scheme-go-openssl",
        "The request allows ECDSA certificates but no scheme in which a P-256 key can sign.",
        clients.go(),
        servers.openssl(options="-client_sigalgs ed25519:RSA+SHA256"),
        failure(
            "no-common-signature-scheme",
            "client-sent-empty-certificate",
            never=("no-common-certificate-type",),
        ),
        "failed_by_server",
        client_cert="alice.pem",
    ),
    login(
        "empty-no-common-signature-scheme-openssl-openssl",
        "The same, by an OpenSSL client; without the client's file only the empty answer is plain.",
        clients.openssl(),
        servers.openssl(options="-client_sigalgs ed25519:RSA+SHA256"),
        empty(never=("no-common-certificate-type",)),
        "failed_by_server",
    ),
    login(
        "empty-intended-certificate-without-key-curl-openssl",
        "The file that the user meant to send holds no private key.",
        clients.curl(None),
        servers.openssl(),
        failure("intended-certificate-has-no-private-key", "client-sent-empty-certificate"),
        "failed_by_server",
        client_cert="alice-cert.pem",
    ),
    login(
        "empty-intended-certificate-does-not-fit-java-haproxy",
        "The user's certificate comes from another PKI than the list names.",
        clients.java("bob.p12"),
        servers.haproxy(),
        failure("intended-certificate-does-not-fit-request", "client-sent-empty-certificate"),
        "failed_by_server",
        client_cert="bob.pem",
    ),
)

_ODD_CLIENTS = (
    login(
        "closed-after-request-python-openssl",
        "The client leaves once it has seen the request, without an alert.",
        clients.own("odd_client.py", SERVER, "443"),
        servers.openssl(),
        failure("client-closed-after-request", never=("client-sent-empty-certificate",)),
        "aborted",
    ),
    login(
        "tls13-closed-after-request-python-openssl",
        "The same over TLS 1.3: without keys only the sizes of the server's messages tell that it asked.",
        clients.own("odd_client.py", SERVER, "443", "--tls13"),
        servers.openssl(version="-tls1_3"),
        failure("client-closed-after-request", never=("client-sent-empty-certificate",)),
        "aborted",
        key_log="server",
    ),
    login(
        "no-certificate-message-tlslite-openssl",
        "The client was asked and goes on with ClientKeyExchange as if it had not been.",
        clients.tlslite("alice-rsa.pem", leave_out="certificate certificate_verify"),
        servers.openssl(),
        failure("client-sent-no-certificate-message", never=("client-sent-empty-certificate",)),
        "failed_by_server",
    ),
    login(
        "certificate-verify-missing-tlslite-openssl",
        "The client shows a certificate and does not prove that it holds the key.",
        clients.tlslite("alice-rsa.pem", leave_out="certificate_verify"),
        servers.openssl(),
        failure("certificate-verify-missing", never=("client-sent-empty-certificate",)),
        "failed_by_server",
    ),
)

UNANSWERED: tuple[Scenario, ...] = (*_EMPTY, *_ODD_CLIENTS)
