"""Requests whose list of CA names is large."""

from __future__ import annotations

from .. import clients, servers
from ..scenarios import Scenario, empty, failure, good, login

_BROKEN_OFF = failure("server-broke-off-its-flight", never=("server-refused-client-certificate", "server-never-asked"))
_WRAPPED = failure(
    "ca-list-length-overflow", never=("server-broke-off-its-flight", "client-rejected-server-certificate")
)

BIG_LISTS: tuple[Scenario, ...] = (
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
        _BROKEN_OFF,
        "failed_by_server",
    ),
    login(
        "big-ca-list-71761-curl-nginx",
        "The same with nginx, which starts without a warning.",
        clients.curl(),
        servers.nginx(names="crowd-440.pem"),
        _BROKEN_OFF,
        "failed_by_server",
    ),
    login(
        "tls13-big-ca-list-71761-curl-openssl",
        "The same over TLS 1.3: after EncryptedExtensions.",
        clients.curl(version="--tlsv1.3"),
        servers.openssl(names="crowd-440.pem", version="-tls1_3"),
        _BROKEN_OFF,
        "failed_by_server",
        key_log="client",
    ),
    login(
        "big-ca-list-71761-curl-go",
        "71,761 bytes of names: Go writes a length that has wrapped, and curl cannot read the request.",
        clients.curl(),
        servers.go(roots="crowd-440.pem"),
        _WRAPPED,
        "failed_by_client",
        container="capture.pcap.gz",
        misread=("history", "requested", "ca_names", "ca_list_bytes"),
    ),
    login(
        "big-ca-list-71761-curl-gnutls",
        "71,761 bytes of names: GnuTLS writes a length that has wrapped, and curl gives up.",
        clients.curl(),
        servers.gnutls(roots="crowd-440.pem"),
        _WRAPPED,
        "failed_by_client",
        container="capture.pcap.gz",
        misread=("history", "requested", "ca_names", "ca_list_bytes"),
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
