"""Requests for a certificate that come in a renegotiation, with their keys."""

from __future__ import annotations

from .. import clients, servers
from ..network import SERVER
from ..scenarios import Scenario, empty, failure, good, login

_LATE = "late-request-by-renegotiation"

_REFUSES = "client-refused-renegotiation"

_REFUSED = "server-refused-renegotiation"

_JAVA_WITHOUT_RFC_5746 = (
    "-Djdk.tls.server.disableExtensions=renegotiation_info -Dsun.security.ssl.allowUnsafeRenegotiation=true"
)

_TOO_LARGE = failure("upload-blocks-late-request", never=("tls-succeeded-application-refused",))

_SMALL_BUFFER = "<Location />\n  SSLRenegBufferSize 2048\n  </Location>"
"""In place of 131,072, so that a small upload is too large."""

_PATIENT = "sleep .4; echo hello; sleep 1.2"

_UPLOADS = (
    login(
        "upload-too-large-curl-apache",
        "The first request to a place that wants a certificate is an upload, too large for Apache to keep: 413.",
        clients.curl(options="--data-binary @peer.py"),
        servers.apache(per_location=True, options=_SMALL_BUFFER),
        _TOO_LARGE,
        "completed",
        key_log="client",
        expected_server="shop.example",
    ),
    login(
        "tls13-upload-too-large-curl-apache",
        "The same over TLS 1.3.",
        clients.curl(options="--data-binary @peer.py", version="--tlsv1.3"),
        servers.apache(per_location=True, protocol="TLSv1.3", options=_SMALL_BUFFER),
        _TOO_LARGE,
        "completed",
        key_log="client",
        expected_server="shop.example",
    ),
    login(
        "upload-misses-hello-request-python-openssl",
        "The server begins a second handshake while the client uploads and does not read.",
        clients.own("uploading_client.py", SERVER, "443", "root-a.pem", "alice.pem", "6"),
        servers.openssl(auth="none", options="-no_resumption_on_reneg", typed="sleep .8; echo R; sleep 5"),
        failure(_REFUSES, never=("tls-succeeded",), confidence="likely"),
        ("completed", "aborted"),
        key_log="client",
    ),
)

