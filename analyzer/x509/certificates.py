"""Certificates as an observer sees them: everything that can be read is, and the rest is named.

How it works. The certificate is split into its parts by hand, and each part is read on its own: a
date that does not exist, a name in a broken encoding or an extension that is not DER becomes an
entry in ``problems`` and hides nothing else. Only where the frame itself is broken is there an
``UnreadableCertificate``. ``cryptography`` is not asked here: it refuses whole certificates for one
odd field, and such certificates are what this program is about. It is asked for signatures.

The same certificates come again and again (a server sends its chain in every handshake), so
results are cached by their bytes; huge certificates are not kept, which bounds the cache.
"""

from __future__ import annotations

import datetime
import hashlib
from functools import lru_cache

import msgspec

from analyzer.x509.algorithms import read_algorithm
from analyzer.x509.der import (
    SEQUENCE,
    CertificateLayout,
    DerError,
    certificate_layout,
    element,
    expect,
)
from analyzer.x509.extensions import NameConstraints, read_extensions
from analyzer.x509.keys import UNREADABLE_KEY, read_key_info
from analyzer.x509.names import Name, UnreadableName, read_name
from analyzer.x509.times import as_datetime, time_ns

_LONGEST_CACHED = 16 * 1024
"""Bytes. With 4096 entries the cache keeps at most 64 MiB of certificates, ordinarily 6 MiB."""
_LONGEST_SERIAL = 64
"""Bytes of a serial number that are kept; RFC 5280 section 4.1.2.2 allows 20."""


class UnreadableCertificate(msgspec.Struct, frozen=True, gc=False):
    """Bytes that should have been a certificate."""

    sha256: str
    error: str
    """What is wrong, to be read after "the certificate"."""
    der: bytes


