"""TLS clients, one function per stack. `certificate` is a file of pki.py, by default the good login's."""

from __future__ import annotations

import json

from .network import SERVER
from .programs import Program

# Tells a scripted server that the client is there; see servers.openssl.
CONNECTED = "connected"
_GET = "GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n"


def openssl(
    certificate: str | None = "alice.pem",
    *,
    chain: str | None = "issuing.pem",
    roots: str = "root-a.pem",
    version: str = "-tls1_2",
    options: str = "",
    address: str = f"{SERVER}:443",
    stdin: str = _GET,
    typed: str | None = None,
) -> Program:
    """`typed` is shell that prints what s_client is told: R renegotiates, K and k send a KeyUpdate."""
    own = f"-cert {certificate} -key {certificate}" if certificate else ""
    above = f"-cert_chain {chain}" if certificate and chain else ""
    # verifyCAfile, not CAfile: s_client would fill the chain that it sends from the latter.
    command = (
        f"openssl s_client -connect {address} -servername shop.example -verifyCAfile {roots} -verify_return_error "
        f"{own} {above} {version} {options}"
    )
    if typed is not None:
        return Program("OpenSSL", ("sh", "-c", f"touch {CONNECTED}; {{ {typed}; }} | {' '.join(command.split())}"))
    return Program("OpenSSL", (*command.split(), "-ign_eof"), stdin=stdin)


def curl(
    certificate: str | None = "alice.pem",
    *,
    roots: str = "root-a.pem",
    version: str = "--tls-max 1.2",
    options: str = "",
    urls: int = 1,
    address: str = SERVER,
) -> Program:
    own = f"--cert {certificate}" if certificate else ""
    command = (
        f"curl -v -sS --max-time 10 {version} --cacert {roots} {own} --resolve shop.example:443:{address} {options}"
        + " https://shop.example/" * urls
    )
    return Program("curl", tuple(command.split()))


def wget(
    certificate: str | None = "alice.pem",
    *,
    roots: str = "root-a.pem",
    protocol: str = "TLSv1_2",
    options: str = "",
) -> Program:
    """GnuTLS underneath in Debian; the address stands in the URL, the name in no SNI."""
    own = f"--certificate={certificate} --private-key={certificate}" if certificate else ""
    command = (
        f"wget -S -O - --tries=1 --timeout=10 --no-hsts --no-check-certificate --ca-certificate={roots} {own} "
        f"--secure-protocol={protocol} {options} https://{SERVER}/"
    )
    return Program("wget", tuple(command.split()))


def go(
    certificate: str | None = "alice.pem",
    *,
    roots: str = "root-a.pem",
    low: str = "1.2",
    high: str = "1.2",
    requests: int = 1,
    options: str = "",
    newer: bool = False,
) -> Program:
    own = ["-cert", certificate] if certificate else []
    peer = "./peer-go-newer" if newer else "./peer-go"
    command = (
        f"{peer} client -address {SERVER}:443 -roots {roots} -min {low} -max {high} -requests {requests} {options}"
    )
    return Program("newer Go" if newer else "Go", (*command.split(), *own))


def java(
    keystore: str | None = "alice.p12",
    *,
    truststore: str = "root-a.p12",
    protocols: str = "TLSv1.2",
    options: str = "",
    newer: bool = False,
) -> Program:
    own = f"-Djavax.net.ssl.keyStore={keystore} -Djavax.net.ssl.keyStorePassword=changeit" if keystore else ""
    command = (
        f"{'java-newer' if newer else 'java'} -XX:TieredStopAtLevel=1 -Xshare:auto {own} "
        f"-Djavax.net.ssl.trustStore={truststore} "
        f"-Djavax.net.ssl.trustStorePassword=changeit -Dpeer.protocols={protocols} {options} "
        f"Peer client {SERVER} 443"
    )
    return Program("newer Java" if newer else "Java", tuple(command.split()))


def gnutls(
    certificate: str | None = "alice.pem",
    *,
    roots: str = "root-a.pem",
    priority: str = "NORMAL:-VERS-ALL:+VERS-TLS1.2",
    options: str = "",
    patient: bool = False,
) -> Program:
    """gnutls-cli closes once its input ends; a patient one waits for what the server has to say."""
    own = f"--x509certfile {certificate} --x509keyfile {certificate}" if certificate else ""
    command = (
        f"gnutls-cli --port 443 --sni-hostname shop.example --verify-hostname shop.example --x509cafile {roots} "
        f"{own} --priority {priority} {options} {SERVER}"
    )
    if patient:
        return Program("GnuTLS", ("sh", "-c", f"{{ cat; sleep 1; }} | {command}"), stdin=_GET)
    return Program("GnuTLS", tuple(command.split()), stdin=_GET)


