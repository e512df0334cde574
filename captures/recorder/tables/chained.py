"""The table of recordings about what stands above the client's certificate: constraints, trust, revocation."""

from __future__ import annotations

from .. import clients, servers
from ..programs import Program
from ..scenarios import Scenario, failure, good, login

_CRLS = "ssl_crl crls.pem;"

_OLD = failure("issuer-certificate-expired", never=("client-certificate-expired",))
_OLD_ISSUER = (
    *(
        login(
            f"old-issuer-curl-{name}",
            f"The certificate of the client's CA, which it sends along, has expired: {alert}.",
            clients.curl("below-old.pem"),
            server,
            _OLD,
            "failed_by_server",
        )
        for name, server, alert in (
            ("openssl", servers.openssl(), "certificate_expired"),
            ("go", servers.go(), "bad_certificate"),
            ("java", servers.java(), "certificate_unknown"),
        )
    ),
    login(
        "tls13-old-issuer-curl-nginx",
        "The same to nginx: TLS completes, and the refusal is HTTP 400 inside.",
        clients.curl("below-old.pem", version="--tlsv1.3"),
        servers.nginx(protocols="TLSv1.3"),
        _OLD,
        "completed",
        key_log="client",
    ),
)

_REVOCATION = (
    login(
        "revoked-listed-openssl-gnutls",
        "A revoked certificate to GnuTLS, which says access_denied; the list that the user gives tells why.",
        clients.openssl("revoked.pem"),
        servers.gnutls(options="--x509crlfile crls.pem"),
        failure("certificate-revoked", confidence="likely"),
        "failed_by_server",
        crl="crls.pem",
    ),
    login(
        "revoked-listed-curl-haproxy",
        "A revoked certificate to HAProxy with its list: alert and list agree.",
        clients.curl("revoked.pem"),
        servers.haproxy(options="crl-file crls.pem"),
        failure("certificate-revoked", confidence="proved"),
        "failed_by_server",
        crl="crls.pem",
    ),
    login(
        "tls13-revoked-listed-curl-nginx",
        "A revoked certificate to nginx: TLS completes, the refusal is HTTP 400 inside; the list tells why.",
        clients.curl("revoked.pem", version="--tlsv1.3"),
        servers.nginx(protocols="TLSv1.3", options=_CRLS),
        failure("certificate-revoked", confidence="likely"),
        "completed",
        crl="crls.pem",
        key_log="client",
    ),
    login(
        "revoked-listed-but-unchecked-curl-haproxy",
        "A revoked certificate, the user has the list, and the server does not look: it lets it in.",
        clients.curl("revoked.pem"),
        servers.haproxy(),
        good(findings=("certificate-revoked",)),
        "completed",
        crl="crls.pem",
    ),
    login(
        "policy-not-listed-curl-go",
        "A good certificate that is on no list, refused by name: the list clears it.",
        clients.curl(),
        servers.go(options="-only bob"),
        failure("server-policy-refused", never=("certificate-revoked", "revocation-list-expired")),
        "failed_by_server",
        trust="root-a.pem",
        crl="crls.pem",
    ),
    login(
        "tls13-list-out-of-date-curl-nginx",
        "A good certificate to nginx, whose revocation list is out of date: HTTP 400; the user gives the list.",
        clients.curl(version="--tlsv1.3"),
        servers.nginx(protocols="TLSv1.3", options="ssl_crl crls-old.pem;"),
        failure("revocation-list-expired", never=("certificate-revoked",), confidence="possible"),
        "completed",
        crl="crls-old.pem",
        key_log="client",
    ),
)


def _refused(
    what: str, certificate: str, rule: str, title: str, *stacks: Program, never: tuple[str, ...] = ()
) -> tuple[Scenario, ...]:
    """The same certificate to several servers, all of which refuse it in TLS."""
    return tuple(
        login(
            f"{what}-curl-{server.stack.lower()}",
            title if number == 0 else f"{title[:-1]}, to {server.stack}.",
            clients.curl(certificate),
            server,
            failure(rule, never=("server-policy-refused", *never)),
            "failed_by_server",
        )
        for number, server in enumerate(stacks)
    )


