"""The test PKI: a few CAs, client certificates with one flaw each, server certificates.

Every key in here is a test key. EC keys, serial numbers and signatures follow from the name, so that a
second run mints the same certificates; only RSA keys and the dates of what has expired are new each time.

For an identity `alice` these files are written:

    alice.pem        private key, leaf, intermediate: what a client is usually given
    alice-leaf.pem   private key and leaf, the intermediate forgotten
    alice-cert.pem   leaf and intermediate without the key
    alice.p12        the same for Java, password "changeit"
    alice-leaf.p12   without the intermediate
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PASSWORD = b"changeit"
_BEGIN = b"-----BEGIN CERTIFICATE-----"

# How many CAs stand before Corp Root A in the files crowd-N.pem; a name takes 163 bytes.
CROWDS = (70, 80, 100, 110, 230, 440)

_BORN = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

_CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
_SERVER = ExtendedKeyUsageOID.SERVER_AUTH
_ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Identity:
    """A certificate, its key, and the CAs above it, nearest first."""

    key: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True)
class Authority:
    """A CA and the certificates that its leaves send along (no root)."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    sent_chain: tuple[x509.Certificate, ...]


def mint(folder: Path, now: dt.datetime) -> None:
    """Write the whole PKI into `folder`."""
    root_a = root_ca("Corp Root A")
    root_b = root_ca("Corp Root B")
    root_a_printable = _reencoded(root_a)
    partner_ca = root_ca("Partner CA", organisation="Partner")
    issuing = intermediate_ca("Issuing CA 1", root_a)
    issuing_b = intermediate_ca("Issuing CA 2", root_b)
    server_ca = intermediate_ca("Server CA 1", root_a)

    write_certificates(folder / "root-a.pem", root_a.certificate)
    write_certificates(folder / "root-a-printable.pem", root_a_printable)
    write_certificates(folder / "root-b.pem", root_b.certificate)
    write_certificates(folder / "partner-ca.pem", partner_ca.certificate)
    write_certificates(folder / "issuing.pem", issuing.certificate)
    write_certificates(folder / "issuing-b.pem", issuing_b.certificate)
    write_certificates(folder / "server-ca.pem", server_ca.certificate)
    write_certificates(folder / "server-ca-root-a.pem", server_ca.certificate, root_a.certificate)
    write_certificates(folder / "issuing-root-a.pem", issuing.certificate, root_a.certificate)
    write_certificates(folder / "roots.pem", root_a.certificate, root_b.certificate)
    for name, authorities in {
        "root-a": [root_a],
        "issuing": [issuing],
        "issuing-root-a": [issuing, root_a],
        "roots": [root_a, root_b],
        "root-b": [root_b],
    }.items():
        _write_java_truststore(folder / f"{name}.p12", authorities)

    crowd = _crowd(max(CROWDS), root_a.certificate)
    for count in CROWDS:
        write_certificates(folder / f"crowd-{count}.pem", *crowd[:count], root_a.certificate)

    years = 365 * dt.timedelta(days=1)
    good = (_BORN, _BORN + 20 * years)
    recently_expired = (now - 400 * dt.timedelta(days=1), now - dt.timedelta(days=5))
    far_future = (dt.datetime(2045, 1, 1, tzinfo=dt.UTC), dt.datetime(2050, 1, 1, tzinfo=dt.UTC))

    for identity_name, identity in {
        "alice": leaf("alice", issuing, good, [_CLIENT]),
        "alice-rsa": leaf("alice-rsa", issuing, good, [_CLIENT], rsa_key=True),
        "alice-rsa4096": leaf("alice-rsa4096", issuing, good, [_CLIENT], key=rsa.generate_private_key(65537, 4096)),
        "alice-p384": leaf("alice-p384", issuing, good, [_CLIENT], key=_p384_key("alice-p384")),
        "alice-ed25519": leaf("alice-ed25519", issuing, good, [_CLIENT], key=_ed25519_key("alice-ed25519")),
        "direct": leaf("direct", root_a, good, [_CLIENT]),
        "bob": leaf("bob", issuing_b, good, [_CLIENT]),
        "partner": leaf("partner", partner_ca, good, [_CLIENT]),
        "expired": leaf("expired", issuing, recently_expired, [_CLIENT]),
        "future": leaf("future", issuing, far_future, [_CLIENT]),
        "server-eku": leaf("server-eku", issuing, good, [_SERVER]),
        "no-eku": leaf("no-eku", issuing, good, None),
        "any-eku": leaf("any-eku", issuing, good, [_ANY]),
        "self-signed": self_signed_leaf("self-signed", good),
        "server": leaf("shop.example", server_ca, good, [_SERVER], dns="shop.example"),
        "server-rsa": leaf("shop.example", server_ca, good, [_SERVER], dns="shop.example", rsa_key=True),
        "server-other": leaf("other.example", server_ca, good, [_SERVER], dns="other.example"),
        "server-expired": leaf("shop.example", server_ca, recently_expired, [_SERVER], dns="shop.example"),
        "server-client-eku": leaf("shop.example", server_ca, good, [_CLIENT], dns="shop.example"),
        "server-unknown": leaf("shop.example", partner_ca, good, [_SERVER], dns="shop.example"),
    }.items():
        write_identity(folder, identity_name, identity)
    write_identity(folder, "issuing-key", Identity(issuing.key, issuing.certificate))
    _write_more(folder / "alice.pem", folder / "alice-shuffled.pem", root_a.certificate, issuing.certificate)
    _write_more(folder / "alice.pem", folder / "alice-crowd-200.pem", issuing.certificate, *crowd[:200])
    _write_more(folder / "alice.pem", folder / "alice-crowd-60.pem", issuing.certificate, *crowd[:60])
    _write_more(folder / "alice.pem", folder / "alice-crowd-15.pem", issuing.certificate, *crowd[:15])
    _turn_upside_down(folder / "alice.pem", folder / "alice-upside-down.pem")


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest())


