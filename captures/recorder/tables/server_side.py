"""The table of recordings in which the server's certificate is the reason: clients refuse it, or leave."""

from __future__ import annotations

from .. import clients, servers
from ..programs import Program
from ..scenarios import Scenario, failure, good, login


def _client_refuses(
    what: str, rule: str, title: str, server: Program, *stacks: Program, never: tuple[str, ...] = ()
) -> tuple[Scenario, ...]:
    return tuple(
        login(
            f"client-rejects-server-{what}-{client.stack.lower()}-openssl",
            f"{title}, says {client.stack}.",
            client,
            server,
            failure(rule, "client-rejected-server-certificate", never=never),
            "failed_by_client",
        )
        for client in stacks
    )


def _client_leaves(what: str, rule: str, title: str, server: Program, client: Program) -> Scenario:
    return login(
        f"client-leaves-server-{what}-{client.stack.lower()}-openssl",
        f"{title}; {client.stack} finds out after the handshake, and leaves.",
        client,
        server,
        failure(rule, "client-left-after-handshake", never=("tls-succeeded",)),
        "completed",
    )


_BY_NAME = clients.openssl(options="-verify_hostname shop.example")
_OTHER, _OTHER_TITLE = servers.openssl(certificate="server-other.pem"), "The certificate is for another server"
_FUTURE, _FUTURE_TITLE = servers.openssl(certificate="server-future.pem"), "The server's certificate is not valid yet"
_SELF, _SELF_TITLE = (
    servers.openssl(certificate="server-self.pem", chain=None),
    "The server's certificate is signed by itself",
)
_STAPLE, _STAPLE_TITLE = (
    servers.openssl(certificate="server-must-staple.pem"),
    "The server's certificate wants an OCSP response along, and none comes",
)
_ALONE, _ALONE_TITLE = servers.openssl(chain=None), "The server sends no intermediate"

SERVER_SIDE: tuple[Scenario, ...] = (
    *_client_refuses(
        "name", "server-certificate-name-mismatch", _OTHER_TITLE, _OTHER, _BY_NAME, clients.go(), clients.python()
    ),
    _client_leaves("name", "server-certificate-name-mismatch", _OTHER_TITLE, _OTHER, clients.curl()),
    *_client_refuses(
        "not-yet-valid",
        "server-certificate-not-yet-valid",
        _FUTURE_TITLE,
        _FUTURE,
        clients.curl(),
        clients.java(),
        never=("server-certificate-expired",),
    ),
    _client_leaves("not-yet-valid", "server-certificate-not-yet-valid", _FUTURE_TITLE, _FUTURE, clients.node()),
    *_client_refuses(
        "self-signed",
        "server-certificate-self-signed",
        _SELF_TITLE,
        _SELF,
        clients.curl(),
        clients.go(),
        clients.gnutls(),
    ),
    *(
        login(
            f"client-rejects-server-alone-{client.stack.lower()}-openssl",
            f"{_ALONE_TITLE}, says {client.stack}; the user gives it with --trust.",
            client,
            _ALONE,
            failure("server-intermediate-missing", "client-rejected-server-certificate"),
            "failed_by_client",
            trust="server-ca.pem",
        )
        for client in (clients.curl(), clients.go())
    ),
    login(
        "client-rejects-server-alone-java-openssl",
        f"{_ALONE_TITLE}, says Java; nothing tells whether its issuer is a root.",
        clients.java(),
        _ALONE,
        failure("client-rejected-server-certificate", "server-intermediate-missing"),
        "failed_by_client",
    ),
    *_client_refuses(
        "below-expired-root",
        "client-finds-valid-certificate-expired",
        "The root has expired in the client's store",
        servers.openssl(),
        clients.curl(roots="root-a-expired.pem"),
        never=("server-certificate-expired",),
    ),
    *_client_refuses(
        "unstapled", "stapled-ocsp-response-missing", _STAPLE_TITLE, _STAPLE, clients.gnutls(patient=True)
    ),
    login(
        "good-server-unstapled-curl-openssl",
        f"{_STAPLE_TITLE}; curl does not ask for it.",
        clients.curl(),
        _STAPLE,
        good(findings=("stapled-ocsp-response-missing",)),
        "completed",
    ),
)
