"""Revocation lists (CRLs) that the user gives, and what they say of a serial number.

How it works. ``cryptography`` reads a list and finds a serial number in it without unpacking the others: a million
entries cost 50 ms once and 40 ms for each number that is asked for, so answers are remembered. A list speaks only for
the CA that signed it; whose key that is, is for the caller to find out, and :meth:`RevocationList.signed_by` says
whether it fits. Whether a list was in force at some time is the caller's question too, and so its dates are plain
numbers.

Lists that speak for other CAs than their signer (indirect ones, RFC 5280 section 5.2.5) are refused: in them an entry
means what the entries before it say.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from analyzer.errors import InputUnreadableError
from analyzer.x509.containers import read_bytes
from analyzer.x509.issuance import load_public_key
from analyzer.x509.names import Name, read_name
from analyzer.x509.pem import decode_base64, pem_blocks
from analyzer.x509.times import ns_of

if TYPE_CHECKING:
    from cryptography import x509

_MOST_LISTS = 1000
"""In one file."""
_BEGIN = b"-----BEGIN X509 CRL-----"
_TRY = "Give the list that the CA publishes (CRL) in PEM or DER form; openssl crl -in FILE -noout -text shows it."


class Revocation(msgspec.Struct, frozen=True, gc=False):
    """An entry of a list."""

    since_ns: int
    reason: str | None
    """As RFC 5280 section 5.3.1 calls it, such as ``keyCompromise``; None where it is not said."""


class RevocationList:
    """What one CA has taken back."""

    def __init__(self, parsed: x509.CertificateRevocationList, issuer: Name) -> None:
        self._parsed = parsed
        self.issuer = issuer
        self.made_ns = ns_of(parsed.last_update_utc)
        """thisUpdate: what was revoked later is not on it."""
        self.renewed_by_ns = None if parsed.next_update_utc is None else ns_of(parsed.next_update_utc)
        """nextUpdate; None where the CA does not say."""
        self.find = lru_cache(maxsize=8192)(self._find)
        """The entry of a serial number, written as a certificate's is; None when it has none."""
        self.signed_by = lru_cache(maxsize=64)(self._signed_by)
        """Is it signed with the private half of this subjectPublicKeyInfo?"""

    def _find(self, serial: str) -> Revocation | None:
        number = int(serial or "0", 16)
        entry = self._parsed.get_revoked_certificate_by_serial_number(number) if number >= 0 else None
        if entry is None:
            return None
        reason = _reason(entry)
        return None if reason == "removeFromCRL" else Revocation(ns_of(entry.revocation_date_utc), reason)

    def _signed_by(self, spki: bytes) -> bool:
        key = load_public_key(spki)
        try:
            return key is not None and self._parsed.is_signature_valid(key)  # type: ignore[arg-type]
        except Exception:  # an algorithm or a key that cannot be used: cryptography has many ways to say so
            return False


def load_revocation_lists(path: str) -> tuple[RevocationList, ...]:
    """Read the lists of a file: one in DER, or any number in PEM.

    Raises:
        InputUnreadableError: The file is missing or unreadable, holds no list, or one that is broken.
    """
    data = read_bytes(path, "revocation lists", _TRY)
    if _BEGIN not in data:
        if b"-----BEGIN CERTIFICATE-----" in data:
            raise InputUnreadableError(f"{path} holds certificates and no revocation list.", _TRY)
        return (_read(data, path),)
    found: list[RevocationList] = []
    for der in _pem_lists(data):
        if len(found) == _MOST_LISTS:
            raise InputUnreadableError(f"{path} holds more than {_MOST_LISTS} revocation lists.", "Split the file.")
        found.append(_read(der, path))
    if not found:
        raise InputUnreadableError(f"The revocation list in {path} has no end.", _TRY)
    return tuple(found)


def _pem_lists(data: bytes) -> Iterator[bytes]:
    for label, body, _ in pem_blocks(data):
        if label == b"X509 CRL":
            yield decode_base64(body) or b""


def _read(der: bytes, path: str) -> RevocationList:
    from cryptography import x509  # takes 20 ms and is rarely needed

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parsed = x509.load_der_x509_crl(der)
            issuer = read_name(parsed.issuer.public_bytes())
            indirect = any(getattr(extension.value, "indirect_crl", False) for extension in parsed.extensions)
            if not isinstance(issuer, Name):
                raise ValueError(issuer.error)
            found = RevocationList(parsed, issuer)
        except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, x509.InvalidVersion):
            what = "The revocation list in" if b"-----" not in der[:64] else "What is in"
            raise InputUnreadableError(f"{what} {path} cannot be read: it is damaged, or no CRL.", _TRY) from None
    if indirect:
        raise InputUnreadableError(
            f"The revocation list in {path} speaks for several CAs (an indirect CRL), which is not supported.",
            "Give the list of the CA that issued the certificate.",
        )
    return found


def _reason(entry: x509.RevokedCertificate) -> str | None:
    from cryptography import x509

    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
