"""The table of recordings in which the client's certificate has a flaw, the list does, or the name is missing."""

from __future__ import annotations

from .. import clients, servers
from ..network import SERVER
from ..scenarios import Scenario, empty, failure, good, login
from ..truth import Expect

_NO_LEVEL = "-cipher DEFAULT@SECLEVEL=0"
"""OpenSSL would not even load the client's own weak certificate."""

_OVER_64_KIB = ("history", "client_certificate", "certificate_verify")
"""tshark 4.0 takes a handshake message of more than 64 KiB for an encrypted one."""

_CUT = ("history", "client_certificate", "certificate_verify")
"""Of a message without its end tshark says nothing."""
_CUT_SHORT = failure(
    "certificate-message-too-long", never=("client-sent-no-certificate-message", "server-closed-without-alert")
)

FLAWED: tuple[Scenario, ...] = (
    login(
        "revoked-curl-openssl",
        "A revoked certificate, and a server that has the list: certificate_revoked.",
        clients.curl("revoked.pem"),
        servers.openssl(options="-crl_check -CRL crls.pem"),
        failure("certificate-revoked", never=("unknown-issuer",), confidence="proved"),
        "failed_by_server",
    ),
    login(
        "revoked-openssl-apache",
        "The same to Apache.",
        clients.openssl("revoked.pem"),
        servers.apache(options="SSLCARevocationFile crls.pem\n  SSLCARevocationCheck leaf"),
        failure("certificate-revoked", confidence="proved"),
        "failed_by_server",
    ),
    login(
        "revoked-but-unchecked-curl-haproxy",
        "A revoked certificate, and a server that has no list: nothing on the wire tells it from a good one.",
        clients.curl("revoked.pem"),
        servers.haproxy(),
        good("certificate-revoked"),
        "completed",
    ),
    login(
        "list-out-of-date-curl-openssl",
        "A good certificate, and a server whose revocation list should have been renewed a month ago.",
        clients.curl(),
        servers.openssl(options="-crl_check -CRL crls-old.pem"),
        failure("revocation-list-expired", never=("client-certificate-expired", "certificate-revoked")),
        "failed_by_server",
    ),
    login(
        "key-usage-curl-openssl",
        "The key usage of the client's certificate allows key encipherment only: unsupported_certificate.",
        clients.curl("key-encipherment.pem"),
        servers.openssl(),
        failure(
            "key-usage-forbids-signature",
            never=("client-certificate-lacks-client-auth-eku",),
            confidence="proved",
        ),
        "failed_by_server",
    ),
    login(
        "key-usage-openssl-gnutls",
        "The same to a GnuTLS server, which answers internal_error.",
        clients.openssl("key-encipherment.pem"),
        servers.gnutls(),
        failure("key-usage-forbids-signature"),
        "failed_by_server",
    ),
    login(
        "key-usage-curl-go",
        "The same to a Go server, which does not look.",
        clients.curl("key-encipherment.pem"),
        servers.go(),
        good(findings=("key-usage-forbids-signature",)),
        "completed",
    ),
    login(
        "key-usage-agreement-curl-openssl",
        "The key usage allows key agreement only, with which OpenSSL is content.",
        clients.curl("key-agreement.pem"),
        servers.openssl(),
        good(findings=("key-usage-forbids-signature",)),
        "completed",
    ),
    login(
        "sha1-openssl-openssl",
        "The client's certificate is signed with SHA-1, which the server's security level refuses.",
        clients.openssl("sha1.pem", options=_NO_LEVEL),
        servers.openssl(),
        failure("weak-signature"),
        "failed_by_server",
    ),
    login(
        "sha1-openssl-openssl-lenient",
        "The same to a server whose security level allows it.",
        clients.openssl("sha1.pem", options=_NO_LEVEL),
        servers.openssl(options=_NO_LEVEL),
        good(findings=("weak-signature",)),
        "completed",
    ),
    login(
        "rsa1024-openssl-openssl",
        "The client's RSA key has 1,024 bits, which the server's security level refuses.",
        clients.openssl("rsa1024.pem", options=_NO_LEVEL),
        servers.openssl(),
        failure("weak-signature"),
        "failed_by_server",
    ),
    login(
        "deep-chain-curl-openssl",
        "Three intermediates between leaf and root, and a server that allows one.",
        clients.curl("deep.pem"),
        servers.openssl(options="-verify_depth 1"),
        failure("chain-too-long", never=("unknown-issuer", "ca-list-excludes-issuer", "intermediate-missing")),
        "failed_by_server",
    ),
    login(
        "deep-chain-curl-go",
        "The same chain to a Go server, which has no such limit.",
        clients.curl("deep.pem"),
        servers.go(),
        good("chain-too-long"),
        "completed",
    ),
    login(
        "deep-chain-curl-nginx",
        "The same chain to nginx with its default depth of one: TLS completes, the refusal is HTTP 400 inside.",
        clients.curl("deep.pem"),
        servers.nginx(depth=1),
        good(),
        "completed",
    ),
    login(
        "issuer-for-servers-only-curl-openssl",
        "The leaf may log in, the CA above it may only issue for servers: unsupported_certificate.",
        clients.curl("below-web-ca.pem"),
        servers.openssl(),
        failure("issuing-ca-forbids-client-auth", never=("client-certificate-lacks-client-auth-eku",)),
        "failed_by_server",
    ),
    login(
        "issuer-for-servers-only-curl-go",
        "The same to a Go server.",
        clients.curl("below-web-ca.pem"),
        servers.go(),
        failure("issuing-ca-forbids-client-auth", never=("client-certificate-lacks-client-auth-eku",)),
        "failed_by_server",
    ),
    login(
        "issuer-is-a-leaf-curl-openssl",
        "The client's certificate was issued with another leaf's key.",
        clients.curl("below-leaf.pem"),
        servers.openssl(),
        failure("issuer-is-not-a-ca"),
        "failed_by_server",
    ),
    login(
        "issuer-is-a-leaf-curl-java",
        "The same to a Java server.",
        clients.curl("below-leaf.pem"),
        servers.java(),
        failure("issuer-is-not-a-ca"),
        "failed_by_server",
    ),
    login(
        "issuer-is-a-leaf-curl-go",
        "The same to a Go server.",
        clients.curl("below-leaf.pem"),
        servers.go(),
        failure("issuer-is-not-a-ca"),
        "failed_by_server",
    ),
    login(
        "public-ca-curl-openssl",
        "A web server's certificate of a public CA, as issued today: for servers only.",
        clients.curl("public.pem"),
        servers.openssl(names="public-root.pem"),
        failure("public-ca-dropped-client-auth", "client-certificate-lacks-client-auth-eku"),
        "failed_by_server",
    ),
    login(
        "list-names-a-leaf-go-openssl",
        "Instead of a CA the list names a leaf; the client finds no match and sends nothing.",
        clients.go(),
        servers.openssl(names="bob-leaf.pem", trust="root-a.pem"),
        empty(never=("ca-list-names-only-roots", "ca-list-names-only-intermediates")),
        "failed_by_server",
        trust="bob-leaf.pem",
    ),
    login(
        "list-names-its-own-leaf-curl-openssl",
        "The list names the client's own certificate instead of its CA.",
        clients.curl("bob.pem"),
        servers.openssl(names="bob-leaf.pem", trust="root-a.pem"),
        failure("ca-list-excludes-issuer", "ca-list-names-end-entity"),
        "failed_by_server",
    ),
    login(
        "list-differs-in-encoding-go-nginx-intended",
        "The list names the root in another string type; with the client's file it is plain why Go finds none.",
        clients.go(),
        servers.nginx(names="root-a-printable.pem"),
        Expect(
            verdict="ca-list-name-differs-in-encoding",
            severity="warning",
            findings=("ca-list-name-differs-in-encoding", "client-sent-empty-certificate"),
        ),
        "completed",
        client_cert="alice.pem",
    ),
    *(
        login(
            f"refused-list-differs-in-encoding-curl-{name}",
            f"The server's CA is the client's root in another string type: {words}.",
            clients.curl(),
            server,
            failure(
                "ca-name-differs-in-encoding",
                "server-refused-client-certificate",
                never=("server-policy-refused", "unknown-issuer"),
            ),
            "failed_by_server",
        )
        for name, server, words in (
            ("go", servers.go(roots="root-a-printable.pem"), "Go compares bytes and knows no such CA"),
            ("gnutls", servers.gnutls(roots="root-a-printable.pem"), "GnuTLS compares bytes and knows no such CA"),
        )
    ),
    login(
        "sni-missing-wget-nginx",
        "The client sends no server name, and the server refuses everybody who does not name it.",
        clients.wget(),
        servers.nginx(refuses_other_names=True),
        failure("sni-missing", never=("no-common-cipher-suite", "sni-unexpected")),
        "failed_by_server",
    ),
    login(
        "sni-unexpected-curl-nginx",
        "The client names a server that is not served here.",
        clients.curl(options=f"https://other.example/ --resolve other.example:443:{SERVER}", urls=0),
        servers.nginx(refuses_other_names=True),
        failure("sni-unexpected", never=("no-common-cipher-suite", "sni-missing")),
        "failed_by_server",
    ),
    login(
        "hello-refused-without-name-wget-go",
        "The client sends no server name, and Go has no certificate without one: internal_error.",
        clients.wget(),
        servers.go(options="-strict-sni"),
        failure("sni-missing", "server-refused-hello", never=("no-common-cipher-suite", "server-broke-off-its-flight")),
        "failed_by_server",
    ),
    login(
        "hello-refused-for-its-name-curl-go",
        "The client names a server for which Go has no certificate: internal_error, which says nothing of names.",
        clients.curl(options=f"https://other.example/ --resolve other.example:443:{SERVER}", urls=0),
        servers.go(options="-strict-sni"),
        failure("server-refused-hello", never=("sni-missing", "sni-unexpected", "server-broke-off-its-flight")),
        "failed_by_server",
    ),
    login(
        "message-too-long-curl-openssl",
        "The client sends 202 certificates, more bytes than OpenSSL takes (100 KiB).",
        clients.curl("alice-crowd-200.pem"),
        servers.openssl(),
        failure("certificate-message-too-long", never=("unknown-issuer",)),
        "failed_by_server",
        misread=_OVER_64_KIB,
    ),
    login(
        "message-too-long-curl-java",
        "The client sends 62 certificates, more bytes than Java takes (32 KiB).",
        clients.curl("alice-crowd-60.pem"),
        servers.java(),
        failure("certificate-message-too-long"),
        "failed_by_server",
        misread=("history", "certificate_verify"),  # tshark 4.0 stops at an assertion of its own
    ),
    login(
        "message-cut-short-go-go",
        "The client sends 202 certificates, more bytes than Go takes, and is refused while it sends them.",
        clients.go("alice-crowd-200.pem"),
        servers.go(),
        _CUT_SHORT,
        "failed_by_server",
        misread=_CUT,
        container="capture.pcap.gz",
    ),
    login(
        "message-cut-short-curl-haproxy",
        "The same to HAProxy: illegal_parameter.",
        clients.curl("alice-crowd-200.pem"),
        servers.haproxy(),
        _CUT_SHORT,
        "failed_by_server",
        misread=_CUT,
        container="capture.pcap.gz",
    ),
    login(
        "deep-chain-curl-java",
        "A chain of four certificates to a Java server that was told to take two.",
        clients.curl("deep.pem"),
        servers.java(options="-Djdk.tls.maxCertificateChainLength=2"),
        failure("chain-too-long", confidence="possible"),
        "failed_by_server",
    ),
    login(
        "depth-counts-root-curl-apache",
        "A chain with one intermediate to Apache with SSLVerifyDepth 1, which counts the root: internal_error.",
        clients.curl(),
        servers.apache(options="SSLVerifyDepth 1"),
        failure("chain-too-long", never=("unknown-issuer", "server-policy-refused")),
        "failed_by_server",
    ),
    login(
        "chain-of-17-curl-gnutls",
        "A good chain with 15 certificates behind it that do not belong there; GnuTLS takes 16 in all: access_denied.",
        clients.curl("alice-crowd-15.pem"),
        servers.gnutls(),
        failure("chain-too-long", "chain-out-of-order", never=("server-policy-refused",)),
        "failed_by_server",
    ),
    login(
        "chain-out-of-order-curl-openssl",
        "The client sends its leaf, the root, and the intermediate last; OpenSSL does not mind.",
        clients.curl("alice-shuffled.pem"),
        servers.openssl(),
        good(findings=("chain-out-of-order",)),
        "completed",
    ),
    login(
        "policy-curl-go",
        "Nothing is wrong with the certificate; the server lets only another name in: bad_certificate.",
        clients.curl(),
        servers.go(options="-only bob"),
        failure("server-policy-refused", never=("unknown-issuer",)),
        "failed_by_server",
    ),
    login(
        "intercepted-curl-mitmproxy",
        "A middlebox answers in the server's place, with a certificate of its own; it never asks for one.",
        clients.curl(roots="mitm/mitmproxy-ca-cert.pem"),
        (servers.openssl(address=f"{SERVER}:4443"), servers.mitmproxy(behind=4443)),
        Expect(
            verdict="tls-intercepted",
            severity="warning",
            findings=("tls-intercepted", "server-never-asked"),
        ),
        "completed",
    ),
    login(
        "intercepted-unknown-ca-curl-mitmproxy",
        "The same, and the client does not know the middlebox's CA.",
        clients.curl(),
        (servers.openssl(address=f"{SERVER}:4443"), servers.mitmproxy(behind=4443)),
        failure("tls-intercepted", "client-rejected-server-certificate"),
        "failed_by_client",
    ),
    login(
        "misdirected-curl-apache",
        "The request is for another name than the connection was made for: 421 Misdirected Request.",
        clients.curl(version="--tlsv1.3", options="-H Host:other.example"),
        servers.apache(
            protocol="TLSv1.3",
            options="</VirtualHost>\n<VirtualHost *:443>\n  ServerName other.example\n  SSLEngine on\n"
            "  SSLCertificateFile server.pem\n  SSLVerifyClient none",
        ),
        failure("connection-reused-for-other-name"),
        "completed",
        key_log="client",
    ),
    login(
        "misdirected-curl-nginx",
        "The same to nginx, where the name of the connection asks for certificates.",
        clients.curl(options="-H Host:other.example"),
        servers.nginx(
            options=f"}}\n  server {{ server_name third.example; listen {SERVER}:443 ssl; "
            "ssl_certificate server.pem; ssl_certificate_key server.pem;"
        ),
        failure("connection-reused-for-other-name"),
        "completed",
        key_log="client",
    ),
)
