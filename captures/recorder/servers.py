"""TLS servers, one function per stack. `names` is the CA list that goes into the CertificateRequest."""

from __future__ import annotations

import json

from .clients import CONNECTED
from .network import SERVER
from .programs import Program


def openssl(
    *,
    names: str | None = "root-a.pem",
    trust: str | None = None,
    auth: str = "require",
    certificate: str = "server.pem",
    chain: str | None = "server-ca.pem",
    version: str = "-tls1_2",
    options: str = "",
    address: str = f"{SERVER}:443",
    typed: str | None = None,
) -> Program:
    """`auth` is require, request (asks, accepts none) or none; `trust` is the trust where it differs from `names`.

    `typed` is shell that prints what s_server is told once a scripted client has come: R asks for a certificate in a
    renegotiation, c asks after a TLS 1.3 handshake.
    """
    mode = {"require": "-Verify 5 -verify_return_error", "request": "-verify 5", "none": ""}[auth]
    listed = f"-CAfile {names}" if names else "-no-CAfile -no-CApath -no-CAstore"
    trusted = f"-verifyCAfile {trust}" if trust else ""
    above = f"-cert_chain {chain}" if chain else ""
    command = (
        f"openssl s_server -accept {address} -cert {certificate} -key {certificate} {above} "
        f"{listed} {trusted} {mode} {version} {options}"
    )
    if typed is not None:
        wait = f"until [ -e {CONNECTED} ]; do sleep .05; done"
        return Program("OpenSSL", ("sh", "-c", f"{{ {wait}; {typed}; }} | {' '.join(command.split())}"))
    return Program("OpenSSL", (*command.split(), "-www"), int(address.rpartition(":")[2]))


def nginx(
    *,
    verify: str = "on",
    names: str = "root-a.pem",
    trust: str | None = None,
    certificate: str = "server.pem",
    protocols: str = "TLSv1.2",
    listen: str = f"{SERVER}:443 ssl",
    options: str = "",
    depth: int = 3,
    refuses_other_names: bool = False,
    default_host: str | None = None,
    default_answer: str = "200 other",
) -> Program:
    """`trust` adds CAs that are trusted and not listed; verify = "off" never asks.

    With `refuses_other_names` a default server refuses every handshake that does not name shop.example; with
    `default_host`, its certificate, it answers them with `default_answer` and asks nobody.
    """
    ask = f"ssl_verify_client {verify}; ssl_client_certificate {names};" if verify != "off" else ""
    trusted = f"ssl_trusted_certificate {trust};" if trust else ""
    other = f"server {{ listen {listen} default_server; ssl_reject_handshake on; }}" if refuses_other_names else ""
    if default_host:
        other = (
            f"server {{ listen {listen} default_server; ssl_certificate {default_host}; "
            f"ssl_certificate_key {default_host}; ssl_protocols {protocols}; return {default_answer}; }}"
        )
    configuration = f"""daemon off; master_process off; pid nginx.pid; error_log stderr info;
events {{}}
http {{
  access_log /dev/stdout;
  {other}
  server {{
    server_name shop.example;
    listen {listen};
    ssl_certificate {certificate}; ssl_certificate_key {certificate};
    ssl_protocols {protocols}; ssl_verify_depth {depth};
    {ask} {trusted} {options}
    location / {{ return 200 "verify=$ssl_client_verify subject=$ssl_client_s_dn\\n"; }}
  }}
}}
"""
    return Program(
        "nginx", ("nginx", "-p", ".", "-e", "stderr", "-c", "nginx.conf"), files={"nginx.conf": configuration}
    )


