"""Record protection taken off: the one door of ``cryptography`` in this room.

A :class:`RecordReader` opens the records of one direction under one set of keys, in their order, because the
sequence number is part of what is authenticated (RFC 5246 section 6.2.3, RFC 8446 section 5.2 and 5.3). After a gap
the number of records that were lost is not known: the next few numbers are then tried, and the tag tells which one
is right. CBC suites are checked by their MAC, in both orders (RFC 7366 for encrypt-then-MAC).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Protocol

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, Camellia, TripleDES
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher as CipherContext
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from analyzer.errors import InputUnreadableError
from analyzer.tls.codepoints import TLS_1_0
from analyzer.tls.key_schedule import expand_label, prf
from analyzer.tls.suites import Cipher, SuiteParameters

MOST_LOST_RECORDS = 64
"""Sequence numbers tried after a gap."""

_AEAD_NONCE = 12
_GCM_SALT = 4
_EXPLICIT_NONCE = 8


class DecryptionError(Exception):
    """A record that does not open under these keys."""


class RecordReader:
    """Opens the records of one direction."""

    def __init__(self, opener: _Opener, *, skippable: bool) -> None:
        self._opener = opener
        self._sequence = 0
        self._lost = 0
        self.opened = 0
        """Records opened so far."""
        self.doubts = 0
        """Above zero: the first record did not open, and so many more are tried, to tell why."""
        self.skippable = skippable
        """A record may be passed over unread: the next one does not depend on it."""

    def open(self, header: bytes, fragment: bytes) -> tuple[int, bytes]:
        """Content type and plaintext of one record.

        Raises:
            DecryptionError: wrong keys, or damaged bytes.
        """
        for sequence in range(self._sequence, self._sequence + 1 + self._lost):
            try:
                found = self._opener.open(sequence, header, fragment)
            except (InvalidTag, DecryptionError):
                continue
            self._sequence = sequence + 1
            self._lost = 0
            self.opened += 1
            return found
        raise DecryptionError("the record does not open under these keys")

    @property
    def after_gap(self) -> bool:
        """Records were lost, and none has been opened since."""
        return self._lost > 0

    def skip(self) -> None:
        """A record goes by unread."""
        self._sequence += 1

    def records_lost(self) -> None:
        """Some records are missing here, nobody knows how many."""
        self._lost = MOST_LOST_RECORDS


class _Opener(Protocol):
    """One cipher's way to open a record with a given sequence number."""

    def open(self, sequence: int, header: bytes, fragment: bytes) -> tuple[int, bytes]:
        """Content type and plaintext."""


class _Aead(Protocol):
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


_AEADS: dict[Cipher, Callable[[bytes], _Aead]] = {
    Cipher.AES_GCM: AESGCM,
    Cipher.AES_CCM: AESCCM,
    Cipher.AES_CCM_8: lambda key: AESCCM(key, tag_length=8),
    Cipher.CHACHA20_POLY1305: ChaCha20Poly1305,
}
_TAG_BYTES = {Cipher.AES_CCM_8: 8}


class _Aead13:
    """TLS 1.3: the real content type is the last byte that is not zero (RFC 8446 section 5.2)."""

    def __init__(self, aead: _Aead, iv: bytes) -> None:
        self._aead = aead
        self._iv = int.from_bytes(iv, "big")

    def open(self, sequence: int, header: bytes, fragment: bytes) -> tuple[int, bytes]:
        nonce = (self._iv ^ sequence).to_bytes(_AEAD_NONCE, "big")
        inner = self._aead.decrypt(nonce, fragment, header).rstrip(b"\0")
        if not inner:
            raise DecryptionError("a record of nothing but padding")
        return inner[-1], inner[:-1]


