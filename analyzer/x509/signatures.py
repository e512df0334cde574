"""Was a handshake signed with the key of that certificate? And if not, what was wrong about it?

How it works: a scheme is a form, that is an algorithm and a hash, and ``cryptography`` verifies the
form under the certificate's key over the bytes it is given; which bytes those are is the business
of whoever follows the handshake. The answer is about mathematics only: PKCS#1 v1.5 in TLS 1.3, or a
curve that does not belong to the scheme, breaks a rule, yet the signature may well verify. A form
that the key cannot have made (ECDSA under an RSA key) does not verify.

TLS 1.0 and 1.1 announce nothing, the key decides: RSA signs MD5 and SHA-1 one after the other, with
PKCS#1 v1.5 padding and without a DigestInfo, DSA and ECDSA sign SHA-1 (RFC 4346 sections 4.7 and
7.4.8, RFC 4492 section 5.10). Opening the padding shows what RSA signed; that serves these versions,
and it tells a wrong hash from other bytes afterwards. SSL 3.0 mixes the master secret into the
hashes (RFC 6101 section 5.6.8), so that it cannot be checked here.

What is kept is the key, once loaded. A result is never kept: each handshake is verified for itself.
"""

from __future__ import annotations

import enum
import hashlib
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from analyzer.x509.certificates import CertificateInfo
from analyzer.x509.issuance import load_public_key

_SSL_3, _TLS_1_2 = 0x0300, 0x0303

_LONGEST_MODULUS = 8192
"""Bits. Bounds what a stranger's key may cost: 0.2 ms a signature with 65537, where 16384 bits with
an exponent of 64 take 3 ms. Go's TLS refuses longer ones too."""
_GREATEST_EXPONENT = 1 << 33
"""The work grows with the exponent's length: one as long as a modulus of 3072 bits takes 4.5 ms
where 65537 takes 0.03. Windows ends at 2^32 and Go at 2^31. OpenSSL refuses more than 64 bits, in
long keys only, and calls the signature invalid then, which would be a false accusation."""
_SHORTEST_SIGNATURE = 40
"""Bytes. On a curve of 192 bits it takes some 54, Ed25519 64, RSA the length of the modulus."""
_MOST_CERTIFICATES = 20
"""Of the others whose keys are tried; chains have two to five."""

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "MD5": hashes.MD5(),
    "SHA1": hashes.SHA1(),
    "SHA224": hashes.SHA224(),
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_ECDSA = {name: ec.ECDSA(chosen) for name, chosen in _HASHES.items()}
_CANNOT = (ValueError, TypeError, UnsupportedAlgorithm, InternalError)
"""How the library says that it does not compute this."""
_MD5_SHA1 = "MD5+SHA1"
_DIGEST_INFO = {
    "MD5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
    "SHA1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "SHA224": bytes.fromhex("302d300d06096086480165030402040500041c"),
    "SHA256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "SHA384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "SHA512": bytes.fromhex("3051300d060960864801650304020305000440"),
    _MD5_SHA1: b"",
}
"""What stands before the digest (RFC 8017 section 9.2, note 1)."""


class SignatureFault(enum.Enum):
    """What could be shown about a signature that does not verify."""

    OTHER_KEY = "other-key"
    """The key of another certificate made it, in the announced form."""
    WRONG_PADDING = "wrong-padding"
    """The right key made it, with PKCS#1 v1.5 where PSS was announced, or the reverse."""
    OTHER_HASH = "other-hash"
    """The right key made it, with another hash than announced."""
    OTHER_PSS_PARAMETERS = "other-pss-parameters"
    """The right key and hash, but a salt not as long as the digest, or a mask made with SHA-1."""
    WRONG_LENGTH = "wrong-length"
    """The right key in the right form, but RSA's number is written without its leading zeros, or with more."""
    OTHER_BYTES = "other-bytes"
    """The right key made it, over other bytes than these: the ends saw different handshakes, or we did."""
    NO_SIGNATURE = "no-signature"
    """It is shorter than any signature: nothing was signed."""
    UNKNOWN = "unknown"


class WrongSignature(msgspec.Struct, frozen=True, gc=False):
    """Why a signature does not verify, as far as it can be shown."""

    fault: SignatureFault
    index: int | None = None
    """Which of the other certificates it was, with ``OTHER_KEY``."""
    hash: str | None = None
    """The hash that was really used, such as ``SHA256`` or ``MD5+SHA1``, where the key is the right one."""
    length: int | None = None
    """Bytes, with ``NO_SIGNATURE``."""


class _Form(NamedTuple):
    kind: str
    """``pkcs1``, ``pss``, ``dsa``, ``ecdsa``, ``ed25519`` or ``ed448``."""
    hash: str