_ABOVE = (
    *_refused(
        "name-constraints",
        "outside.pem",
        "name-constraints-violated",
        "The CA may issue for corp.example only, and issued for partner.example.",
        servers.openssl(),
        servers.go(),
        servers.java(),
        servers.gnutls(),
    ),
    *_refused(
        "name-constraints-of-subject",
        "outside-name.pem",
        "name-constraints-violated",
        "The CA may issue for O=Partner only, and issued for O=Corp.",
        servers.apache(),
        servers.go(),
    ),
    login(
        "name-constraints-of-subject-curl-gnutls",
        "The same to GnuTLS, which does not compare subjects.",
        clients.curl("outside-name.pem"),
        servers.gnutls(),
        good(findings=("name-constraints-violated",)),
        "completed",
    ),
    login(
        "tls13-name-constraints-curl-nginx",
        "The CA may issue for corp.example only; to nginx, which refuses with HTTP 400 inside.",
        clients.curl("outside.pem", version="--tlsv1.3"),
        servers.nginx(protocols="TLSv1.3"),
        failure("name-constraints-violated"),
        "completed",
        key_log="client",
    ),
    login(
        "good-name-constraints-curl-openssl",
        "A good login: the CA may issue for corp.example only, and did.",
        clients.curl("inside.pem"),
        servers.openssl(),
        good("name-constraints-violated"),
        "completed",
    ),
    *_refused(
        "path-length",
        "too-deep.pem",
        "path-length-exceeded",
        "The upper CA may have no CA below it, and has one.",
        servers.openssl(),
        servers.go(),
        servers.java(),
        servers.gnutls(),
        never=("issuer-is-not-a-ca",),
    ),
    login(
        "tls13-deep-chain-curl-nginx",
        "Three intermediates to nginx with its default depth of one: TLS completes, the refusal is HTTP 400 inside.",
        clients.curl("deep.pem", version="--tlsv1.3"),
        servers.nginx(protocols="TLSv1.3", depth=1),
        failure("chain-too-long", never=("path-length-exceeded",), confidence="possible"),
        "completed",
        key_log="client",
    ),
    login(
        "good-path-length-curl-openssl",
        "A good login: the CA may have no CA below it, and issued the leaf itself.",
        clients.curl("flat.pem"),
        servers.openssl(),
        good("path-length-exceeded"),
        "completed",
    ),
    *_refused(
        "ca-without-signing",
        "below-silent-ca.pem",
        "issuer-is-not-a-ca",
        "The issuer is a CA by its basic constraints, and by its key usage may sign no certificates.",
        servers.openssl(),
        servers.java(),
    ),
    *_refused(
        "explicit-curve",
        "explicit.pem",
        "explicit-curve-parameters",
        "The client's EC key spells its curve out in numbers instead of naming it.",
        servers.openssl(),
        servers.go(),
        servers.java(),
        servers.gnutls(),
    ),
    login(
        "tls13-explicit-curve-curl-nginx",
        "The same to nginx, which refuses with HTTP 400 inside.",
        clients.curl("explicit.pem", version="--tlsv1.3"),
        servers.nginx(protocols="TLSv1.3"),
        failure("explicit-curve-parameters"),
        "completed",
        key_log="client",
    ),
    *_refused(
        "ca-as-leaf",
        "ca-as-leaf.pem",
        "ca-certificate-sent-as-leaf",
        "The client was given the CA's file instead of its own.",
        servers.openssl(),
        servers.apache(),
        servers.java(),
        servers.gnutls(),
    ),
    login(
        "ca-as-leaf-curl-go",
        "The same to a Go server, which lets the CA log in.",
        clients.curl("ca-as-leaf.pem"),
        servers.go(),
        good(findings=("ca-certificate-sent-as-leaf",)),
        "completed",
    ),
    *_refused(
        "issuer-rekeyed",
        "alice-rekeyed.pem",
        "ca-of-same-name-with-other-key",
        "The client sends a CA certificate of its issuer's name that has another key.",
        servers.openssl(),
        servers.go(),
        servers.java(),
        servers.gnutls(),
    ),
)

