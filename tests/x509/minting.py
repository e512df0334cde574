"""Certificates made on the spot, with fixed dates, one deviation at a time."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from analyzer.x509 import CertificateInfo, Name, read_certificate, read_name

PrivateKey = (
    ec.EllipticCurvePrivateKey
    | rsa.RSAPrivateKey
    | dsa.DSAPrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
)

CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER = ExtendedKeyUsageOID.SERVER_AUTH


def tlv(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def attribute(value: bytes, tag: int = 0x0C, oid: str = "550403") -> bytes:
    return tlv(0x30, tlv(0x06, bytes.fromhex(oid)) + tlv(tag, value))


def name_der(*rdns: bytes | Sequence[bytes]) -> bytes:
    """Each argument is an attribute, or the attributes of a multi-valued RDN."""
    sets = (tlv(0x31, rdn if isinstance(rdn, bytes) else b"".join(rdn)) for rdn in rdns)
    return tlv(0x30, b"".join(sets))


def name(der: bytes) -> Name:
    found = read_name(der)
    assert isinstance(found, Name)
    return found


def info(der: bytes) -> CertificateInfo:
    found = read_certificate(der)
    assert isinstance(found, CertificateInfo)
    return found


def dn(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Corp"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


class Identity(NamedTuple):
    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def info(self) -> CertificateInfo:
        return info(self.der)

    def key_pem(self, password: bytes | None = None, *, traditional: bool = False) -> bytes:
        form = PrivateFormat.TraditionalOpenSSL if traditional else PrivateFormat.PKCS8
        protection = NoEncryption() if password is None else BestAvailableEncryption(password)
        return self.key.private_bytes(Encoding.PEM, form, protection)


def usage(*names: str) -> x509.KeyUsage:
    fields = {
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    }
    return x509.KeyUsage(**{field: field in names for field in fields})


def mint(
    subject: str | x509.Name,
    issuer: Identity | None = None,
    *,
    ca: bool | None = None,
    key: PrivateKey | None = None,
    eku: Sequence[x509.ObjectIdentifier] = (),
    key_usage: x509.KeyUsage | None = None,
    extensions: Sequence[x509.ExtensionType] = (),
    issuer_name: x509.Name | None = None,
    years: tuple[int, int] = (2020, 2040),
) -> Identity:
    """A certificate; without an issuer it signs itself. Without ``ca`` it has no basic constraints."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    own_name = dn(subject) if isinstance(subject, str) else subject
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(own_name)
        .issuer_name(issuer_name or (issuer.certificate.subject if issuer else own_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(years[0], 1, 1))
        .not_valid_after(datetime.datetime(years[1], 12, 31, 23, 59, 59))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    if eku:
        builder = builder.add_extension(x509.ExtendedKeyUsage(eku), critical=False)
    if key_usage is not None:
        builder = builder.add_extension(key_usage, critical=True)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    edwards = isinstance(signer, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return Identity(builder.sign(signer, None if edwards else hashes.SHA256()), key)


class Family(NamedTuple):
    """A root, an intermediate and a client of it, and a stranger."""

    root: Identity
    intermediate: Identity
    leaf: Identity
    stranger: Identity


def make_family() -> Family:
    root = mint("Root", ca=True)
    intermediate = mint("Issuing", root, ca=True)
    leaf = mint("alice", intermediate, ca=False, eku=[CLIENT], key_usage=usage("digital_signature"))
    return Family(root, intermediate, leaf, mint("Stranger", ca=True))
