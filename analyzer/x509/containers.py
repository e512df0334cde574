"""What is inside a file of certificates: PEM, DER, PKCS#12 or PKCS#7.

How it works: the form is told by content, never by the file's ending. PEM blocks are taken in the
order of the file. A private key is opened
only to learn its public half, and only when the caller wants it; the key itself goes no further
than the function that opened it, so it can neither be printed nor kept.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from analyzer.errors import InputUnreadableError, PasswordNeededError
from analyzer.x509.der import INTEGER, SEQUENCE, DerError, certificate_layout, element, expect
from analyzer.x509.issuance import load_public_key
from analyzer.x509.pem import decode_base64, pem_blocks

_LARGEST = 64 * 1024 * 1024
"""Bytes of a file of certificates; the bundles of operating systems take a quarter of a MiB."""
_CERTIFICATE_LABELS = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")
_TRY_A_FORM = "Give a file with a certificate in PEM, DER or PKCS#12 form."

Password = Callable[[], str]
"""Asks for a password; called at most once for a file, and only if it is needed."""


class Contents(msgspec.Struct):
    """What a file holds, in its order."""

    certificates: list[bytes]
    """DER, not yet read."""
    public_keys: list[bytes]
    """The subjectPublicKeyInfo of every private key that could be opened."""
    has_key: bool = False
    """There is at least one private key, opened or not."""
    notes: tuple[str, ...] = ()
    """What could not be read."""


class _Opener:
    """Asks for the password of one file at most once."""

    def __init__(self, path: str, password: Password | None) -> None:
        self._path = path
        self._ask = password
        self._known: bytes | None = None

    def password(self) -> bytes:
        if self._known is None:
            if self._ask is None:
                raise PasswordNeededError(
                    f"{self._path} is encrypted, and no password was given.",
                    "Give its password, or a file with the certificate alone.",
                )
            self._known = self._ask().encode()
        return self._known

    def wrong(self) -> PasswordNeededError:
        return PasswordNeededError(
            f"The password does not open {self._path}.",
            "Check the password; a damaged file looks the same.",
        )


def read_contents(path: str, password: Password | None, *, with_keys: bool = True) -> Contents:
    """Read a file of certificates.

    Args:
        path: The file.
        password: Asks for the password of an encrypted key or PKCS#12 bundle.
        with_keys: Whether private keys are opened; without, those of PEM files are passed over.

    Raises:
        InputUnreadableError: The file is missing, unreadable or in no known form.
        PasswordNeededError: It is encrypted, and the password is missing or wrong.
    """
    data = read_bytes(path, "certificates", _TRY_A_FORM)
    opener = _Opener(path, password)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if b"-----BEGIN " in data:
            return _read_pem(data, opener, with_keys=with_keys)
        return _read_binary(path, data, opener)


def canonical_public_key(spki: bytes) -> bytes:
    """One form for one key: point compression and the like do not count. Broken ones stay as they are."""
    key = load_public_key(spki)
    if key is None:
        return spki
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_bytes(path: str, what: str, try_this: str) -> bytes:
    """What is in a file that should hold ``what``; as UTF-8 where a Windows editor saved it.

    Raises:
        InputUnreadableError: The file is missing or unreadable, or larger than 64 MiB.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputUnreadableError(f"Cannot read {path}: {why}.", try_this) from None
    if len(data) > _LARGEST:
        raise InputUnreadableError(f"{path} is larger than 64 MiB, too large for {what}.", try_this)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").encode()
    return data


def _read_pem(data: bytes, opener: _Opener, *, with_keys: bool) -> Contents:
    out = Contents([], [])
    for label, body, whole in pem_blocks(data):
        if label.endswith(b"PRIVATE KEY"):
            out.has_key = True
            if with_keys:
                _open_key(out, whole, opener)
        elif label in _CERTIFICATE_LABELS:
            _take_certificate(out, body, trusted=label == b"TRUSTED CERTIFICATE")
        elif label in (b"PKCS7", b"CMS") and not _take_pkcs7(out, decode_base64(body) or b""):
            out.notes += ("a PKCS#7 bundle in the file cannot be read",)
    return out