RENEGOTIATION: tuple[Scenario, ...] = (
    *_UPLOADS,
    login(
        "renegotiation-good-curl-apache",
        "Apache asks for one place only, once it has read the request: a good login in a renegotiation, AES-256-GCM.",
        clients.curl(),
        servers.apache(per_location=True),
        good(_REFUSES, "server-never-asked", findings=(_LATE,)),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "renegotiation-good-cbc-etm-openssl-apache",
        "The same with AES-128-CBC-SHA and encrypt-then-MAC.",
        clients.openssl(options="-cipher ECDHE-ECDSA-AES128-SHA"),
        servers.apache(per_location=True),
        good(findings=(_LATE,)),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "renegotiation-good-cbc-go-apache",
        "The same by a Go client that allows one renegotiation, with AES-256-CBC-SHA; Go knows no encrypt-then-MAC.",
        clients.go(options="-renegotiate -ciphers TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
        servers.apache(per_location=True),
        good(findings=(_LATE,)),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "renegotiation-good-chacha20-curl-apache",
        "The same with ChaCha20-Poly1305.",
        clients.curl(options="--ciphers ECDHE-ECDSA-CHACHA20-POLY1305"),
        servers.apache(per_location=True),
        good(findings=(_LATE,)),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "renegotiation-good-cbc-sha256-java-apache",
        "The same by a Java client with AES-128-CBC-SHA256; Java knows no encrypt-then-MAC.",
        clients.java(options="-Djdk.tls.client.cipherSuites=TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
        servers.apache(per_location=True),
        good(findings=(_LATE,)),
        ("completed", "completed"),
        key_log="server",
    ),
    login(
        "renegotiation-good-rsa-node-apache",
        "The same by a Node client with an RSA key.",
        clients.node("alice-rsa.pem"),
        servers.apache(per_location=True),
        good(findings=(_LATE,)),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "renegotiation-empty-curl-apache",
        "No certificate in the renegotiation, which the server required.",
        clients.curl(None),
        servers.apache(per_location=True),
        empty(_LATE),
        ("completed", "failed_by_server"),
        key_log="client",
    ),
    login(
        "renegotiation-empty-accepted-curl-apache",
        "No certificate in the renegotiation, and the server goes on without one.",
        clients.curl(None, options="--ciphers ECDHE-ECDSA-AES256-SHA384"),
        servers.apache(verify="optional", per_location=True),
        empty(_LATE, accepted=True),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "renegotiation-expired-curl-apache",
        "An expired certificate in the renegotiation.",
        clients.curl("expired.pem"),
        servers.apache(per_location=True),
        failure("client-certificate-expired", _LATE, confidence="proved"),
        ("completed", "failed_by_server"),
        key_log="client",
    ),
    login(
        "renegotiation-list-excludes-issuer-openssl-apache",
        "A certificate of another PKI in the renegotiation, with AES-128-CBC-SHA256 and encrypt-then-MAC.",
        clients.openssl("bob.pem", chain="issuing-b.pem", options="-cipher ECDHE-ECDSA-AES128-SHA256"),
        servers.apache(per_location=True),
        failure("ca-list-excludes-issuer", _LATE),
        ("completed", "failed_by_server"),
        key_log="client",
    ),
    login(
        "renegotiation-good-openssl-openssl",
        "The operator of s_server asks by typing R.",
        clients.openssl(typed=_PATIENT),
        servers.openssl(auth="none", options="-no_resumption_on_reneg", typed="sleep .8; echo R; sleep 2"),
        good(findings=(_LATE,)),
        ("completed", "completed"),
        key_log="server",
    ),
    login(
        "renegotiation-good-tls10-openssl-openssl",
        "The same in TLS 1.0, where the initialisation vector is the last block before.",
        clients.openssl(version="-tls1", options="-cipher ALL@SECLEVEL=0 -no_etm", typed=_PATIENT),
        servers.openssl(
            version="-tls1",
            options="-cipher ALL@SECLEVEL=0 -no_resumption_on_reneg",
            auth="none",
            typed="sleep .8; echo R; sleep 2",
        ),
        good(findings=(_LATE,)),
        ("completed", "completed"),
        key_log="server",
    ),
    login(
        "renegotiation-by-client-openssl-openssl",
        "The client begins the renegotiation; the server has already seen its certificate and does not ask again.",
        clients.openssl(typed="sleep .5; echo R; sleep .5; echo bye; sleep .3"),
        servers.openssl(options="-client_renegotiation"),
        good(_REFUSES),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "renegotiation-by-client-refused-openssl-openssl",
        "The client has logged in and begins a renegotiation; the server refuses that with no_renegotiation.",
        clients.openssl(typed="sleep .5; echo R; sleep .5; echo bye; sleep .3"),
        servers.openssl(),
        failure(_REFUSED, never=(_REFUSES, "client-rejected-server-certificate")),
        ("completed", "failed_by_client"),
        key_log="client",
    ),
    login(
        "renegotiation-by-client-refused-never-asked-openssl-openssl",
        "The server does not ask for a certificate, and refuses the renegotiation that the client begins.",
        clients.openssl(typed="sleep .5; echo R; sleep .5; echo bye; sleep .3"),
        servers.openssl(auth="none"),
        failure(_REFUSED, never=(_REFUSES, "client-rejected-server-certificate")),
        ("completed", "failed_by_client"),
        key_log="client",
    ),
    login(
        "renegotiation-by-client-refused-openssl-nginx",
        "The same, refused by nginx.",
        clients.openssl(typed="sleep .5; echo R; sleep .5; echo bye; sleep .3"),
        servers.nginx(),
        failure(_REFUSED, never=(_REFUSES, "client-rejected-server-certificate")),
        ("completed", "failed_by_client"),
        key_log="client",
    ),
    login(
        "renegotiation-refused-go-apache",
        "Apache asks late; a Go client allows no renegotiation and says so in a warning.",
        clients.go(),
        servers.apache(per_location=True),
        failure(_REFUSES, never=("client-sent-empty-certificate", "server-never-asked")),
        ("completed", "failed_by_server"),
        key_log="client",
    ),
    login(
        "renegotiation-good-gnutls-apache",
        "A good login by gnutls-cli in the renegotiation.",
        clients.gnutls(patient=True),
        servers.apache(per_location=True),
        good(_REFUSES, findings=(_LATE,)),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "renegotiation-good-openssl-java",
        "A Java server asks in a renegotiation.",
        clients.openssl(),
        servers.java(mode="late"),
        good(_REFUSES, "insecure-renegotiation", findings=(_LATE,)),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "renegotiation-insecure-openssl-java",
        "A Java server without RFC 5746 asks in a renegotiation, and the client was told to bear it.",
        clients.openssl(options="-legacy_server_connect -legacy_renegotiation"),
        servers.java(mode="late", options=_JAVA_WITHOUT_RFC_5746),
        good(_REFUSES, findings=(_LATE, "insecure-renegotiation")),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "renegotiation-insecure-refused-gnutls-java",
        "A Java server without RFC 5746 asks in a renegotiation, and GnuTLS finds the ServerHello unsafe.",
        clients.gnutls(patient=True),
        servers.java(mode="late", options=_JAVA_WITHOUT_RFC_5746),
        failure("insecure-renegotiation"),
        ("completed", "aborted"),
        key_log="client",
    ),
    login(
        "renegotiation-insecure-refused-curl-java",
        "A server without RFC 5746, which OpenSSL 3 refuses at its ServerHello.",
        clients.curl(),
        servers.java(mode="late", options=_JAVA_WITHOUT_RFC_5746),
        failure("insecure-renegotiation"),
        "failed_by_client",
        key_log="client",
    ),
    login(
        "renegotiation-refused-openssl-apache",
        "Apache asks late; an OpenSSL client was told to allow no renegotiation.",
        clients.openssl(options="-no_renegotiation"),
        servers.apache(per_location=True),
        failure(_REFUSES, never=("client-sent-empty-certificate", "server-never-asked")),
        ("completed", "failed_by_server"),
        key_log="client",
    ),
)
