"""Requests for a certificate that are not well formed, and what clients make of them."""

from __future__ import annotations

from .. import clients, servers
from ..network import SERVER
from ..programs import Program
from ..scenarios import Scenario, empty, failure, login

_RULE = "certificate-request-malformed"


def _server(*how: str) -> Program:
    return servers.own("odd_request_server.py", SERVER, "443", "server.pem", *how)


_ENDED = failure(
    _RULE, "client-ended-handshake", never=("ca-list-length-overflow", "client-rejected-server-certificate")
)
_AFTER_IT = ("history",)
"""tshark 4.0 reads nothing of a record behind a message that it cannot read."""

_BROKEN_NAME = (
    login(
        "misshapen-request-broken-name-curl-tlslite",
        "The list of CA names holds bytes that are no name: curl ends with decode_error.",
        clients.curl(),
        _server("broken-name"),
        _ENDED,
        "failed_by_client",
        misread=_AFTER_IT,
    ),
    login(
        "misshapen-request-broken-name-java-tlslite",
        "The same: Java ends with internal_error.",
        clients.java(),
        _server("broken-name"),
        _ENDED,
        "failed_by_client",
        misread=_AFTER_IT,
    ),
    login(
        "misshapen-request-broken-name-node-tlslite",
        "The same: Node closes without a word.",
        clients.node(),
        _server("broken-name"),
        failure(_RULE, "client-closed-after-request", never=("client-ended-handshake",)),
        "aborted",
        misread=_AFTER_IT,
    ),
    login(
        "misshapen-request-broken-name-go-tlslite",
        "The same: Go answers with no certificate, and the server goes on without one.",
        clients.go(),
        _server("broken-name"),
        empty(_RULE, never=("client-ended-handshake",), accepted=True),
        "completed",
        misread=_AFTER_IT,
    ),
)

_OLD_LAYOUT = tuple(
    login(
        f"misshapen-request-old-layout-{name}-tlslite",
        f"A request of TLS 1.2 in the layout of TLS 1.1, without signature algorithms: {alert}.",
        client,
        _server("old-layout"),
        _ENDED,
        "failed_by_client",
        misread=("requested", "ca_names", "ca_list_bytes"),  # tshark 4.0 takes it for a request that lists nothing
    )
    for name, client, alert in (
        ("curl", clients.curl(), "internal_error"),
        ("go", clients.go(), "unexpected_message"),
        ("java", clients.java(), "illegal_parameter"),
        ("gnutls", clients.gnutls(), "decode_error"),
        ("nss", clients.nss(version="tls1.2"), "handshake_failure"),
    )
)

_ONE_RECORD = tuple(
    login(
        f"record-too-long-{name}-tlslite",
        f"A request with {names} CA names is longer than a record may be, and the server does not divide it.",
        client,
        _server("one-record", names),
        failure("record-too-long", "client-ended-handshake", never=(_RULE, "server-does-not-speak-tls")),
        "failed_by_client",
        misread=("history", "requested", "ca_names", "ca_list_bytes"),
        container="capture.pcap.gz",
    )
    for name, client, names in (
        ("curl", clients.curl(), "300"),
        ("openssl", clients.openssl(), "400"),
        ("gnutls", clients.gnutls(), "400"),
    )
)

MISSHAPEN: tuple[Scenario, ...] = (*_BROKEN_NAME, *_OLD_LAYOUT, *_ONE_RECORD)