class CertificateInfo(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A certificate in plain values (RFC 5280 section 4.1). Two are equal if their bytes are."""

    der: bytes
    sha256: str
    """Of the bytes, in lower-case hexadecimal."""
    subject: Name
    issuer: Name
    serial: str
    """Lower-case hexadecimal, whole bytes; with a minus sign where the issuer broke the rules."""
    not_before_ns: int | None
    """Nanoseconds since 1970 UTC, negative before; beyond 64 bits from 2262 on. None if unreadable."""
    not_after_ns: int | None
    key: str
    """Such as ``RSA 2048``, ``EC P-256``, ``Ed25519``."""
    key_type: str
    """``rsa``, ``rsa-pss``, ``ec``, ``ed25519``, ``ed448``, ``dsa``, ``dh`` or ``other``."""
    key_bits: int | None
    curve: str | None
    public_key_info: bytes
    """The subjectPublicKeyInfo in DER."""
    signature_algorithm: str
    """Such as ``ecdsa-with-SHA256``; dotted when unknown."""
    key_usage: tuple[str, ...] | None
    """RFC names, by bit; None when the extension is absent, or unreadable (see ``problems``)."""
    extended_key_usage: tuple[str, ...] | None
    """RFC names, else dotted; None as for ``key_usage``."""
    basic_constraints_ca: bool | None
    path_length: int | None
    subject_key_id: str | None
    authority_key_id: str | None
    san: tuple[str, ...]
    """``dns:``, ``ip:``, ``email:``, ``uri:``, ``upn:`` or ``dir:`` and the value."""
    name_constraints: NameConstraints | None
    """Which names a CA may certify; None when the extension is absent, or unreadable (see ``problems``)."""
    must_staple: bool
    """The server has to send an OCSP response along (TLS feature, RFC 7633)."""
    version: int
    """1, 2 or 3."""
    problems: tuple[str, ...]
    """What could not be read or breaks RFC 5280, each to be read after "in the certificate,"."""

    def __eq__(self, other: object) -> bool:
        return self.der == other.der if isinstance(other, CertificateInfo) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.der)

    @property
    def not_before(self) -> datetime.datetime | None:
        """Start of validity in UTC."""
        return as_datetime(self.not_before_ns)

    @property
    def not_after(self) -> datetime.datetime | None:
        """End of validity, inclusive, in UTC."""
        return as_datetime(self.not_after_ns)

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name (RFC 5280 section 3.2); says nothing of the signature."""
        return self.subject.key == self.issuer.key

    @property
    def is_ca(self) -> bool:
        """May issue certificates, judged as OpenSSL does.

        Basic constraints decide; without them an old certificate (version 1 or 2) that is
        self-issued counts, and one whose key usage allows keyCertSign.
        """
        if self.basic_constraints_ca is not None:
            return self.basic_constraints_ca
        if self.key_usage is not None:
            return "keyCertSign" in self.key_usage
        return self.version < 3 and self.self_issued

    @property
    def may_issue(self) -> bool:
        """It is a CA's, and its key usage is absent or has keyCertSign (4.2.1.3)."""
        return self.is_ca and (self.key_usage is None or "keyCertSign" in self.key_usage)

    @property
    def allows_client_auth(self) -> bool:
        """The extended key usage is absent, or has clientAuth or anyExtendedKeyUsage (4.2.1.12)."""
        return self._allows("clientAuth")

    @property
    def allows_server_auth(self) -> bool:
        """The extended key usage is absent, or has serverAuth or anyExtendedKeyUsage (4.2.1.12)."""
        return self._allows("serverAuth")

    @property
    def allows_signature(self) -> bool:
        """The key usage is absent, or has digitalSignature (4.2.1.3)."""
        return self.key_usage is None or "digitalSignature" in self.key_usage

    @property
    def spells_curve_out(self) -> bool:
        """An EC key that does not name its curve, which RFC 5480 section 2.1.1 forbids."""
        return self.key_type == "ec" and self.curve is None

    @property
    def can_sign(self) -> bool:
        """The key is of a kind that signs at all; Diffie-Hellman keys do not."""
        return self.key_type != "dh"

    def _allows(self, usage: str) -> bool:
        usages = self.extended_key_usage
        return usages is None or usage in usages or "anyExtendedKeyUsage" in usages


def read_certificate(der: bytes) -> CertificateInfo | UnreadableCertificate:
    """Read a certificate as far as it can be, never raising (RFC 5280 section 4.1).

    Args:
        der: One certificate as a TLS Certificate message carries it.
    """
    return _cached_certificate(der) if len(der) <= _LONGEST_CACHED else _read(der)


def _read(der: bytes) -> CertificateInfo | UnreadableCertificate:
    sha256 = hashlib.sha256(der).hexdigest()
    try:
        layout = certificate_layout(der)
    except DerError as error:
        return UnreadableCertificate(sha256, str(error), der)
    problems: list[str] = []
    subject = _read_name(layout.subject, "subject", problems)
    issuer = _read_name(layout.issuer, "issuer", problems)
    not_before, not_after = _read_validity(layout.validity, problems)
    try:
        key = read_key_info(layout.public_key_info)
    except DerError as error:
        problems.append(f"the public key {error}")
        key = UNREADABLE_KEY
    try:
        algorithm = read_algorithm(layout.algorithm).name
    except DerError as error:
        problems.append(f"the signature algorithm {error}")
        algorithm = "unreadable"
    extensions = read_extensions(layout.extensions)
    _judge_frame(layout, problems)
    return CertificateInfo(
        der=der,
        sha256=sha256,
        subject=subject,
        issuer=issuer,
        serial=_read_serial(layout.serial, problems),
        not_before_ns=not_before,
        not_after_ns=not_after,
        key=key.text,
        key_type=key.type,
        key_bits=key.bits,
        curve=key.curve,
        public_key_info=layout.public_key_info,
        signature_algorithm=algorithm,
        key_usage=extensions.key_usage,
        extended_key_usage=extensions.extended_key_usage,
        basic_constraints_ca=extensions.ca,
        path_length=extensions.path_length,
        subject_key_id=extensions.subject_key_id,
        authority_key_id=extensions.authority_key_id,
        san=extensions.san,
        name_constraints=extensions.name_constraints,
        must_staple=extensions.must_staple,
        version=layout.version,
        problems=(*problems, *extensions.problems),
    )


_cached_certificate = lru_cache(maxsize=4096)(_read)


def _read_name(der: bytes, which: str, problems: list[str]) -> Name:
    name = read_name(der)
    if isinstance(name, UnreadableName):
        problems.append(f"the {which} {name.error}")
        return name.as_name()
    return name


def _read_serial(content: bytes, problems: list[str]) -> str:
    """RFC 5280 section 4.1.2.2: positive, and at most 20 bytes."""
    if not content:
        problems.append("the serial number is empty")
        return ""
    number = int.from_bytes(content[:_LONGEST_SERIAL], "big", signed=True)
    if number <= 0:
        problems.append("the serial number is not positive")
    if number.bit_length() > 160:  # a zero byte for the sign does not count
        problems.append(f"the serial number takes {len(content)} bytes where 20 are allowed")
    shown = f"{abs(number):x}"
    return ("-" if number < 0 else "") + "0" * (len(shown) % 2) + shown


def _judge_frame(layout: CertificateLayout, problems: list[str]) -> None:
    if layout.version not in (1, 2, 3):
        problems.append(f"the version is {layout.version}")
    elif layout.version != 3 and layout.extensions:
        problems.append(f"there are extensions, which version {layout.version} does not have")
    if layout.inner_algorithm != layout.algorithm:  # RFC 5280 section 4.1.1.2
        problems.append("the signature algorithm inside the signed part is another one than outside")
    if layout.trailing:
        problems.append(f"{layout.trailing} bytes follow the certificate")


def _read_validity(der: bytes, problems: list[str]) -> tuple[int | None, int | None]:
    times: list[int | None] = [None, None]
    try:
        at, end = expect(der, 0, len(der), SEQUENCE, "the validity")
        for index, which in enumerate(("start", "end")):
            tag, start, stop = element(der, at, end)
            at = stop
            try:
                times[index] = time_ns(tag, der[start:stop])
            except ValueError:
                shown = der[start:stop][:32].decode("latin-1")
                problems.append(f'the {which} of validity is no date: "{shown}"')
    except DerError as error:
        problems.append(f"the validity {error}")
    return times[0], times[1]