def node(
    certificate: str | None = "alice.pem", *, roots: str = "root-a.pem", version: str = "TLSv1.2", **more: object
) -> Program:
    """`more` are options of tls.connect."""
    options = {"ca": roots, "maxVersion": version, **more}
    if certificate:
        options |= {"cert": certificate, "key": certificate}
    return Program("Node", ("node", "peer.js", "client", SERVER, "443", json.dumps(options)))


def python(
    certificate: str | None = "alice.pem",
    *,
    roots: str = "root-a.pem",
    address: str = SERVER,
    port: int = 443,
    options: str = "",
) -> Program:
    own = ["--cert", certificate] if certificate else []
    command = ("python3", "peer.py", "client", address, str(port), "--roots", roots, *own, *options.split())
    return Program("Python", command)


def tlslite(certificate: str, *, leave_out: str = "", options: str = "") -> Program:
    """A client that does not send the messages named in `leave_out`, or signs wrongly as `options` say."""
    command = f"python3 tlslite_client.py {SERVER} 443 {certificate} {leave_out} {options}"
    return Program("tlslite-ng", tuple(command.split()))


def nss(certificate: str = "alice", *, version: str = "tls1.3", picks: bool = False) -> Program:
    """`certificate` is the name of a .p12 file; `picks` lets NSS look for itself for one that fits the list."""
    own = f"pk12util -i {certificate}.p12 -d nssdb -W changeit && "
    nickname = "" if picks else f"-n {certificate}"
    command = (
        "mkdir nssdb && certutil -N -d nssdb --empty-password && certutil -A -d nssdb -n root -t C,, -i root-a.pem && "
        f"{own}tstclnt -h {SERVER} -p 443 -a shop.example -d nssdb {nickname} -V {version}:{version}"
    )
    return Program("NSS", ("sh", "-c", command), stdin=_GET)


def chromium(certificate: str = "alice", *, version: str = "tls1.3") -> Program:
    """Headless; a policy in a mount namespace of its own picks the certificate, which is otherwise a person's part."""
    script = f"""set -e
mkdir -p .pki/nssdb
certutil -N -d sql:.pki/nssdb --empty-password
certutil -A -d sql:.pki/nssdb -n root -t C,, -i root-a.pem
pk12util -i {certificate}.p12 -d sql:.pki/nssdb -W changeit
mount -t tmpfs tmpfs /etc/chromium
mkdir -p /etc/chromium/policies/managed
cp policy.json /etc/chromium/policies/managed/
exec timeout 20 chromium --headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run \
  --user-data-dir=profile --ssl-version-max={version} --ssl-key-log-file="$SSLKEYLOGFILE" \
  --host-resolver-rules="MAP shop.example {SERVER}" --dump-dom https://shop.example/
"""
    pick = {"AutoSelectCertificateForUrls": ['{"pattern":"https://shop.example","filter":{}}']}
    files = {"chromium.sh": script, "policy.json": json.dumps(pick)}
    return Program("Chromium", ("unshare", "-m", "sh", "chromium.sh"), files=files)


def firefox(certificate: str = "alice") -> Program:
    """Headless; it picks the certificate by itself, and knows the name from a hosts file in a mount namespace."""
    script = f"""set -e
mkdir profile
certutil -N -d sql:profile --empty-password
certutil -A -d sql:profile -n root -t C,, -i root-a.pem
pk12util -i {certificate}.p12 -d sql:profile -W changeit
cp user.js profile/
mount --bind hosts /etc/hosts
HOME=$PWD timeout 20 firefox-esr --headless --profile profile --screenshot page.png https://shop.example/ || true
"""
    settings = {
        "security.default_personal_cert": "Select Automatically",
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "browser.safebrowsing.update.enabled": False,
        "security.OCSP.enabled": 0,
    }
    preferences = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items())
    files = {"firefox.sh": script, "user.js": preferences, "hosts": f"{SERVER} shop.example\n"}
    return Program("Firefox", ("unshare", "-m", "sh", "firefox.sh"), files=files)


def mbedtls(certificate: str = "alice.pem", *, roots: str = "root-a.pem") -> Program:
    command = f"python3 mbedtls_peer.py client {SERVER} 443 {certificate} {roots}"
    return Program("Mbed TLS", tuple(command.split()))


def own(script: str, *arguments: str) -> Program:
    """A small client of `peers/`."""
    return Program("own", ("python3", script, *arguments))


def psql(certificate: str | None = "alice.pem", *, roots: str = "root-a.pem", version: str = "TLSv1.2") -> Program:
    own_certificate = f"sslcert={certificate} sslkey={certificate}" if certificate else ""
    connection = (
        f"host={SERVER} user=alice dbname=postgres sslmode=verify-ca sslrootcert={roots} {own_certificate} "
        f"ssl_max_protocol_version={version}"
    )
    return Program("psql", ("sh", "-c", f"chmod 600 *.pem; psql '{connection}' -c 'select 1'"))