_FORMS = {
    # SignatureAndHashAlgorithm: hash in the high byte, signature in the low one (RFC 5246 7.4.1.4.1).
    **{
        high << 8 | low: _Form(kind, name)
        for high, name in enumerate(_HASHES, 1)
        for low, kind in enumerate(("pkcs1", "dsa", "ecdsa"), 1)
    },
    # rsa_pss_rsae_* and rsa_pss_pss_* differ in the key's identifier alone (RFC 8446 section 4.2.3).
    **{
        first + step: _Form("pss", name)
        for first in (0x0804, 0x0809)
        for step, name in enumerate(("SHA256", "SHA384", "SHA512"))
    },
    0x0807: _Form("ed25519", ""),
    0x0808: _Form("ed448", ""),
    # ecdsa_brainpool*_tls13_* (RFC 8734 section 2).
    0x081A: _Form("ecdsa", "SHA256"),
    0x081B: _Form("ecdsa", "SHA384"),
    0x081C: _Form("ecdsa", "SHA512"),
}


def verify_handshake_signature(
    certificate: CertificateInfo, scheme: int | None, version: int, signed: bytes, signature: bytes
) -> bool | None:
    """Say whether the certificate's key made a signature over these bytes.

    Args:
        certificate: The signer's.
        scheme: The SignatureScheme of the message; None before TLS 1.2, which does not name one.
        version: ProtocolVersion of the handshake.
        signed: What should have been signed: the handshake messages so far (RFC 5246 section
            7.4.8), or in TLS 1.3 the result of ``tls13_signed_content``.
        signature: As it stands in the message.

    Returns:
        None when it cannot be checked: SSL 3.0, an unknown scheme, a key that cannot be loaded or
        is of absurd size, an algorithm that the library no longer has.
    """
    key = _usable_key(certificate.public_key_info)
    form = None if key is None else _announced(key, scheme, version)
    if key is None or form is None:
        return None
    return _verifies(key, form, signed, signature)


def tls13_signed_content(transcript_hash: bytes, *, server: bool) -> bytes:
    """What a CertificateVerify of TLS 1.3 signs (RFC 8446 section 4.4.3).

    Args:
        transcript_hash: Over the handshake up to and with the signer's Certificate.
        server: Whether the server signs.
    """
    return b" " * 64 + b"TLS 1.3, %s CertificateVerify\0" % (b"server" if server else b"client") + transcript_hash


def likely_reason(
    certificate: CertificateInfo,
    others: Sequence[CertificateInfo],
    scheme: int | None,
    version: int,
    signed: bytes,
    signature: bytes,
) -> WrongSignature:
    """Say why a signature does not verify; every answer but ``UNKNOWN`` has been shown by a key.

    Args:
        certificate: The one whose key should have signed.
        others: Certificates whose keys may have signed instead, the chain above all; the first 20
            are tried.
        scheme: As in ``verify_handshake_signature``, which has answered False, and so the rest.
        version: See there.
        signed: See there.
        signature: See there.
    """
    key = _usable_key(certificate.public_key_info)
    form = None if key is None else _announced(key, scheme, version)
    if key is not None and form is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = _other_form(key, form, signed, signature)
        if found is not None:
            return found
    for index, other in enumerate(others[:_MOST_CERTIFICATES]):
        if verify_handshake_signature(other, scheme, version, signed, signature):
            return WrongSignature(SignatureFault.OTHER_KEY, index=index)
    if len(signature) < _SHORTEST_SIGNATURE:
        return WrongSignature(SignatureFault.NO_SIGNATURE, length=len(signature))
    return WrongSignature(SignatureFault.UNKNOWN)


@lru_cache(maxsize=1024)
def _usable_key(spki: bytes) -> PublicKeyTypes | None:
    """Load a key; None for those that cannot be loaded, cost too much, or that OpenSSL cannot compute with."""
    key = load_public_key(spki)
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size > _LONGEST_MODULUS:
            return None
        numbers = key.public_numbers()
        if numbers.e > _GREATEST_EXPONENT or numbers.n % 2 == 0:
            return None
    return key


def _announced(key: PublicKeyTypes, scheme: int | None, version: int) -> _Form | None:
    """The form that a signature should have; None when there is none that we know."""
    if scheme is not None:
        return _FORMS.get(scheme) if version >= _TLS_1_2 else None
    if not _SSL_3 < version < _TLS_1_2:
        return None
    if isinstance(key, rsa.RSAPublicKey):
        return _Form("pkcs1", _MD5_SHA1)
    if isinstance(key, dsa.DSAPublicKey):
        return _Form("dsa", "SHA1")
    return _Form("ecdsa", "SHA1") if isinstance(key, ec.EllipticCurvePublicKey) else None


_NEVER_WARNED_OF = frozenset(("SHA256", "SHA384", "SHA512", ""))
"""Hashes that no library means to drop. To silence warnings costs as much as a third of a verification."""


def _verifies(key: PublicKeyTypes, form: _Form, signed: bytes, signature: bytes) -> bool | None:
    if form.hash in _NEVER_WARNED_OF and form.kind != "dsa":
        return _answer(key, form, signed, signature)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _answer(key, form, signed, signature)