def key_for(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(_seed(name) % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def _p384_key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(_seed(name), ec.SECP384R1())


def _ed25519_key(name: str) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def _serial(name: str) -> int:
    return _seed("serial " + name) >> 97


def corp_name(common_name: str, organisation: str = "Corp") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)


def ca_builder(
    subject: x509.Name, issuer: x509.Name, common_name: str, *, path_length: int | None = None, may_sign: bool = True
) -> x509.CertificateBuilder:
    key = key_for(common_name).public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(_serial(common_name))
        .not_valid_before(_BORN)
        .not_valid_after(_BORN + dt.timedelta(days=30 * 365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_key_usage(signs_certificates=may_sign), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def root_ca(common_name: str, organisation: str = "Corp") -> Authority:
    key = key_for(common_name)
    name = corp_name(common_name, organisation)
    certificate = sign(ca_builder(name, name, common_name), key)
    return Authority(key, certificate, ())


def _reencoded(root: Authority) -> x509.Certificate:
    """The root with the same key and the same name, but in PrintableString instead of UTF8String."""
    name = x509.Name(
        x509.NameAttribute(attribute.oid, attribute.value, _type=_ASN1Type.PrintableString)
        for attribute in root.certificate.subject
    )
    return sign(ca_builder(name, name, "Corp Root A"), root.key)


def _crowd_name(number: int) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Corp Holding and Subsidiaries"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Department of Certificates and Trust"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Corp Regional Issuing Authority for Branch {number:04}"),
        ]
    )


def crowd_names(count: int) -> list[bytes]:
    """The DER names of the CAs in the crowd files."""
    return [_crowd_name(number).public_bytes() for number in range(count)]


def _crowd(count: int, model: x509.Certificate) -> list[x509.Certificate]:
    """CAs of which only the names matter; they share one key."""
    key = key_for("crowd")
    certificates = []
    for number in range(count):
        name = _crowd_name(number)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(number + 1)
            .not_valid_before(model.not_valid_before_utc)
            .not_valid_after(model.not_valid_after_utc)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        )
        certificates.append(sign(builder, key))
    return certificates


