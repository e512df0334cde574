"""The table of recordings that end, or nearly end, at the hellos: no common application protocol."""

from __future__ import annotations

from . import clients, servers
from .scenarios import Scenario, failure, good, login

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

HELLOS: tuple[Scenario, ...] = _APPLICATION_PROTOCOL
