"""Seals records by hand, as the RFCs say: what the analyzer must be able to open."""

from __future__ import annotations

import hmac

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, Camellia, TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as CipherContext
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from analyzer.tls.codepoints import TLS_1_0, TLS_1_2
from analyzer.tls.key_schedule import expand_label, prf
from analyzer.tls.suites import Cipher, SuiteParameters, suite_parameters

MASTER, RANDOMS, SECRET = bytes(range(48)), bytes(range(64, 128)), bytes(range(48))
HANDSHAKE, DATA = 22, 23

Record = tuple[bytes, bytes]
"""Header and fragment."""


def parameters_of(suite: int) -> SuiteParameters:
    parameters = suite_parameters(suite)
    assert parameters is not None
    return parameters


def header_of(kind: int, version: int, fragment: bytes) -> bytes:
    return bytes((kind,)) + version.to_bytes(2, "big") + len(fragment).to_bytes(2, "big")


def _aead(parameters: SuiteParameters, key: bytes) -> AESGCM | AESCCM | ChaCha20Poly1305:
    match parameters.cipher:
        case Cipher.AES_GCM:
            return AESGCM(key)
        case Cipher.AES_CCM:
            return AESCCM(key)
        case Cipher.AES_CCM_8:
            return AESCCM(key, tag_length=8)
        case _:
            return ChaCha20Poly1305(key)


def _tag_bytes(parameters: SuiteParameters) -> int:
    return 8 if parameters.cipher is Cipher.AES_CCM_8 else 16


class Sealer13:
    """RFC 8446 section 5.2."""

    def __init__(self, suite: int, secret: bytes = SECRET) -> None:
        self._parameters = parameters_of(suite)
        name = self._parameters.hash
        self._aead = _aead(self._parameters, expand_label(name, secret, b"key", self._parameters.key_bytes))
        self._iv = int.from_bytes(expand_label(name, secret, b"iv", 12), "big")
        self.sequence = 0

    def seal(self, plain: bytes, kind: int = DATA, zeros: int = 0, raw: bytes | None = None) -> Record:
        inner = plain + bytes((kind,)) + bytes(zeros) if raw is None else raw
        length = len(inner) + _tag_bytes(self._parameters)
        header = bytes((DATA, 3, 3)) + length.to_bytes(2, "big")
        nonce = (self._iv ^ self.sequence).to_bytes(12, "big")
        self.sequence += 1
        return header, self._aead.encrypt(nonce, inner, header)


class Sealer12:
    """RFC 5246 section 6.2.3 with its companions; the client's half of the key block."""

    randoms = RANDOMS
    """The client's, then the server's."""

    def __init__(self, suite: int, version: int = TLS_1_2, *, etm: bool = False, master: bytes = MASTER) -> None:
        self._parameters = parameters = parameters_of(suite)
        self._version, self._etm, cipher = version, etm, parameters.cipher
        iv_bytes = 0
        if cipher.is_aead:
            iv_bytes = 12 if cipher is Cipher.CHACHA20_POLY1305 else 4
        elif cipher.is_cbc and version == TLS_1_0:
            iv_bytes = cipher.block_bytes
        mac, key = parameters.mac_bytes, parameters.key_bytes
        block = prf(
            version,
            parameters.hash,
            master,
            b"key expansion",
            self.randoms[32:] + self.randoms[:32],
            2 * (mac + key + iv_bytes),
        )
        self._mac_key, self._key = block[:mac], block[2 * mac : 2 * mac + key]
        self._iv = block[2 * (mac + key) : 2 * (mac + key) + iv_bytes]
        self._stream = CipherContext(ARC4(self._key), None).encryptor() if cipher is Cipher.RC4 else None
        self.sequence = 0

    def seal(self, plain: bytes, kind: int = HANDSHAKE, *, pad: bytes | None = None) -> Record:
        cipher = self._parameters.cipher
        if cipher.is_aead:
            fragment = self._seal_aead(plain, kind)
        elif cipher.is_cbc:
            fragment = self._seal_block(plain, kind, pad)
        else:
            whole = plain + self._mac(kind, plain)
            fragment = self._stream.update(whole) if self._stream else whole
        self.sequence += 1
        return header_of(kind, self._version, fragment), fragment

    def _start(self, kind: int, length: int) -> bytes:
        start = self.sequence.to_bytes(8, "big") + bytes((kind,)) + self._version.to_bytes(2, "big")
        return start + length.to_bytes(2, "big")

    def _mac(self, kind: int, covered: bytes) -> bytes:
        return hmac.digest(self._mac_key, self._start(kind, len(covered)) + covered, str(self._parameters.mac))

    def _seal_aead(self, plain: bytes, kind: int) -> bytes:
        aead, associated = _aead(self._parameters, self._key), self._start(kind, len(plain))
        if self._parameters.cipher is Cipher.CHACHA20_POLY1305:
            nonce = (int.from_bytes(self._iv, "big") ^ self.sequence).to_bytes(12, "big")
            return aead.encrypt(nonce, plain, associated)
        explicit = (0xABCD + self.sequence).to_bytes(8, "big")
        return explicit + aead.encrypt(self._iv + explicit, plain, associated)

    def _seal_block(self, plain: bytes, kind: int, pad: bytes | None) -> bytes:
        size = self._parameters.cipher.block_bytes
        content = plain if self._etm else plain + self._mac(kind, plain)
        missing = size - 1 - len(content) % size
        content += bytes((missing,)) * (missing + 1) if pad is None else pad
        explicit = self._version > TLS_1_0
        iv = bytes(range(size)) if explicit else self._iv
        context = CipherContext(self._algorithm(), modes.CBC(iv)).encryptor()
        encrypted = context.update(content) + context.finalize()
        self._iv = encrypted[-size:]
        fragment = iv + encrypted if explicit else encrypted
        return fragment + self._mac(kind, fragment) if self._etm else fragment

    def _algorithm(self) -> algorithms.AES | Camellia | TripleDES:
        match self._parameters.cipher:
            case Cipher.AES_CBC:
                return algorithms.AES(self._key)
            case Cipher.CAMELLIA_CBC:
                return Camellia(self._key)
            case _:
                return TripleDES(self._key)