def apache(
    *,
    verify: str = "require",
    names: str = "root-a.pem",
    trust: str | None = None,
    protocol: str = "TLSv1.2",
    certificate: str = "server.pem",
    per_location: bool = False,
    options: str = "",
    modules: tuple[str, ...] = (),
    mpm: str = "prefork",
) -> Program:
    """`names` goes to SSLCADNRequestFile where the trust is another one.

    With `per_location` the server asks once it has read the request: a renegotiation, in TLS 1.3 after the handshake.
    """
    listed = f"SSLCADNRequestFile {names}" if trust else ""
    ask = f"SSLCACertificateFile {trust or names}"
    demand = f"SSLVerifyClient {verify}\n  SSLVerifyDepth 3"
    if verify == "none":
        ask = ""
    elif per_location:
        ask += f"\n  <Location />\n  {demand}\n  </Location>"
    else:
        ask = f"{demand}\n  {ask}"
    more_modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in modules)
    configuration = f"""ServerName shop.example
PidFile apache.pid
User www-data
Group www-data
LoadModule mpm_{mpm}_module /usr/lib/apache2/modules/mod_mpm_{mpm}.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
{more_modules}Listen {SERVER}:443
ErrorLog /dev/stderr
LogLevel info
DocumentRoot .
<VirtualHost *:443>
  SSLEngine on
  SSLProtocol {protocol}
  SSLCertificateFile {certificate}
  {ask}
  {listed}
  {options}
</VirtualHost>
"""
    return Program(
        "Apache",
        ("apache2", "-X", "-d", ".", "-f", "apache.conf"),
        files={"apache.conf": configuration, "index.html": "welcome\n"},
    )


def haproxy(
    *,
    verify: str = "required",
    names: str = "root-a.pem",
    trust: str | None = None,
    backend: str | None = None,
    plain: bool = False,
    version: str = "ssl-max-ver TLSv1.2",
    options: str = "",
    tickets: str = "",
) -> Program:
    """With `plain`, a TCP proxy in front of the TLS server given as `backend`, no TLS of its own.

    `tickets` is a file of ticket keys, which so outlive a restart.
    """
    trusted = f"ca-verify-file {trust}" if trust else ""
    tls = f"ssl crt server.pem ca-file {names} {trusted} verify {verify} {version} {options}".rstrip()
    if tickets:
        tls += f" tls-ticket-keys {tickets}"
    answer = (
        f"server origin {backend}"
        if backend
        else "http-request return status 200 content-type text/plain string welcome"
    )
    configuration = f"""global
  log stdout format raw local0
defaults
  mode {"tcp" if plain else "http"}
  log global
  option {"tcplog" if plain else "httplog"}
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend shop
  bind {SERVER}:{8443 if plain else 443} {"" if plain else tls}
  {"default_backend origins" if backend else answer}
"""
    if backend:
        configuration += f"backend origins\n  {answer}\n"
    return Program(
        "HAProxy",
        ("haproxy", "-db", "-f", "haproxy.cfg"),
        8443 if plain else 443,
        files={"haproxy.cfg": configuration},
    )


def go(
    *,
    auth: str = "require-and-verify",
    roots: str | None = "root-a.pem",
    low: str = "1.2",
    high: str = "1.2",
    certificate: str = "server.pem",
    options: str = "",
    newer: bool = False,
) -> Program:
    peer = "./peer-go-newer" if newer else "./peer-go"
    command = f"{peer} server -address {SERVER}:443 -cert {certificate} -auth {auth} -min {low} -max {high} {options}"
    return Program("newer Go" if newer else "Go", (*command.split(), *(["-roots", roots] if roots else [])))


def java(
    *,
    mode: str = "need",
    truststore: str = "root-a.p12",
    protocols: str = "TLSv1.2",
    options: str = "",
    newer: bool = False,
) -> Program:
    """`mode` is need, want, or late: ask in a renegotiation once the request is read."""
    command = (
        f"{'java-newer' if newer else 'java'} -XX:TieredStopAtLevel=1 -Xshare:auto -Djavax.net.ssl.keyStore=server.p12 "
        "-Djavax.net.ssl.keyStorePassword=changeit "
        f"-Djavax.net.ssl.trustStore={truststore} -Djavax.net.ssl.trustStorePassword=changeit "
        f"-Dpeer.protocols={protocols} {options} Peer server {SERVER} 443 {mode}"
    )
    return Program("newer Java" if newer else "Java", tuple(command.split()))