def _answer(key: PublicKeyTypes, form: _Form, signed: bytes, signature: bytes) -> bool | None:
    try:
        return _verify(key, form, signed, signature)
    except InvalidSignature:
        return False
    except _CANNOT:
        return None


def _verify(key: PublicKeyTypes, form: _Form, signed: bytes, signature: bytes) -> bool:
    """True, or False when the key cannot have made this form.

    Raises:
        InvalidSignature: It does not verify.
    """
    kind, name = form
    if kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, _ECDSA[name])
        return True
    if isinstance(key, rsa.RSAPublicKey):
        return _rsa_verify(key, form, signed, signature)
    if isinstance(key, dsa.DSAPublicKey) and kind == "dsa":
        key.verify(signature, signed, _HASHES[name])
        return True
    if (isinstance(key, ed25519.Ed25519PublicKey) and kind == "ed25519") or (
        isinstance(key, ed448.Ed448PublicKey) and kind == "ed448"
    ):
        key.verify(signature, signed)
        return True
    return False


def _rsa_verify(key: rsa.RSAPublicKey, form: _Form, signed: bytes, signature: bytes) -> bool:
    """See :func:`_verify`."""
    kind, name = form
    if len(signature) != _rsa_bytes(key):
        # RFC 8017 sections 8.1.2 and 8.2.2, step 1. OpenSSL overlooks a lost leading zero with PSS.
        return False
    if name == _MD5_SHA1:
        return _opened(key, signature) == (name, _digest(name, signed))
    if kind == "pkcs1":
        key.verify(signature, signed, padding.PKCS1v15(), _HASHES[name])
    elif kind == "pss":
        chosen = _HASHES[name]
        salt_bytes = chosen.digest_size  # RFC 8446 section 4.2.3
        key.verify(signature, signed, padding.PSS(padding.MGF1(chosen), salt_bytes), chosen)
    else:
        return False
    return True


def _rsa_bytes(key: rsa.RSAPublicKey) -> int:
    return (key.key_size + 7) // 8


def _opened(key: rsa.RSAPublicKey, signature: bytes) -> tuple[str, bytes] | None:
    """Hash and digest inside PKCS#1 v1.5 padding; None when nothing of the kind comes out.

    Padding that fills the modulus up to a digest of the right length cannot come out by chance:
    the key made it (RFC 8017 section 9.2).
    """
    try:
        content = key.recover_data_from_signature(signature, padding.PKCS1v15(), None)
    except (InvalidSignature, *_CANNOT):
        return None
    for name, prefix in _DIGEST_INFO.items():
        if content.startswith(prefix) and len(content) == len(prefix) + len(_digest(name, b"")):
            return name, content[len(prefix) :]
    return None


def _digest(name: str, signed: bytes) -> bytes:
    return b"".join(hashlib.new(part, signed, usedforsecurity=False).digest() for part in name.split("+"))


def _other_form(key: PublicKeyTypes, form: _Form, signed: bytes, signature: bytes) -> WrongSignature | None:
    """Whether the right key made it in another form than announced."""
    if isinstance(key, rsa.RSAPublicKey):
        return _other_rsa_form(key, form, signed, signature) if form.kind in ("pkcs1", "pss") else None
    for name in _HASHES:
        if form.hash and name != form.hash and _verifies(key, _Form(form.kind, name), signed, signature):
            return WrongSignature(SignatureFault.OTHER_HASH, hash=name)
    return None


def _other_rsa_form(key: rsa.RSAPublicKey, form: _Form, signed: bytes, signature: bytes) -> WrongSignature | None:
    size = _rsa_bytes(key)
    if len(signature) != size:
        whole = signature.lstrip(b"\0").rjust(size, b"\0")
        verifies = _verifies(key, form, signed, whole)
        return WrongSignature(SignatureFault.WRONG_LENGTH, hash=form.hash) if verifies else None
    opened = _opened(key, signature)
    if opened is not None and opened[1] != _digest(opened[0], signed):
        return WrongSignature(SignatureFault.OTHER_BYTES, hash=opened[0])
    made = _Form("pkcs1", opened[0]) if opened is not None else _pss_form(key, signed, signature)
    if made is None:
        return None
    if made.kind != form.kind:
        return WrongSignature(SignatureFault.WRONG_PADDING, hash=made.hash)
    if made.hash != form.hash:
        return WrongSignature(SignatureFault.OTHER_HASH, hash=made.hash)
    return WrongSignature(SignatureFault.OTHER_PSS_PARAMETERS, hash=made.hash)


def _pss_form(key: rsa.RSAPublicKey, signed: bytes, signature: bytes) -> _Form | None:
    """Recognise PSS with any hash, a salt of any length and either mask; None when it is no such thing."""
    for name, chosen in _HASHES.items():
        for mask in (chosen, _HASHES["SHA1"]):
            try:
                key.verify(signature, signed, padding.PSS(padding.MGF1(mask), padding.PSS.AUTO), chosen)
            except (InvalidSignature, *_CANNOT):
                continue
            return _Form("pss", name)
    return None