_TRUST = (
    login(
        "root-rekeyed-curl-openssl",
        "The server has a root of the right name with another key; given with --trust, it tells why.",
        clients.curl(),
        servers.openssl(names="root-a-rekeyed.pem"),
        failure("ca-of-same-name-with-other-key", never=("ca-list-differs-from-trust-store",)),
        "failed_by_server",
        trust="root-a-rekeyed.pem",
    ),
    login(
        "list-differs-from-trust-curl-openssl",
        "The server lists one root and trusts another.",
        clients.curl(),
        servers.openssl(names="root-a.pem", trust="root-b.pem"),
        failure("ca-list-differs-from-trust-store", never=("unknown-issuer", "ca-list-excludes-issuer")),
        "failed_by_server",
    ),
    login(
        "list-differs-from-trust-curl-apache",
        "The same with Apache's two settings, SSLCADNRequestFile and SSLCACertificateFile.",
        clients.curl(),
        servers.apache(names="root-a.pem", trust="root-b.pem"),
        failure("ca-list-differs-from-trust-store", never=("unknown-issuer", "ca-list-excludes-issuer")),
        "failed_by_server",
    ),
    login(
        "list-missing-curl-openssl",
        "The server is to check revocation and has no list; on the wire that looks like a CA that it does not trust.",
        clients.curl(),
        servers.openssl(options="-crl_check"),
        failure(
            "ca-list-differs-from-trust-store", never=("certificate-revoked", "unknown-issuer"), confidence="possible"
        ),
        "failed_by_server",
    ),
    *(
        login(
            f"only-intermediate-trusted-curl-{server.stack.lower()}",
            f"{server.stack} was given the intermediate CA without its root.",
            clients.curl(),
            server,
            failure("server-trusts-only-intermediate", never=("ca-list-differs-from-trust-store",)),
            "failed_by_server",
        )
        for server in (
            servers.openssl(names="issuing.pem"),
            servers.apache(names="issuing.pem"),
            servers.haproxy(names="issuing.pem"),
        )
    ),
    login(
        "tls13-only-intermediate-trusted-curl-nginx",
        "The same to nginx, which refuses with HTTP 400 inside.",
        clients.curl(version="--tlsv1.3"),
        servers.nginx(names="issuing.pem", protocols="TLSv1.3"),
        failure("server-trusts-only-intermediate", confidence="possible"),
        "completed",
        key_log="client",
    ),
    login(
        "only-intermediate-trusted-curl-go",
        "The same to a Go server, for which any CA that it was given is the end of a chain.",
        clients.curl(),
        servers.go(roots="issuing.pem"),
        good("server-trusts-only-intermediate"),
        "completed",
    ),
)

_RENAMED_RULE = "ca-list-names-issuer-otherwise"
_RENAMED = (
    login(
        "ca-renamed-curl-openssl",
        "The root was made anew under another name with the same key; the server has the new one only.",
        clients.curl(),
        servers.openssl(names="root-a-renamed.pem"),
        failure(_RENAMED_RULE, "ca-list-excludes-issuer"),
        "failed_by_server",
        trust="root-a-renamed.pem",
    ),
    login(
        "empty-ca-renamed-go-openssl",
        "The same with Go, which finds no name of its chain in the list and sends nothing.",
        clients.go(),
        servers.openssl(names="root-a-renamed.pem"),
        failure(_RENAMED_RULE, "client-sent-empty-certificate", "intended-certificate-does-not-fit-request"),
        "failed_by_server",
        client_cert="alice.pem",
        trust="root-a-renamed.pem",
    ),
    login(
        "list-excludes-known-issuer-curl-openssl",
        "The server has another CA, whose certificate the user gives: it has another key.",
        clients.curl(),
        servers.openssl(names="root-b.pem"),
        failure("ca-list-excludes-issuer", never=(_RENAMED_RULE,)),
        "failed_by_server",
        trust="root-b.pem",
    ),
    login(
        "good-ca-renamed-curl-openssl",
        "The server has the root under both of its names.",
        clients.curl(),
        servers.openssl(names="root-a-both-names.pem"),
        good(_RENAMED_RULE),
        "completed",
        trust="root-a-both-names.pem",
    ),
)

CHAINED: tuple[Scenario, ...] = (*_OLD_ISSUER, *_REVOCATION, *_ABOVE, *_TRUST, *_RENAMED)