def gnutls(
    *,
    roots: str = "root-a.pem",
    auth: str = "--require-client-cert --verify-client-cert",
    priority: str = "NORMAL:-VERS-ALL:+VERS-TLS1.2",
    options: str = "",
) -> Program:
    command = (
        f"gnutls-serv --http --port 443 --x509certfile server.pem --x509keyfile server.pem --x509cafile {roots} "
        f"{auth} --priority {priority} {options}"
    )
    return Program("GnuTLS", tuple(command.split()))


def node(
    *, roots: str | None = "root-a.pem", reject: bool = True, ask: bool = True, version: str = "TLSv1.2"
) -> Program:
    options = {"cert": "server.pem", "key": "server.pem", "requestCert": ask, "rejectUnauthorized": reject}
    if roots:
        options["ca"] = roots
    options["maxVersion"] = version
    return Program("Node", ("node", "peer.js", "server", SERVER, "443", json.dumps(options)))


def python(
    *,
    roots: str | None = "root-a.pem",
    verify: str = "CERT_REQUIRED",
    address: str = SERVER,
    options: str = "",
) -> Program:
    command = f"python3 peer.py server {address} 443 --cert server.pem --verify {verify} {options}"
    return Program("Python", (*command.split(), *(["--roots", roots] if roots else [])))


def nss(*, version: str = "tls1.3", auth: str = "-r -r", options: str = "") -> Program:
    """What certutil trusts for clients (T) is the list."""
    command = (
        "mkdir nssdb && certutil -N -d nssdb --empty-password && certutil -A -d nssdb -n root -t CT,, -i root-a.pem && "
        "pk12util -i server.p12 -d nssdb -W changeit && "
        f"exec selfserv -d nssdb -n server -p 443 -V {version}:{version} {auth} {options} -v"
    )
    return Program("NSS", ("sh", "-c", command))


def tlslite(*, compression: str = "") -> Program:
    """Asks for a certificate, allows its compression and accepts every one; it takes no keys but its own."""
    command = f"python3 tlslite_server.py {SERVER} 443 server.pem {compression}"
    return Program("tlslite-ng", tuple(command.split()))


def mbedtls(*, roots: str = "root-a.pem") -> Program:
    return Program("Mbed TLS", tuple(f"python3 mbedtls_peer.py server {SERVER} 443 server.pem {roots}".split()))


def mitmproxy(*, behind: int) -> Program:
    """A middlebox that inspects TLS: it stands where the server should be, with a certificate of its own making."""
    command = (
        f"mitmdump --listen-host {SERVER} --listen-port 443 --mode reverse:https://{SERVER}:{behind} "
        "--set confdir=mitm --set ssl_insecure=true --set http2=false"
    )
    return Program("mitmproxy", tuple(command.split()))


def own(script: str, *arguments: str, port: int = 443) -> Program:
    """A small server of `peers/`."""
    return Program("own", ("python3", script, *arguments), port)


def plain_http() -> Program:
    """Python's own HTTP server, without TLS on the port of TLS."""
    return Program("Python", ("python3", "-m", "http.server", "443", "--bind", SERVER))


def no_context(*, version: str = "1.2", context: str = "") -> Program:
    """A program on OpenSSL that demands certificates, without a session id context unless it is given one."""
    command = f"./no-context-server {SERVER} 443 server.pem root-a.pem {version} {context}"
    return Program("OpenSSL", tuple(command.split()))


def postgresql(*, roots: str = "root-a.pem", version: str = "TLSv1.2") -> Program:
    """A PostgreSQL whose database user must be the certificate's common name."""
    script = f"""set -e
chown -R postgres . && chmod 600 server.pem
as_postgres="runuser -u postgres --"
bin=$(pg_config --bindir)
$as_postgres $bin/initdb -D data --no-sync -U alice >/dev/null
echo 'hostssl all all all cert' > data/pg_hba.conf
exec $as_postgres $bin/postgres -D data -h {SERVER} -c ssl=on -c unix_socket_directories= \\
  -c ssl_cert_file="$PWD/server.pem" -c ssl_key_file="$PWD/server.pem" -c ssl_ca_file="$PWD/{roots}" \\
  -c ssl_max_protocol_version={version}
"""
    return Program("PostgreSQL", ("sh", "postgresql.sh"), 5432, files={"postgresql.sh": script})
