"""Client certificates with one flaw each that a verifier should find, and the lists of what is revoked.

They complete the PKI of `pki.py` under the same rules: keys and serial numbers follow from the names.
"""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .pki import (
    Authority,
    Identity,
    ca_builder,
    intermediate_ca,
    key_for,
    leaf,
    root_ca,
    sign,
    write_certificates,
    write_identity,
)

_YEARS_20 = dt.timedelta(days=20 * 365)
_DEPTH = 3


def mint_flaws(folder: Path, now: dt.datetime) -> None:
    """Write the flawed identities, all of them below Corp Root A, and the revocation lists."""
    root = root_ca("Corp Root A")
    issuing = intermediate_ca("Issuing CA 1", root)
    born = root.certificate.not_valid_before_utc
    good = (born, born + _YEARS_20)
    client = [ExtendedKeyUsageOID.CLIENT_AUTH]

    revoked = leaf("revoked", issuing, good, client)
    write_identity(folder, "revoked", revoked)
    lists = ((issuing, [revoked.certificate]), (root, []))
    _write_crls(folder / "crls.pem", now, *lists)
    _write_crls(folder / "crls-old.pem", now - dt.timedelta(days=400), *lists)

    write_identity(folder, "key-encipherment", leaf("key-encipherment", issuing, good, client, may="encipher"))
    write_identity(folder, "key-agreement", leaf("key-agreement", issuing, good, client, may="agree"))
    _write_sha1(folder, leaf("sha1", issuing, good, client))
    small = rsa.generate_private_key(65537, 1024)
    write_identity(folder, "rsa1024", leaf("rsa1024", issuing, good, client, key=small))

    deep = root
    for level in range(1, _DEPTH + 1):
        deep = intermediate_ca(f"Issuing CA 1.{level}", deep)
    write_identity(folder, "deep", leaf("deep", deep, good, client))
    write_certificates(folder / "deep-chain.pem", *deep.sent_chain)

    only_servers = intermediate_ca("Web CA", root, usage=ExtendedKeyUsageOID.SERVER_AUTH)
    write_identity(folder, "below-web-ca", leaf("below-web-ca", only_servers, good, client))

    own = leaf("team", issuing, good, client)
    pretender = Authority(own.key, own.certificate, (own.certificate, *own.chain))
    write_identity(folder, "below-leaf", leaf("below-leaf", pretender, good, client))


def mint_public_leaf(folder: Path, now: dt.datetime) -> None:
    """A leaf as a public CA issues it today; names and usages are those of the real one, the keys are ours."""
    validity = (now - dt.timedelta(days=20), now + dt.timedelta(days=70))
    usages = [ExtendedKeyUsageOID.SERVER_AUTH]
    write_certificates(folder / "public-root.pem", _public_root().certificate)
    write_identity(folder, "public", leaf("api.example", public_issuer(), validity, usages, dns="api.example"))


def public_issuer() -> Authority:
    """The public CA's intermediate."""
    name = "E7"
    certificate = _public_ca(name, _public_root())
    return Authority(key_for(name), certificate, (certificate,))


def _public_root() -> Authority:
    return Authority(key_for("public root"), _public_ca("ISRG Root X2", None), ())


def _public_ca(common_name: str, issuer: Authority | None) -> x509.Certificate:
    organisation = "Let's Encrypt" if issuer else "Internet Security Research Group"
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    seed = common_name if issuer else "public root"
    above = issuer.certificate.subject if issuer else subject
    return sign(ca_builder(subject, above, seed), issuer.key if issuer else key_for(seed))


def _write_sha1(folder: Path, like: Identity) -> None:
    """An identity whose certificate is signed with SHA-1: openssl still does that, our library refuses."""
    write_identity(folder, "sha1", like)
    command = (
        "openssl req -x509 -new -key sha1.pem -CA issuing.pem -CAkey issuing-key.pem -sha1 -days 3650 "
        "-subj /O=Corp/CN=sha1 -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature "
        "-addext extendedKeyUsage=clientAuth -out sha1-new.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    old = like.certificate.public_bytes(serialization.Encoding.PEM)
    new = (folder / "sha1-new.pem").read_bytes()
    for path in (folder / "sha1.pem", folder / "sha1-leaf.pem", folder / "sha1-cert.pem"):
        path.write_bytes(path.read_bytes().replace(old, new))


def _write_crls(path: Path, made: dt.datetime, *lists: tuple[Authority, list[x509.Certificate]]) -> None:
    """One list for each CA; a verifier that checks the whole chain wants them all."""
    pem = b""
    for authority, revoked in lists:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(authority.certificate.subject)
            .last_update(made - dt.timedelta(days=1))
            .next_update(made + dt.timedelta(days=365))
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        for certificate in revoked:
            entry = (
                x509.RevokedCertificateBuilder()
                .serial_number(certificate.serial_number)
                .revocation_date(made - dt.timedelta(days=2))
            )
            builder = builder.add_revoked_certificate(entry.build())
        crl: x509.CertificateRevocationList = builder.sign(authority.key, hashes.SHA256())
        pem += crl.public_bytes(serialization.Encoding.PEM)
    path.write_bytes(pem)
