"""Logins inside other protocols, and in old versions of TLS."""

from __future__ import annotations

from .. import clients, servers
from ..network import SERVER, SERVER_V6
from ..scenarios import Scenario, empty, failure, good, login

_CARRIERS = (
    login(
        "good-openssl-python-starttls-smtp",
        "A good login after STARTTLS in SMTP.",
        clients.openssl(address=f"{SERVER}:25", options="-starttls smtp", stdin="QUIT\r\n"),
        servers.own("smtp_server.py", SERVER, "25", "root-a.pem", port=25),
        good(),
        "completed",
        ports=(25,),
        tls_ports=(),
    ),
    login(
        "empty-openssl-python-starttls-smtp",
        "No certificate after STARTTLS in SMTP.",
        clients.openssl(None, address=f"{SERVER}:25", options="-starttls smtp", stdin="QUIT\r\n"),
        servers.own("smtp_server.py", SERVER, "25", "root-a.pem", port=25),
        empty("ca-list-empty"),
        "failed_by_server",
        ports=(25,),
        tls_ports=(),
    ),
    login(
        "good-psql-postgresql",
        "A good login to PostgreSQL, which begins with an SSLRequest in the clear.",
        clients.psql(),
        servers.postgresql(),
        good(),
        "completed",
        ports=(5432,),
        tls_ports=(),
    ),
    login(
        "empty-psql-postgresql",
        "No certificate: PostgreSQL completes TLS and refuses inside the encryption.",
        clients.psql(None),
        servers.postgresql(),
        empty(accepted=True),
        "completed",
        ports=(5432,),
        tls_ports=(),
    ),
    login(
        "expired-psql-postgresql",
        "An expired certificate to PostgreSQL.",
        clients.psql("expired.pem"),
        servers.postgresql(),
        failure("client-certificate-expired", confidence="proved"),
        "failed_by_server",
        ports=(5432,),
        tls_ports=(),
    ),
    login(
        "expired-curl-openssl-http-connect",
        "An expired certificate through an HTTP proxy, recorded between client and proxy.",
        clients.curl("expired.pem", options=f"--proxy http://{SERVER}:3128"),
        (servers.own("connect_proxy.py", SERVER, "3128", "443", port=3128), servers.openssl()),
        failure("client-certificate-expired", confidence="proved"),
        "failed_by_server",
        ports=(3128,),
        tls_ports=(),
    ),
    login(
        "good-openssl-nginx-proxy-v1",
        "A good login behind HAProxy, which sends the PROXY protocol's version 1; recorded behind it.",
        clients.openssl(address=f"{SERVER}:8443"),
        (
            servers.nginx(listen=f"{SERVER}:443 ssl proxy_protocol"),
            servers.haproxy(backend=f"{SERVER}:443 send-proxy", plain=True),
        ),
        good(),
        "completed",
    ),
    login(
        "empty-openssl-nginx-proxy-v2",
        "No certificate behind HAProxy, which sends the PROXY protocol's version 2; recorded behind it.",
        clients.openssl(None, address=f"{SERVER}:8443"),
        (
            servers.nginx(listen=f"{SERVER}:443 ssl proxy_protocol"),
            servers.haproxy(backend=f"{SERVER}:443 send-proxy-v2", plain=True),
        ),
        empty(accepted=True),
        "completed",
    ),
    login(
        "self-signed-openssl-python-ipv6",
        "A self-signed certificate over IPv6.",
        clients.openssl("self-signed.pem", chain=None, address=f"[{SERVER_V6}]:443"),
        servers.python(address=SERVER_V6),
        failure("self-signed-client-certificate"),
        "failed_by_server",
    ),
    login(
        "good-curl-openssl-offload",
        "A good login with a download, recorded with segmentation offload.",
        clients.curl(options="--http1.1"),
        servers.openssl(),
        good(),
        "completed",
        offload=True,
    ),
)

_OLD_VERSIONS = (
    login(
        "good-openssl-openssl-tls10",
        "A good login in TLS 1.0.",
        clients.openssl(version="-tls1", options="-cipher ALL@SECLEVEL=0"),
        servers.openssl(version="-tls1", options="-cipher ALL@SECLEVEL=0"),
        good("no-common-signature-scheme"),
        "completed",
    ),
    login(
        "empty-openssl-openssl-tls10",
        "No certificate in TLS 1.0.",
        clients.openssl(None, version="-tls1", options="-cipher ALL@SECLEVEL=0"),
        servers.openssl(version="-tls1", options="-cipher ALL@SECLEVEL=0"),
        empty(never=("no-common-signature-scheme",)),
        "failed_by_server",
    ),
    login(
        "good-openssl-openssl-tls11",
        "A good login in TLS 1.1.",
        clients.openssl(version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        servers.openssl(version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        good("no-common-signature-scheme"),
        "completed",
    ),
    login(
        "empty-openssl-openssl-tls11",
        "No certificate in TLS 1.1.",
        clients.openssl(None, version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        servers.openssl(version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        empty(never=("no-common-signature-scheme",)),
        "failed_by_server",
    ),
    login(
        "expired-openssl-openssl-tls11",
        "An expired certificate in TLS 1.1.",
        clients.openssl("expired.pem", version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        servers.openssl(version="-tls1_1", options="-cipher ALL@SECLEVEL=0"),
        failure("client-certificate-expired", confidence="proved"),
        "failed_by_server",
    ),
    login(
        "sslv2-hello-empty-openssl",
        "TLS 1.0 opened with an SSLv2-style ClientHello by a hand-written client that has no certificate.",
        clients.own("old_hello.py", "sslv2-hello", SERVER, "443"),
        servers.openssl(certificate="server-rsa.pem", version="-tls1", options="-cipher ALL@SECLEVEL=0"),
        empty(),
        "failed_by_server",
    ),
    login(
        "ssl3-no-certificate-alert",
        "SSL 3.0, where the warning no_certificate is the empty answer.",
        clients.own("old_hello.py", "ssl3-client", SERVER, "443"),
        servers.own("old_hello.py", "ssl3-server", SERVER, "443"),
        empty(),
        "failed_by_server",
        kind="built",
        not_observed="Both ends are hand-written: no stack at hand still speaks SSL 3.0. Key exchange and Finished "
        "are random bytes.",
    ),
)

CARRIERS: tuple[Scenario, ...] = (*_CARRIERS, *_OLD_VERSIONS)
