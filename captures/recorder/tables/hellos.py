"""The table of recordings that end, or nearly end, at the hellos: no common application protocol, no resumption."""

from __future__ import annotations

from .. import clients, servers
from ..scenarios import Scenario, failure, good, login

_RULE = "no-common-application-protocol"
_MQTT = "x-amzn-mqtt-ca"
"""The name by which AWS IoT tells MQTT with a client certificate from its other services on port 443."""

_APPLICATION_PROTOCOL = (
    login(
        "no-common-application-protocol-curl-openssl",
        "curl offers HTTP, the server speaks MQTT only.",
        clients.curl(),
        servers.openssl(options=f"-alpn {_MQTT}"),
        failure(_RULE, never=("no-common-cipher-suite", "server-refused-client-certificate")),
        "failed_by_server",
    ),
    login(
        "no-common-application-protocol-openssl-nginx",
        "The client offers a protocol that is not HTTP.",
        clients.openssl(options="-alpn mqtt"),
        servers.nginx(),
        failure(_RULE, never=("no-common-cipher-suite",)),
        "failed_by_server",
    ),
    login(
        "tls13-no-common-application-protocol-openssl-go",
        "The same in TLS 1.3; Go refuses after its ServerHello, and so inside the encryption.",
        clients.openssl(options="-alpn mqtt", version="-tls1_3"),
        servers.go(low="1.3", high="1.3"),
        failure(_RULE, never=("no-common-cipher-suite",)),
        "failed_by_server",
        key_log="client",
    ),
    login(
        "good-no-application-protocol-curl-openssl",
        "The server speaks MQTT only, and the client names no application protocol: nobody minds.",
        clients.curl(options="--no-alpn"),
        servers.openssl(options=f"-alpn {_MQTT}"),
        good(_RULE),
        "completed",
    ),
    login(
        "good-application-protocol-ignored-openssl-haproxy",
        "The client offers a protocol that the server does not know; the server passes over the offer.",
        clients.openssl(options="-alpn mqtt"),
        servers.haproxy(options="alpn http/1.1"),
        good(_RULE),
        "completed",
    ),
)

_REFUSED = "session-resumption-refused"
_TWICE = (clients.openssl(options="-sess_out session"), clients.openssl(options="-sess_in session"))

_RESUMPTION = (
    login(
        "session-resumption-refused-openssl-openssl",
        "The client wants to resume the session that began with its certificate; the server has no session id context.",
        _TWICE,
        servers.no_context(),
        failure(_REFUSED, connections=2),
        ("completed", "failed_by_server"),
    ),
    login(
        "session-resumption-refused-go-openssl",
        "The same with Go: the first answer comes, the second does not.",
        clients.go(requests=2),
        servers.no_context(),
        failure(_REFUSED, connections=2),
        ("completed", "failed_by_server"),
    ),
    login(
        "tls13-session-resumption-refused-curl-openssl",
        "The same in TLS 1.3 with curl, which resumes there.",
        clients.curl(version="--tlsv1.3", urls=2),
        servers.no_context(version="1.3"),
        failure(_REFUSED, connections=2),
        ("completed", "failed_by_server"),
        key_log="client",
    ),
    login(
        "good-session-id-context-openssl-openssl",
        "The same server with a session id context: the session is resumed.",
        _TWICE,
        servers.no_context(context="shop"),
        good(_REFUSED, connections=2),
        ("completed", "completed"),
    ),
    login(
        "no-common-application-protocol-beside-a-session-openssl-nginx",
        "The client offers a session that the server would resume, and is refused for its application protocol.",
        (_TWICE[0], clients.openssl(options="-sess_in session -alpn mqtt")),
        servers.nginx(),
        failure(_RULE, connections=2, never=(_REFUSED,)),
        ("completed", "failed_by_server"),
    ),
)

HELLOS: tuple[Scenario, ...] = (*_APPLICATION_PROTOCOL, *_RESUMPTION)