class _Aead12:
    """TLS 1.2: GCM and CCM carry half of the nonce (RFC 5288 section 3), ChaCha20 none (RFC 7905 section 2)."""

    def __init__(self, aead: _Aead, iv: bytes, tag_bytes: int) -> None:
        self._aead = aead
        self._iv = iv
        self._explicit = _EXPLICIT_NONCE if len(iv) == _GCM_SALT else 0
        self._overhead = self._explicit + tag_bytes

    def open(self, sequence: int, header: bytes, fragment: bytes) -> tuple[int, bytes]:
        length = len(fragment) - self._overhead
        if length < 0:
            raise DecryptionError("too short")
        if self._explicit:
            nonce = self._iv + fragment[:_EXPLICIT_NONCE]
        else:
            nonce = (int.from_bytes(self._iv, "big") ^ sequence).to_bytes(_AEAD_NONCE, "big")
        associated = sequence.to_bytes(8, "big") + header[:3] + length.to_bytes(2, "big")
        return header[0], self._aead.decrypt(nonce, fragment[self._explicit :], associated)


class _Mac:
    """The record MAC of RFC 5246 section 6.2.3.1."""

    def __init__(self, name: str, key: bytes, size: int) -> None:
        self._name, self._key, self.size = name, key, size

    def check(self, sequence: int, header: bytes, covered: bytes, mac: bytes) -> None:
        start = sequence.to_bytes(8, "big") + header[:3] + len(covered).to_bytes(2, "big")
        if not hmac.compare_digest(hmac.digest(self._key, start + covered, self._name), mac):
            raise DecryptionError("the MAC is wrong")


_BlockCipher = algorithms.AES | Camellia | TripleDES


class _Block:
    """CBC (RFC 5246 section 6.2.3.2). Before TLS 1.1 the vector is the last block of the record before."""

    def __init__(
        self, algorithm: _BlockCipher, iv: bytes, mac: _Mac, *, explicit_iv: bool, encrypt_then_mac: bool
    ) -> None:
        self._algorithm = algorithm
        self._iv = iv
        self._mac = mac
        self._explicit = explicit_iv
        self._etm = encrypt_then_mac

    def open(self, sequence: int, header: bytes, fragment: bytes) -> tuple[int, bytes]:
        size = self._mac.size
        if self._etm:
            fragment, mac = fragment[:-size], fragment[-size:]
            self._mac.check(sequence, header, fragment, mac)
        block = self._algorithm.block_size // 8
        iv, encrypted = (fragment[:block], fragment[block:]) if self._explicit else (self._iv, fragment)
        if not encrypted or len(encrypted) % block or len(iv) != block:
            raise DecryptionError("not a whole number of blocks")
        decryptor = CipherContext(self._algorithm, modes.CBC(iv)).decryptor()
        plain = _unpadded(decryptor.update(encrypted) + decryptor.finalize())
        if not self._etm:
            if len(plain) < size:
                raise DecryptionError("too short")
            plain, mac = plain[: len(plain) - size], plain[len(plain) - size :]
            self._mac.check(sequence, header, plain, mac)
        self._iv = encrypted[-block:]
        return header[0], plain


def _unpadded(plain: bytes) -> bytes:
    padding = plain[-1]
    if padding >= len(plain) or plain[-padding - 1 :] != bytes([padding]) * (padding + 1):
        raise DecryptionError("the padding is wrong")
    return plain[: -padding - 1]


class _Stream:
    """RC4 and NULL: bytes in a row, then a MAC. Every record must pass through, in order."""

    def __init__(self, update: Callable[[bytes], bytes], mac: _Mac) -> None:
        self._update = update
        self._mac = mac

    def open(self, sequence: int, header: bytes, fragment: bytes) -> tuple[int, bytes]:
        plain = self._update(fragment)
        size = self._mac.size
        if len(plain) < size:
            raise DecryptionError("too short")
        self._mac.check(sequence, header, plain[: len(plain) - size], plain[len(plain) - size :])
        return header[0], plain[: len(plain) - size]


def reader_for_traffic_secret(parameters: SuiteParameters, secret: bytes) -> RecordReader | None:
    """TLS 1.3 (RFC 8446 section 7.3); None for a suite that is none of its own."""
    if not parameters.cipher.is_aead:
        return None
    key = expand_label(parameters.hash, secret, b"key", parameters.key_bytes)
    iv = expand_label(parameters.hash, secret, b"iv", _AEAD_NONCE)
    return RecordReader(_Aead13(_AEADS[parameters.cipher](key), iv), skippable=False)


