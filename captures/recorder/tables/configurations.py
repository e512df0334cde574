"""The table of other configurations and versions: good logins by which the naming of stacks is checked.

The lists by which stacks are named were written before these were recorded, and from other recordings.
"""

from __future__ import annotations

from .. import clients, servers
from ..scenarios import Scenario, good, login
from ..truth import Expect

_POLICY = (
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:rsa_pss_pss_sha256:rsa_pss_rsae_sha256:rsa_pss_pss_sha384:"
    "rsa_pss_rsae_sha384:RSA+SHA256:RSA+SHA384:RSA+SHA512"
)
"""In another order than OpenSSL's own, as distributions' crypto policies write it."""
_MODERN = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"

CONFIGURATIONS: tuple[Scenario, ...] = (
    login(
        "set-curl-nginx",
        "curl with other ciphers and curves and no ALPN; nginx with sessions of a day and no tickets.",
        clients.curl(options=f"--ciphers {_MODERN} --curves P-384:P-256 --no-alpn"),
        servers.nginx(options=f"ssl_session_timeout 1d; ssl_session_tickets off; ssl_ciphers {_MODERN};"),
        good(),
        "completed",
    ),
    login(
        "set-tls13-curl-nginx",
        "curl over HTTP/1.1 with one cipher; nginx with sessions of a day.",
        clients.curl(version="--tlsv1.2", options="--http1.1 --tls13-ciphers TLS_AES_128_GCM_SHA256"),
        servers.nginx(protocols="TLSv1.2 TLSv1.3", options="ssl_session_timeout 1d;"),
        good(),
        "completed",
        key_log="client",
    ),
    login(
        "set-openssl-openssl",
        "OpenSSL at both ends, each with a list of signature schemes in the order of a crypto policy.",
        clients.openssl(options=f"-sigalgs {_POLICY} -groups P-256:X25519:P-521 -no_ticket -alpn h2"),
        servers.openssl(options=f"-client_sigalgs {_POLICY} -no_ticket"),
        good(),
        "completed",
    ),
    login(
        "set-go-newer-nginx",
        "A newer Go, which writes its extensions in another order.",
        clients.go(newer=True),
        servers.nginx(),
        good(),
        "completed",
    ),
    login(
        "set-tls13-go-newer-apache",
        "A newer Go with HTTP/2 and TLS 1.3.",
        clients.go(newer=True, low="1.2", high="1.3", options="-http2"),
        servers.apache(protocol="TLSv1.2 +TLSv1.3"),
        good(),
        "completed",
        key_log="client",
    ),
    login(
        "set-openssl-go-newer",
        "A newer Go as the server, with other cipher suites.",
        clients.openssl(),
        servers.go(newer=True, options="-ciphers TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        good(),
        "completed",
    ),
    login(
        "set-java-haproxy",
        "Java with one version, one cipher suite and one curve.",
        clients.java(
            options="-Djdk.tls.client.cipherSuites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 "
            "-Djdk.tls.namedGroups=secp256r1 -Djdk.tls.client.protocols=TLSv1.2"
        ),
        servers.haproxy(),
        good(),
        "completed",
    ),
    login(
        "set-java-newer-apache",
        "A newer Java with both versions.",
        clients.java(newer=True, protocols="TLSv1.3,TLSv1.2"),
        servers.apache(),
        good(),
        "completed",
    ),
    login(
        "set-curl-java-newer",
        "A newer Java as the server.",
        clients.curl(),
        servers.java(newer=True, protocols="TLSv1.3,TLSv1.2"),
        good(),
        "completed",
    ),
    login(
        "set-node-gnutls",
        "Node with ALPN, other ciphers and one curve; GnuTLS with a priority string.",
        clients.node(ALPNProtocols=["h2", "http/1.1"], ciphers=_MODERN, ecdhCurve="P-256"),
        servers.gnutls(
            priority="NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:-SIGN-ALL:+SIGN-ECDSA-SHA256:+SIGN-RSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-RSA-SHA384"
        ),
        good(),
        "completed",
    ),
    login(
        "set-gnutls-go",
        "GnuTLS with a priority string and ALPN.",
        clients.gnutls(
            priority="SECURE128:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3", options="--alpn http/1.1", patient=True
        ),
        servers.go(),
        good(),
        "completed",
    ),
    login(
        "set-python-python",
        "Python at both ends, each with its own ciphers.",
        clients.python(options=f"--ciphers {_MODERN}"),
        servers.python(options="--ciphers ECDHE+AESGCM"),
        good(),
        "completed",
    ),
    login(
        "set-nss-openssl",
        "NSS in TLS 1.2.",
        clients.nss(version="tls1.2"),
        servers.openssl(),
        good(),
        "completed",
    ),
    login(
        "set-curl-nss",
        "NSS as the server in TLS 1.2, whose extensions follow the order of the client's.",
        clients.curl(),
        servers.nss(version="tls1.2"),
        good(),
        "completed",
    ),
    login(
        "set-tls13-firefox-nginx",
        "Firefox leaves two connections when it is asked for a certificate, and gives it on a third.",
        clients.firefox(),
        servers.nginx(protocols="TLSv1.2 TLSv1.3"),
        Expect(
            connections=3,
            verdict="tls-succeeded",
            severity="note",
            findings=("client-closed-after-request", "tls-succeeded"),
            not_findings=("client-sent-empty-certificate",),
        ),
        ("aborted", "aborted", "completed"),
        key_log="server",
    ),
    login(
        "set-mbedtls-nginx",
        "Mbed TLS, which is not among the stacks that are named.",
        clients.mbedtls(),
        servers.nginx(),
        good(),
        "completed",
    ),
    login(
        "set-openssl-mbedtls",
        "Mbed TLS as the server, which is not named.",
        clients.openssl(),
        servers.mbedtls(),
        good(),
        "completed",
    ),
)
