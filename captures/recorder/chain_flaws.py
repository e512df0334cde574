"""Chains with one flaw above or beside the leaf, and server certificates that clients refuse.

They complete the PKI of `pki.py` under the same rules: keys and serial numbers follow from the names.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .pki import (
    Authority,
    Identity,
    ca_builder,
    corp_name,
    intermediate_ca,
    key_for,
    leaf,
    root_ca,
    self_signed_leaf,
    sign,
    write_certificates,
    write_identity,
)

_YEARS_20 = dt.timedelta(days=20 * 365)
_CLIENT = [ExtendedKeyUsageOID.CLIENT_AUTH]
_SERVER = [ExtendedKeyUsageOID.SERVER_AUTH]


def mint_chain_flaws(folder: Path, now: dt.datetime) -> None:
    """Write them; all stand below Corp Root A."""
    root = root_ca("Corp Root A")
    born = root.certificate.not_valid_before_utc
    good = (born, born + _YEARS_20)

    _mint_constrained(folder, root, good)
    _mint_too_deep(folder, root, good)
    _mint_rekeyed(folder, root)
    renamed = corp_name("Corp Root of 2026")
    of_2026 = sign(ca_builder(renamed, renamed, "Corp Root A"), root.key)
    write_certificates(folder / "root-a-renamed.pem", of_2026)
    write_certificates(folder / "root-a-both-names.pem", root.certificate, of_2026)
    issuing = intermediate_ca("Issuing CA 1", root)
    write_identity(folder, "ca-as-leaf", Identity(issuing.key, issuing.certificate))

    silent = intermediate_ca("Silent CA", root, may_sign=False)
    write_identity(folder, "below-silent-ca", leaf("below-silent-ca", silent, good, _CLIENT))

    write_identity(folder, "below-old", leaf("below-old", _old_ca(root, now), good, _CLIENT))

    _write_explicit(folder)

    server_ca = intermediate_ca("Server CA 1", root)
    write_identity(folder, "server-other", leaf("store.example", server_ca, good, _SERVER, dns="store.example"))
    stapled = x509.TLSFeature([x509.TLSFeatureType.status_request])
    write_identity(
        folder,
        "server-must-staple",
        leaf("shop.example", server_ca, good, _SERVER, dns="shop.example", feature=stapled),
    )
    future = (now + dt.timedelta(days=300), now + dt.timedelta(days=700))
    write_identity(folder, "server-future", leaf("shop.example", server_ca, future, _SERVER, dns="shop.example"))
    write_identity(folder, "server-self", self_signed_leaf("shop.example", good, usage=_SERVER[0], dns="shop.example"))
    write_certificates(folder / "root-a-expired.pem", _expired(root, now))


def _expired(root: Authority, now: dt.datetime) -> x509.Certificate:
    """The root with the same name and key, and other dates."""
    name = root.certificate.subject
    key = root.key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key)
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=3650))
        .not_valid_after(now - dt.timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    return sign(builder, root.key)


def _old_ca(root: Authority, now: dt.datetime) -> Authority:
    """An intermediate that should have been renewed three days ago."""
    key = key_for("Old CA")
    builder = (
        x509.CertificateBuilder()
        .subject_name(corp_name("Old CA"))
        .issuer_name(root.certificate.subject)
        .public_key(key.public_key())
        .serial_number(2)
        .not_valid_before(now - dt.timedelta(days=900))
        .not_valid_after(now - dt.timedelta(days=3))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    certificate = sign(builder, root.key)
    return Authority(key, certificate, (certificate,))


def _mint_constrained(folder: Path, root: Authority, good: tuple[dt.datetime, dt.datetime]) -> None:
    """Two CAs that may issue for corp.example and for O=Corp only, and what they issued."""
    dns = x509.NameConstraints(permitted_subtrees=[x509.DNSName("corp.example")], excluded_subtrees=None)
    below = _constrained_ca("Branch CA", root, dns)
    write_identity(folder, "outside", leaf("outside", below, good, _CLIENT, dns="laptop.partner.example"))
    write_identity(folder, "inside", leaf("inside", below, good, _CLIENT, dns="laptop.corp.example"))
    partner = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Partner")])
    names = x509.NameConstraints(
        permitted_subtrees=[x509.DirectoryName(partner)],
        excluded_subtrees=[x509.IPAddress(ipaddress.ip_network("192.0.2.0/24"))],
    )
    write_identity(
        folder, "outside-name", leaf("outside-name", _constrained_ca("Partner Branch", root, names), good, _CLIENT)
    )


def _constrained_ca(common_name: str, root: Authority, constraints: x509.NameConstraints) -> Authority:
    builder = ca_builder(corp_name(common_name), root.certificate.subject, common_name)
    builder = builder.add_extension(constraints, critical=True)
    certificate = sign(builder, root.key)
    return Authority(key_for(common_name), certificate, (certificate,))


def _mint_too_deep(folder: Path, root: Authority, good: tuple[dt.datetime, dt.datetime]) -> None:
    """Flat CA may issue leaves only (path length 0), and yet there is a CA below it."""
    builder = ca_builder(corp_name("Flat CA"), root.certificate.subject, "Flat CA", path_length=0)
    certificate = sign(builder, root.key)
    flat = Authority(key_for("Flat CA"), certificate, (certificate,))
    below = intermediate_ca("Below Flat CA", flat)
    write_identity(folder, "too-deep", leaf("too-deep", below, good, _CLIENT))
    write_identity(folder, "flat", leaf("flat", flat, good, _CLIENT))


def _mint_rekeyed(folder: Path, root: Authority) -> None:
    """Root and intermediate made anew under their old names with new keys; alice's leaf is signed by the old one."""
    key = key_for("Corp Root A, second key")
    builder = ca_builder(root.certificate.subject, root.certificate.subject, "Corp Root A, second key")
    new_root = Authority(key, sign(builder, key), ())
    write_certificates(folder / "root-a-rekeyed.pem", new_root.certificate)
    renewed = sign(
        ca_builder(corp_name("Issuing CA 1"), root.certificate.subject, "Issuing CA 1, second key"), root.key
    )
    begin = b"-----BEGIN CERTIFICATE-----"
    own_key, leaf_pem, _ = (folder / "alice.pem").read_bytes().split(begin)
    write_certificates(folder / "issuing-rekeyed.pem", renewed)
    (folder / "alice-rekeyed.pem").write_bytes(
        own_key + begin + leaf_pem + (folder / "issuing-rekeyed.pem").read_bytes()
    )


def _write_explicit(folder: Path) -> None:
    """A leaf whose key spells its curve out in numbers: only openssl still writes that."""
    key = key_for("explicit").private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    (folder / "explicit-named.pem").write_bytes(key)
    (folder / "explicit.ext").write_text(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n"
    )
    for command in (
        "openssl ec -in explicit-named.pem -param_enc explicit -out explicit-key.pem",
        "openssl req -new -key explicit-key.pem -subj /O=Corp/CN=explicit -out explicit.csr",
        "openssl x509 -req -in explicit.csr -CA issuing.pem -CAkey issuing-key.pem -set_serial 4711 -days 3650 "
        "-extfile explicit.ext -out explicit-cert.pem",
    ):
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    parts = [(folder / f"{name}.pem").read_bytes() for name in ("explicit-key", "explicit-cert", "issuing")]
    (folder / "explicit.pem").write_bytes(b"".join(parts))