def readers_for_master_secret(
    parameters: SuiteParameters, version: int, master: bytes, randoms: bytes, *, encrypt_then_mac: bool
) -> tuple[RecordReader, RecordReader] | None:
    """TLS 1.0 to 1.2 (RFC 5246 section 6.3), for the client's records and the server's.

    ``randoms`` is the client's, then the server's. None where ``cryptography`` has not the cipher.
    """
    cipher, mac_bytes, key_bytes = parameters.cipher, parameters.mac_bytes, parameters.key_bytes
    iv_bytes = _iv_bytes(cipher, version)
    block = prf(
        version,
        parameters.hash,
        master,
        b"key expansion",
        randoms[32:] + randoms[:32],
        2 * (mac_bytes + key_bytes + iv_bytes),
    )
    at = 0
    parts: list[tuple[bytes, bytes]] = []
    for size in (mac_bytes, key_bytes, iv_bytes):
        parts.append((block[at : at + size], block[at + size : at + 2 * size]))
        at += 2 * size
    try:
        client, server = (
            _opener(parameters, version, parts[0][side], parts[1][side], parts[2][side], etm=encrypt_then_mac)
            for side in (0, 1)
        )
    except (UnsupportedAlgorithm, ValueError):
        return None
    skippable = cipher.is_aead or (cipher.is_cbc and version > TLS_1_0) or cipher is Cipher.NULL
    return RecordReader(client, skippable=skippable), RecordReader(server, skippable=skippable)


def _iv_bytes(cipher: Cipher, version: int) -> int:
    """Of the key block; from TLS 1.1 on a CBC record carries its own vector."""
    if cipher.is_aead:
        return _AEAD_NONCE if cipher is Cipher.CHACHA20_POLY1305 else _GCM_SALT
    return cipher.block_bytes if cipher.is_cbc and version <= TLS_1_0 else 0


def _opener(parameters: SuiteParameters, version: int, mac_key: bytes, key: bytes, iv: bytes, *, etm: bool) -> _Opener:
    cipher = parameters.cipher
    if cipher.is_aead:
        return _Aead12(_AEADS[cipher](key), iv, _TAG_BYTES.get(cipher, 16))
    mac = _Mac(parameters.mac or "sha1", mac_key, parameters.mac_bytes)
    if cipher is Cipher.NULL:
        return _Stream(lambda data: data, mac)
    if cipher is Cipher.RC4:
        return _Stream(CipherContext(ARC4(key), mode=None).decryptor().update, mac)
    algorithm = _BLOCK_CIPHERS[cipher](key)
    return _Block(algorithm, iv, mac, explicit_iv=version > TLS_1_0, encrypt_then_mac=etm)


_BLOCK_CIPHERS: dict[Cipher, Callable[[bytes], _BlockCipher]] = {
    Cipher.AES_CBC: algorithms.AES,
    Cipher.CAMELLIA_CBC: Camellia,
    Cipher.TRIPLE_DES_CBC: TripleDES,
}


ServerKey = rsa.RSAPrivateKey
"""The private key of a server, for RSA key exchange."""


def decrypt_premaster(key: ServerKey, encrypted: bytes, client_version: int) -> bytes | None:
    """The premaster secret in a ClientKeyExchange (RFC 5246 section 7.4.7.1); None where this key does not open it."""
    if len(encrypted) != (key.key_size + 7) // 8:
        return None
    try:
        premaster = key.decrypt(encrypted, padding.PKCS1v15())
    except ValueError:
        return None
    # Newer OpenSSL gives random bytes instead of an error: the version at the front tells.
    fits = len(premaster) == 48 and premaster[0] == 3 and int.from_bytes(premaster[:2], "big") <= max(client_version, 3)
    return premaster if fits else None


def load_server_key(path: str, data: bytes) -> ServerKey:
    """The RSA private key in PEM or DER bytes; ``path`` is only for the error.

    Raises:
        InputUnreadableError: it is none, is encrypted, or is of another kind.
    """
    try:
        key = load_pem_private_key(data, None) if b"-----BEGIN" in data else load_der_private_key(data, None)
    except TypeError:
        raise InputUnreadableError(f"The server key {path} is encrypted.", "Give it without a password.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise InputUnreadableError(f"{path} holds no private key in PEM or DER form.") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise InputUnreadableError(
            f"{path} is no RSA key.", "Other keys never open a connection: bring the key log of one end (--keys)."
        )
    return key
