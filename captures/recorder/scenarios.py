"""The table of recordings: which ends meet, and what a diagnosis must say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from . import clients, servers
from .network import SERVER, SERVER_V6
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

_REFUSED = (
    login(
        "unknown-issuer-curl-openssl",
        "An empty list and a certificate of a CA that the server does not know: unknown_ca.",
        clients.curl("bob.pem"),
        servers.openssl(names=None, trust="root-a.pem"),
        failure("unknown-issuer", never=("ca-list-excludes-issuer", "self-signed-client-certificate")),
        "failed_by_server",
    ),
    login(
        "unknown-issuer-curl-go",
        "The same to a Go 1.19 server, which answers bad_certificate to everything.",
        clients.curl("bob.pem"),
        servers.go(roots=None),
        failure("server-refused-client-certificate", never=("ca-list-excludes-issuer",)),
        "failed_by_server",
    ),
    login(
        "list-excludes-issuer-openssl-java",
        "The client sends its whole chain, of which the list names nothing; Java answers certificate_unknown.",
        clients.openssl("bob.pem", chain="issuing-b.pem"),
        servers.java(),
        failure("ca-list-excludes-issuer", never=("intermediate-missing",)),
        "failed_by_server",
    ),
    login(
        "list-excludes-issuer-curl-openssl",
        "List and trust are Corp Root B, the client's chain leads to Corp Root A.",
        clients.curl(),
        servers.openssl(names="root-b.pem"),
        failure("ca-list-excludes-issuer", never=("intermediate-missing", "self-signed-client-certificate")),
        "failed_by_server",
    ),
    login(
        "intermediate-missing-curl-openssl",
        "The client sends its leaf alone; the server knows only the root.",
        clients.curl("alice-leaf.pem"),
        servers.openssl(),
        failure("intermediate-missing", never=("ca-list-excludes-issuer", "self-signed-client-certificate")),
        "failed_by_server",
    ),
    login(
        "intermediate-missing-but-known-curl-haproxy",
        "The client sends its leaf alone; the server knows the intermediate and is content.",
        clients.curl("alice-leaf.pem"),
        servers.haproxy(names="root-a.pem", trust="issuing.pem"),
        good(),
        "completed",
    ),
    login(
        "self-signed-openssl-openssl",
        "The client's certificate is signed by itself.",
        clients.openssl("self-signed.pem", chain=None),
        servers.openssl(),
        failure("self-signed-client-certificate", never=("intermediate-missing",)),
        "failed_by_server",
    ),
    login(
        "self-signed-curl-apache",
        "The same to Apache.",
        clients.curl("self-signed.pem"),
        servers.apache(),
        failure("self-signed-client-certificate", never=("intermediate-missing",)),
        "failed_by_server",
    ),
    login(
        "expired-curl-openssl",
        "An expired certificate: certificate_expired.",
        clients.curl("expired.pem"),
        servers.openssl(),
        failure(
            "client-certificate-expired",
            never=("client-certificate-not-yet-valid", "ca-list-excludes-issuer", "unknown-issuer"),
            confidence="proved",
        ),
        "failed_by_server",
    ),
    login(
        "expired-node-java",
        "An expired certificate: Java answers certificate_unknown.",
        clients.node("expired.pem"),
        servers.java(),
        failure("client-certificate-expired"),
        "failed_by_server",
    ),
    login(
        "expired-python-go",
        "An expired certificate: Go 1.19 answers bad_certificate.",
        clients.python("expired.pem"),
        servers.go(),
        failure("client-certificate-expired"),
        "failed_by_server",
    ),
    login(
        "expired-gnutls-gnutls",
        "An expired certificate: what a GnuTLS server says.",
        clients.gnutls("expired.pem"),
        servers.gnutls(),
        failure("client-certificate-expired"),
        "failed_by_server",
    ),
    login(
        "expired-curl-nginx",
        "An expired certificate: TLS completes and nginx answers HTTP 400 inside the encryption.",
        clients.curl("expired.pem"),
        servers.nginx(),
        good(findings=("client-certificate-expired",)),
        "completed",
    ),
    login(
        "not-yet-valid-curl-haproxy",
        "A certificate that is not valid before 2045.",
        clients.curl("future.pem"),
        servers.haproxy(),
        failure("client-certificate-not-yet-valid", never=("client-certificate-expired",)),
        "failed_by_server",
    ),
    login(
        "server-eku-curl-openssl",
        "A certificate for servers only: unsupported_certificate.",
        clients.curl("server-eku.pem"),
        servers.openssl(),
        failure("client-certificate-lacks-client-auth-eku", confidence="proved"),
        "failed_by_server",
    ),
    login(
        "server-eku-openssl-gnutls",
        "A certificate for servers only, which GnuTLS accepts.",
        clients.openssl("server-eku.pem"),
        servers.gnutls(),
        good(),
        "completed",
    ),
    login(
        "no-eku-curl-openssl",
        "A certificate without extended key usage, good for everything.",
        clients.curl("no-eku.pem"),
        servers.openssl(),
        good("client-certificate-lacks-client-auth-eku"),
        "completed",
    ),
    login(
        "any-eku-curl-go",
        "A certificate with anyExtendedKeyUsage alone, which Go accepts.",
        clients.curl("any-eku.pem"),
        servers.go(),
        good("client-certificate-lacks-client-auth-eku"),
        "completed",
    ),
    login(
        "any-eku-curl-openssl",
        "A certificate with anyExtendedKeyUsage alone, which OpenSSL refuses as unsupported_certificate.",
        clients.curl("any-eku.pem"),
        servers.openssl(),
        failure("server-refused-client-certificate", never=("client-certificate-lacks-client-auth-eku",)),
        "failed_by_server",
    ),
    login(
        "dropped-curl-node",
        "Node drops the connection instead of its Finished, without an alert.",
        clients.curl("bob.pem"),
        servers.node(),
        failure("ca-list-excludes-issuer", never=("client-rejected-server-certificate",)),
        "aborted",
    ),
    login(
        "dropped-after-finished-curl-python",
        "The server completes the handshake, dislikes the certificate's name and closes without a word.",
        clients.curl(),
        servers.python(options="--allow nobody"),
        failure("server-closed-without-alert", never=("client-rejected-server-certificate", "tls-succeeded")),
        "completed",
    ),
    login(
        "java-java-list-excludes-issuer",
        "Java on both ends: the client finds no certificate for the list and sends none.",
        clients.java("bob.p12"),
        servers.java(),
        empty(),
        "failed_by_server",
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
        Expect(
            verdict="none",
            severity="none",
            not_findings=("server-never-asked", "server-closed-without-alert", "client-closed-after-request"),
        ),
        "aborted",
    ),
)

_BIG_LISTS = (
    login(
        "big-ca-list-11451-openssl-openssl",
        "A list of 11,451 bytes, under every limit; the client has no certificate.",
        clients.openssl(None),
        servers.openssl(names="crowd-70.pem"),
        empty(never=("ca-list-exceeds-schannel-limit", "ca-list-spans-records", "ca-list-is-public-trust-store")),
        "failed_by_server",
    ),
    login(
        "big-ca-list-13081-curl-openssl",
        "A good login with a list of 13,081 bytes, over the limit that one article gives for Windows.",
        clients.curl(),
        servers.openssl(names="crowd-80.pem"),
        good(
            "ca-list-spans-records",
            "ca-list-truncated-by-schannel",
            findings=("ca-list-exceeds-schannel-limit",),
        ),
        "completed",
    ),
    login(
        "big-ca-list-16341-curl-openssl",
        "A good login with a list that ends within one name of 16,384 bytes and holds the client's root.",
        clients.curl(),
        servers.openssl(names="crowd-100.pem"),
        good("ca-list-truncated-by-schannel"),
        "completed",
    ),
    login(
        "big-ca-list-17971-java-nginx",
        "A good login by Java with a list of 17,971 bytes, which spans two records.",
        clients.java(),
        servers.nginx(names="crowd-110.pem"),
        good(
            "ca-list-exceeds-java-limit",
            "ca-list-length-overflow",
            findings=("ca-list-spans-records", "ca-list-exceeds-schannel-limit"),
        ),
        "completed",
    ),
    login(
        "big-ca-list-37531-java-openssl",
        "A list of 37,531 bytes: Java gives up at a message over 32,768.",
        clients.java(),
        servers.openssl(names="crowd-230.pem"),
        failure(
            "ca-list-exceeds-java-limit",
            "ca-list-spans-records",
            never=("ca-list-length-overflow", "client-rejected-server-certificate", "client-closed-after-request"),
        ),
        "failed_by_client",
    ),
    login(
        "big-ca-list-37531-curl-openssl-offload",
        "The same list accepted by curl; recorded with segmentation offload, in segments beyond the MTU.",
        clients.curl(),
        servers.openssl(names="crowd-230.pem"),
        good("ca-list-length-overflow"),
        "completed",
        offload=True,
    ),
    login(
        "big-ca-list-71761-curl-openssl",
        "71,761 bytes of names do not fit the 16-bit length: OpenSSL fails before it asks.",
        clients.curl(),
        servers.openssl(names="crowd-440.pem"),
        Expect(verdict="none", severity="none", not_findings=("server-refused-client-certificate",)),
        "failed_by_server",
    ),
    login(
        "public-trust-store-curl-nginx",
        "nginx lists every public CA of the machine; the client's private CA is not among them.",
        clients.curl(),
        servers.nginx(names="/etc/ssl/certs/ca-certificates.crt", trust="root-a.pem"),
        good(findings=("ca-list-is-public-trust-store",)),
        "completed",
    ),
    login(
        "public-trust-store-empty-go-openssl",
        "The server lists every public CA of the machine; a client of a private CA sends nothing.",
        clients.go(),
        servers.openssl(names="/etc/ssl/certs/ca-certificates.crt", trust="root-a.pem"),
        empty("ca-list-is-public-trust-store"),
        "failed_by_server",
    ),
)

_CARRIERS = (
    login(
        "good-openssl-python-starttls-smtp",
        "A good login after STARTTLS in SMTP.",
        clients.openssl(address=f"{SERVER}:25", options="-starttls smtp", stdin="QUIT\r\n"),
        servers.own("smtp_server.py", SERVER, "25", "root-a.pem", port=25),
        good(),
        "completed",
        ports=(25,),
        tls_ports=(),
    ),
    login(
        "empty-openssl-python-starttls-smtp",
        "No certificate after STARTTLS in SMTP.",
        clients.openssl(None, address=f"{SERVER}:25", options="-starttls smtp", stdin="QUIT\r\n"),
        servers.own("smtp_server.py", SERVER, "25", "root-a.pem", port=25),
        empty("ca-list-empty"),
        "failed_by_server",
        ports=(25,),
        tls_ports=(),
    ),
    login(
        "good-psql-postgresql",
        "A good login to PostgreSQL, which begins with an SSLRequest in the clear.",
        clients.psql(),
        servers.postgresql(),
        good(),
        "completed",
        ports=(5432,),
        tls_ports=(),
    ),
    login(
        "empty-psql-postgresql",
        "No certificate: PostgreSQL completes TLS and refuses inside the encryption.",
        clients.psql(None),
        servers.postgresql(),
        empty(accepted=True),
        "completed",
        ports=(5432,),
        tls_ports=(),
    ),
    login(
        "expired-psql-postgresql",
        "An expired certificate to PostgreSQL.",
        clients.psql("expired.pem"),
        servers.postgresql(),
        failure("client-certificate-expired", confidence="proved"),
        "failed_by_server",
        ports=(5432,),
        tls_ports=(),
    ),
    login(
        "expired-curl-openssl-http-connect",
        "An expired certificate through an HTTP proxy, recorded between client and proxy.",
        clients.curl("expired.pem", options=f"--proxy http://{SERVER}:3128"),
        (servers.own("connect_proxy.py", SERVER, "3128", "443", port=3128), servers.openssl()),
        failure("client-certificate-expired", confidence="proved"),
        "failed_by_server",
        ports=(3128,),
        tls_ports=(),
    ),
    login(
        "good-openssl-nginx-proxy-v1",
        "A good login behind HAProxy, which sends the PROXY protocol's version 1; recorded behind it.",
        clients.openssl(address=f"{SERVER}:8443"),
        (
            servers.nginx(listen=f"{SERVER}:443 ssl proxy_protocol"),
            servers.haproxy(backend=f"{SERVER}:443 send-proxy", plain=True),
        ),
        good(),
        "completed",
    ),
    login(
        "empty-openssl-nginx-proxy-v2",
        "No certificate behind HAProxy, which sends the PROXY protocol's version 2; recorded behind it.",
        clients.openssl(None, address=f"{SERVER}:8443"),
        (
            servers.nginx(listen=f"{SERVER}:443 ssl proxy_protocol"),
            servers.haproxy(backend=f"{SERVER}:443 send-proxy-v2", plain=True),
        ),
        empty(accepted=True),
        "completed",
    ),
    login(
        "self-signed-openssl-python-ipv6",
        "A self-signed certificate over IPv6.",
        clients.openssl("self-signed.pem", chain=None, address=f"[{SERVER_V6}]:443"),
        servers.python(address=SERVER_V6),
        failure("self-signed-client-certificate"),
        "failed_by_server",
    ),
    login(
        "good-curl-openssl-offload",
        "A good login with a download, recorded with segmentation offload.",
        clients.curl(options="--http1.1"),
        servers.openssl(),
        good(),
        "completed",
        offload=True,
    ),
)

_OLD_VERSIONS = (
    login(
        "good-openssl-openssl-tls10",
        "A good login in TLS 1.0.",
        clients.openssl(version="-tls1", options="-cipher ALL@SECLEVEL=0"),
        servers.openssl(version="-tls1", options="-cipher ALL@SECLEVEL=0"),
        good("no-common-signature-scheme"),
        "completed",
    ),
    login(
        "empty-openssl-openssl-tls10",
        "No certificate in TLS 1.0.",
        clients.openssl(None, version="-tls1", options="-cipher ALL@SECLEVEL=0"),
        servers.openssl(version="-tls1", options="-cipher ALL@SECLEVEL=0"),
        empty(never=("no-common-signature-scheme",)),
        "failed_by_server",
    ),
    login(
        "good-openssl-openssl-tls11",
        "A good login in TLS 1.1.",
        clients.openssl(version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        servers.openssl(version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        good("no-common-signature-scheme"),
        "completed",
    ),
    login(
        "empty-openssl-openssl-tls11",
        "No certificate in TLS 1.1.",
        clients.openssl(None, version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        servers.openssl(version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        empty(never=("no-common-signature-scheme",)),
        "failed_by_server",
    ),
    login(
        "expired-openssl-openssl-tls11",
        "An expired certificate in TLS 1.1.",
        clients.openssl("expired.pem", version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        servers.openssl(version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        failure("client-certificate-expired", confidence="proved"),
        "failed_by_server",
    ),
    login(
        "sslv2-hello-empty-openssl",
        "TLS 1.0 opened with an SSLv2-style ClientHello by a hand-written client that has no certificate.",
        clients.own("old_hello.py", "sslv2-hello", SERVER, "443"),
        servers.openssl(certificate="server-rsa.pem", version="-tls1", options="-cipher ALL@SECLEVEL=0"),
        empty(),
        "failed_by_server",
    ),
    login(
        "ssl3-no-certificate-alert",
        "SSL 3.0, where the warning no_certificate is the empty answer.",
        clients.own("old_hello.py", "ssl3-client", SERVER, "443"),
        servers.own("old_hello.py", "ssl3-server", SERVER, "443"),
        empty(),
        "failed_by_server",
        kind="built",
        not_observed="Both ends are hand-written: no stack at hand still speaks SSL 3.0. Key exchange and Finished "
        "are random bytes.",
    ),
)

_ENCRYPTED = (
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

SCENARIOS: tuple[Scenario, ...] = (
    *_GOOD_LOGINS,
    *_NEVER_ASKED,
    *_EMPTY,
    *_REFUSED,
    *_ODD_CLIENTS,
    *_SERVER_CERTIFICATE,
    *_NEGOTIATION,
    *_BIG_LISTS,
    *_CARRIERS,
    *_OLD_VERSIONS,
    *_ENCRYPTED,
)
