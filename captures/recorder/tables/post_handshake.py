"""Requests for a certificate after the handshake of TLS 1.3, with their keys."""

from __future__ import annotations

from .. import clients, servers
from ..scenarios import Scenario, empty, failure, good, login

_GNUTLS_13 = "NORMAL:-VERS-ALL:+VERS-TLS1.3"

_PYTHON_13 = "--version TLSv1_3"

_REFUSED_BY_APPLICATION = "tls-succeeded-application-refused"

_PATIENT = "sleep .4; echo hello; sleep 1.2"

_NEEDS_OFFER = "late-request-needs-post-handshake-auth"

_UNANSWERED = "post-handshake-request-unanswered"

POST_HANDSHAKE: tuple[Scenario, ...] = (
    login(
        "post-handshake-good-curl-apache",
        "Apache asks for one place only, after the TLS 1.3 handshake: a good login, curl had offered that.",
        clients.curl(version="--tlsv1.3"),
        servers.apache(per_location=True, protocol="TLSv1.3"),
        good(_NEEDS_OFFER, _UNANSWERED, _REFUSED_BY_APPLICATION, "server-never-asked"),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "post-handshake-good-rsa-gnutls-apache",
        "The same by a GnuTLS client that was told to offer it, with an RSA key.",
        clients.gnutls("alice-rsa.pem", priority=_GNUTLS_13, options="--post-handshake-auth", patient=True),
        servers.apache(per_location=True, protocol="TLSv1.3"),
        good(_NEEDS_OFFER, _UNANSWERED),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "post-handshake-good-openssl-openssl",
        "The operator of s_server asks by typing c.",
        clients.openssl(version="-tls1_3", options="-enable_pha", typed=_PATIENT),
        servers.openssl(version="-tls1_3", auth="none", typed="sleep .8; echo c; sleep 2"),
        good(_NEEDS_OFFER, _UNANSWERED),
        ("completed", "completed"),
        key_log="server",
    ),
    login(
        "post-handshake-good-python-python",
        "A Python server asks with verify_client_post_handshake, a Python client had offered that.",
        clients.python(options=f"{_PYTHON_13} --post-handshake"),
        servers.python(options=f"{_PYTHON_13} --post-handshake"),
        good(_NEEDS_OFFER, _UNANSWERED),
        ("completed", "completed"),
        key_log="client",
    ),
    login(
        "post-handshake-empty-curl-apache",
        "No certificate after the handshake: Apache answers certificate_required.",
        clients.curl(None, version="--tlsv1.3"),
        servers.apache(per_location=True, protocol="TLSv1.3"),
        empty(never=(_NEEDS_OFFER, _UNANSWERED)),
        ("completed", "failed_by_server"),
        key_log="client",
    ),
    login(
        "post-handshake-expired-curl-apache",
        "An expired certificate after the handshake.",
        clients.curl("expired.pem", version="--tlsv1.3"),
        servers.apache(per_location=True, protocol="TLSv1.3"),
        failure("client-certificate-expired"),
        ("completed", "failed_by_server"),
        key_log="client",
    ),
    login(
        "post-handshake-never-offered-go-apache",
        "Apache wants a certificate late, Go has not offered post-handshake authentication: HTTP 403.",
        clients.go(low="1.3", high="1.3"),
        servers.apache(per_location=True, protocol="TLSv1.3"),
        failure(_NEEDS_OFFER, _REFUSED_BY_APPLICATION, never=(_UNANSWERED, "client-sent-empty-certificate")),
        "completed",
        key_log="client",
    ),
    login(
        "post-handshake-never-offered-java-apache",
        "The same by a Java client, which cannot offer it.",
        clients.java(protocols="TLSv1.3"),
        servers.apache(per_location=True, protocol="TLSv1.3"),
        failure(_NEEDS_OFFER, _REFUSED_BY_APPLICATION, never=(_UNANSWERED, "client-sent-empty-certificate")),
        "completed",
        key_log="server",
    ),
    login(
        "post-handshake-unanswered-python-python",
        "The client had offered post-handshake authentication and never reads the request.",
        clients.python(options=f"{_PYTHON_13} --post-handshake --deaf"),
        servers.python(options=f"{_PYTHON_13} --post-handshake"),
        failure(_UNANSWERED, never=(_NEEDS_OFFER, "client-sent-empty-certificate")),
        ("completed", "aborted"),
        key_log="client",
    ),
    login(
        "post-handshake-forbidden-by-http2-curl-apache",
        "Apache wants a certificate late in HTTP/2, which forbids that in TLS 1.3; curl comes back without HTTP/2.",
        clients.curl(version="--tlsv1.3", options="--http2"),
        servers.apache(
            per_location=True,
            protocol="TLSv1.3",
            modules=("http2",),
            mpm="event",
            options="Protocols h2 http/1.1",
        ),
        failure("http2-forbids-late-request", connections=2, never=("client-sent-empty-certificate",)),
        ("completed", "completed", "completed"),
        key_log="client",
    ),
    login(
        "post-handshake-forbidden-by-http2-go-apache",
        "The same by a Go client, which does not come back.",
        clients.go(low="1.3", high="1.3", options="-http2"),
        servers.apache(
            per_location=True,
            protocol="TLSv1.3",
            modules=("http2",),
            mpm="event",
            options="Protocols h2 http/1.1",
        ),
        failure("http2-forbids-late-request", never=("client-sent-empty-certificate",)),
        "completed",
        key_log="client",
    ),
    login(
        "renegotiation-forbidden-by-http2-curl-apache",
        "Apache wants to renegotiate in HTTP/2, which forbids that; curl comes back without HTTP/2.",
        clients.curl(options="--http2"),
        servers.apache(
            per_location=True,
            modules=("http2",),
            mpm="event",
            options="Protocols h2 http/1.1",
        ),
        failure("http2-forbids-late-request", connections=2, never=("client-sent-empty-certificate",)),
        ("completed", "completed", "completed"),
        key_log="client",
    ),
)