def _take_certificate(out: Contents, body: bytes, *, trusted: bool) -> None:
    der = decode_base64(body)
    if not der:
        out.notes += ("a certificate in the file is not base64",)
        return
    if trusted:  # OpenSSL's own form: its trust settings follow the certificate
        try:
            der = der[: element(der, 0, len(der))[2]]
        except DerError:
            out.notes += ("a trusted certificate in the file is damaged",)
            return
    out.certificates.append(der)


def _take_pkcs7(out: Contents, der: bytes) -> bool:
    """Add the certificates of a PKCS#7 bundle; False if there is none or it cannot be read."""
    from cryptography.hazmat.primitives.serialization import pkcs7  # takes 20 ms and is rarely needed

    try:
        found = pkcs7.load_der_pkcs7_certificates(der)
    except (ValueError, UnsupportedAlgorithm):
        return False
    out.certificates.extend(certificate.public_bytes(Encoding.DER) for certificate in found)
    return bool(found)


def _open_key(out: Contents, pem: bytes, opener: _Opener) -> None:
    """Learn the public half of a private key and forget the key."""
    load = load_ssh_private_key if b"OPENSSH" in pem[:40] else load_pem_private_key
    try:
        try:
            out.public_keys.append(_public_half(load(pem, None)))
        except TypeError:  # encrypted
            password = opener.password()
            try:
                out.public_keys.append(_public_half(load(pem, password)))
            except (ValueError, TypeError):
                raise opener.wrong() from None
    except (ValueError, UnsupportedAlgorithm):
        out.notes += ("a private key in the file cannot be read",)


def _public_half(key: PrivateKeyTypes) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _read_binary(path: str, data: bytes, opener: _Opener) -> Contents:
    out = Contents([], [])
    try:
        certificate_layout(data)
    except DerError:
        pass
    else:
        out.certificates.append(data)
        return out
    if _is_pkcs12(data):
        _read_pkcs12(path, data, opener, out)
        return out
    if not _take_pkcs7(out, data):
        advice = _TRY_A_FORM
        if data[:4] in (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"):
            advice = "This is a Java key store: convert it with keytool -importkeystore -deststoretype PKCS12."
        raise InputUnreadableError(f"{path} holds no certificate in a form that is known.", advice)
    return out


def _is_pkcs12(data: bytes) -> bool:
    """A PFX begins with the integer 3 (RFC 7292 section 4); BER of indefinite length counts too."""
    if data[:5] == b"\x30\x80\x02\x01\x03":
        return True
    try:
        start, stop = expect(data, 0, len(data), SEQUENCE, "the bundle")
        inner, after = expect(data, start, stop, INTEGER, "the version")
    except DerError:
        return False
    return data[inner:after] == b"\x03"


def _read_pkcs12(path: str, data: bytes, opener: _Opener, out: Contents) -> None:
    from cryptography.hazmat.primitives.serialization import pkcs12  # takes 20 ms and is rarely needed

    bundle = None
    for guess in (None, b""):  # both are written for "no password"
        try:
            bundle = pkcs12.load_pkcs12(data, guess)
            break
        except ValueError:
            continue
        except UnsupportedAlgorithm:
            break
    if bundle is None:
        password = opener.password()
        try:
            bundle = pkcs12.load_pkcs12(data, password)
        except ValueError:
            raise opener.wrong() from None
        except UnsupportedAlgorithm as error:
            raise InputUnreadableError(f"{path} is encrypted in a way that is not supported: {error}.") from None
    if bundle.key is not None:
        out.has_key = True
        out.public_keys.append(_public_half(bundle.key))
    for holder in (bundle.cert, *bundle.additional_certs):
        if holder is not None:
            out.certificates.append(holder.certificate.public_bytes(Encoding.DER))