def intermediate_ca(
    common_name: str, issuer: Authority, usage: x509.ObjectIdentifier | None = None, *, may_sign: bool = True
) -> Authority:
    name, above = corp_name(common_name), issuer.certificate.subject
    builder = ca_builder(name, above, common_name, may_sign=may_sign).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    certificate = sign(builder, issuer.key)
    return Authority(key_for(common_name), certificate, (certificate, *issuer.sent_chain))


def leaf(
    common_name: str,
    issuer: Authority,
    validity: tuple[dt.datetime, dt.datetime],
    usages: list[x509.ObjectIdentifier] | None,
    *,
    dns: str | None = None,
    rsa_key: bool = False,
    key: PrivateKey | None = None,
    may: Literal["sign", "agree", "encipher"] = "sign",
    feature: x509.TLSFeature | None = None,
) -> Identity:
    seed_name = f"{common_name} {issuer.certificate.subject.rfc4514_string()} {usages} {rsa_key}"
    if key is None:
        key = rsa.generate_private_key(65537, 2048) if rsa_key else key_for(seed_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(corp_name(common_name))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(_serial(seed_name))
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False, may=may), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False)
    )
    if usages is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if dns is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False)
    if feature is not None:
        builder = builder.add_extension(feature, critical=False)
    return Identity(key, sign(builder, issuer.key), issuer.sent_chain)


def self_signed_leaf(
    common_name: str,
    validity: tuple[dt.datetime, dt.datetime],
    *,
    usage: x509.ObjectIdentifier = _CLIENT,
    dns: str | None = None,
) -> Identity:
    key = key_for(common_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(corp_name(common_name))
        .issuer_name(corp_name(common_name))
        .public_key(key.public_key())
        .serial_number(_serial(common_name))
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    )
    if dns is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False)
    return Identity(key, sign(builder, key))


def _key_usage(*, signs_certificates: bool, may: str = "sign") -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=may == "sign" and not signs_certificates,
        content_commitment=False,
        key_encipherment=may == "encipher",
        data_encipherment=False,
        key_agreement=may == "agree",
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)


def write_certificates(path: Path, *certificates: x509.Certificate) -> None:
    path.write_bytes(_pem(*certificates))


def write_identity(folder: Path, name: str, identity: Identity) -> None:
    key = identity.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificates = _pem(identity.certificate, *identity.chain)
    (folder / f"{name}.pem").write_bytes(key + certificates)
    (folder / f"{name}-leaf.pem").write_bytes(key + _pem(identity.certificate))
    (folder / f"{name}-cert.pem").write_bytes(certificates)
    for suffix, chain in (("", identity.chain), ("-leaf", ())):
        (folder / f"{name}{suffix}.p12").write_bytes(
            pkcs12.serialize_key_and_certificates(
                name.encode(),
                identity.key,
                identity.certificate,
                chain,
                serialization.BestAvailableEncryption(PASSWORD),
            )
        )


def _write_more(path: Path, target: Path, *certificates: x509.Certificate) -> None:
    """The same key and leaf, and behind them these certificates instead of the chain."""
    key, leaf_pem, _ = path.read_bytes().split(_BEGIN)
    target.write_bytes(key + _BEGIN + leaf_pem + _pem(*certificates))


def _turn_upside_down(path: Path, target: Path) -> None:
    """The same key with the CA's certificate before the leaf's."""
    key, leaf_pem, issuer = path.read_bytes().split(_BEGIN)
    target.write_bytes(key + _BEGIN + issuer + _BEGIN + leaf_pem)


def _write_java_truststore(path: Path, authorities: list[Authority]) -> None:
    certificates = [
        pkcs12.PKCS12Certificate(authority.certificate, f"ca{number}".encode())
        for number, authority in enumerate(authorities)
    ]
    path.write_bytes(pkcs12.serialize_java_truststore(certificates, serialization.BestAvailableEncryption(PASSWORD)))
