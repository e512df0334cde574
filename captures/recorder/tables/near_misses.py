"""The table of logins that only look like one of the flawed ones: what is wrong there is not wrong here.

Their certificates differ from a flawed one in the one thing that matters, or the server does not mind the flaw.
"""

from __future__ import annotations

import datetime as dt
import shlex
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from .. import clients, servers
from ..flaws import public_issuer
from ..pki import Identity, corp_name, leaf, root_ca, sign, write_certificates, write_identity
from ..scenarios import Scenario, failure, good, login

_BEGIN = "-----BEGIN CERTIFICATE-----"

NEAR_MISSES: tuple[Scenario, ...] = (
    login(
        "long-message-accepted-curl-go",
        "The client sends 35 certificates, more bytes than Schannel and mbedTLS take (16 KiB); Go takes 64 KiB.",
        clients.curl("alice-crowd-35.pem"),
        servers.go(),
        good("certificate-message-too-long", findings=("chain-out-of-order",)),
        "completed",
    ),
    login(
        "public-ca-before-the-change-curl-openssl",
        "A public CA's certificate for servers only, but issued before such CAs left clientAuth out.",
        clients.curl("public-earlier.pem"),
        servers.openssl(names="public-root.pem"),
        failure("client-certificate-lacks-client-auth-eku", never=("public-ca-dropped-client-auth",)),
        "failed_by_server",
    ),
    login(
        "good-public-ca-curl-openssl",
        "A public CA's certificate of today that was still issued for clients as well.",
        clients.curl("public-both.pem"),
        servers.openssl(names="public-root.pem"),
        good("public-ca-dropped-client-auth", "client-certificate-lacks-client-auth-eku"),
        "completed",
    ),
    login(
        "good-device-certificate-curl-openssl",
        "A VPN gateway shows the certificate that it left the factory with: its maker also makes middleboxes.",
        clients.curl(roots="maker.pem"),
        servers.openssl(certificate="device.pem", chain="maker.pem"),
        good("tls-intercepted"),
        "completed",
    ),
    login(
        "sni-warned-curl-openssl",
        "The server does not know the name that the client asks for, says so with a warning, and goes on.",
        clients.curl(),
        servers.openssl(options="-servername other.example -cert2 server.pem -key2 server.pem"),
        good("sni-unexpected"),
        "completed",
    ),
    login(
        "good-sha1-root-curl-openssl",
        "The client sends its root along, which is signed with SHA-1; nobody looks at how a root is signed.",
        clients.curl("below-sha1-root.pem"),
        servers.openssl(names="sha1-root.pem"),
        good("weak-signature"),
        "completed",
    ),
)


def mint_near_misses(folder: Path, now: dt.datetime) -> None:
    """Write what the table needs besides the PKI and the flawed identities."""
    server, client = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
    born = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
    issuer, forever = public_issuer(), (born, born + dt.timedelta(days=20 * 365))
    write_identity(folder, "public-earlier", leaf("earlier.example", issuer, forever, [server], dns="api.example"))
    today = (now - dt.timedelta(days=20), now + dt.timedelta(days=70))
    write_identity(folder, "public-both", leaf("both.example", issuer, today, [server, client], dns="api.example"))

    maker = root_ca("fortinet-subca2001", organisation="Fortinet")
    device = leaf("FGT60F", maker, forever, [server], dns="shop.example")
    own = sign(_renamed(device.certificate, corp_name("FGT60F", organisation="Fortinet")), maker.key)
    write_certificates(folder / "maker.pem", maker.certificate)
    write_identity(folder, "device", Identity(device.key, own))

    _write_below_sha1_root(folder, forever)

    crowded = (folder / "alice-crowd-60.pem").read_text(encoding="ascii").split(_BEGIN)
    (folder / "alice-crowd-35.pem").write_text(_BEGIN.join(crowded[: 1 + 35]), encoding="ascii")


def _write_below_sha1_root(folder: Path, validity: tuple[dt.datetime, dt.datetime]) -> None:
    """An identity with its root in the file; openssl still signs with SHA-1, our library refuses."""
    root = root_ca("Corp Root C")
    write_identity(folder, "sha1-root-key", Identity(root.key, root.certificate))
    command = (
        "openssl req -x509 -new -key sha1-root-key.pem -sha1 -days 7300 -subj /O=Corp/CN=Corp\\ Root\\ C "
        "-addext keyUsage=critical,keyCertSign -out sha1-root.pem"
    )
    subprocess.run(shlex.split(command), cwd=folder, check=True, capture_output=True)
    below = leaf("below-sha1-root", root, validity, [ExtendedKeyUsageOID.CLIENT_AUTH])
    write_identity(folder, "below-sha1-root", below)
    with (folder / "below-sha1-root.pem").open("ab") as file:
        file.write((folder / "sha1-root.pem").read_bytes())


def _renamed(like: x509.Certificate, subject: x509.Name) -> x509.CertificateBuilder:
    """The same certificate for another subject, yet to be signed."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(like.issuer)
        .public_key(like.public_key())
        .serial_number(like.serial_number)
        .not_valid_before(like.not_valid_before_utc)
        .not_valid_after(like.not_valid_after_utc)
    )
    for extension in like.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder
