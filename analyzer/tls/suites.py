"""What a cipher suite's name says about its record protection.

The registry's names are systematic: ``TLS_<key exchange>_WITH_<cipher>_<mac or hash>`` before TLS 1.3, and
``TLS_<cipher>_<hash>`` in it (RFC 5246 appendix C, RFC 8446 appendix B.4). So the name is read, not a second table.
"""

from __future__ import annotations

import enum
import re
from functools import lru_cache

import msgspec

from analyzer.tls.codepoints import TLS_1_2, cipher_suite_name


class Cipher(enum.Enum):
    """A bulk cipher with its mode."""

    AES_GCM = "AES_GCM"
    AES_CCM = "AES_CCM"
    AES_CCM_8 = "AES_CCM_8"
    CHACHA20_POLY1305 = "CHACHA20_POLY1305"
    AES_CBC = "AES_CBC"
    CAMELLIA_CBC = "CAMELLIA_CBC"
    TRIPLE_DES_CBC = "3DES_EDE_CBC"
    RC4 = "RC4"
    NULL = "NULL"

    @property
    def is_aead(self) -> bool:
        """It authenticates by itself (RFC 5116)."""
        return self in _AEADS

    @property
    def is_cbc(self) -> bool:
        """It works in blocks, with an initialisation vector and padding (RFC 5246 section 6.2.3.2)."""
        return self in _BLOCK_BYTES

    @property
    def block_bytes(self) -> int:
        """Bytes of one block of a CBC cipher."""
        return _BLOCK_BYTES[self]


_AEADS = frozenset((Cipher.AES_GCM, Cipher.AES_CCM, Cipher.AES_CCM_8, Cipher.CHACHA20_POLY1305))
_BLOCK_BYTES = {Cipher.AES_CBC: 16, Cipher.CAMELLIA_CBC: 16, Cipher.TRIPLE_DES_CBC: 8}
_MAC_BYTES = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48}
_HASHES = {"MD5": "md5", "SHA": "sha1", "SHA256": "sha256", "SHA384": "sha384"}

_NAME = re.compile(
    r"TLS_(?:(?P<exchange>\w+)_WITH_)?"
    r"(?P<cipher>AES|CHACHA20_POLY1305|CAMELLIA|3DES_EDE|RC4|NULL)"
    r"(?:_(?P<bits>128|256))?(?:_(?P<mode>GCM|CCM_8|CCM|CBC))?(?:_(?P<hash>MD5|SHA|SHA256|SHA384))?"
)
_CIPHERS = {
    ("AES", "GCM"): Cipher.AES_GCM,
    ("AES", "CCM"): Cipher.AES_CCM,
    ("AES", "CCM_8"): Cipher.AES_CCM_8,
    ("CHACHA20_POLY1305", None): Cipher.CHACHA20_POLY1305,
    ("AES", "CBC"): Cipher.AES_CBC,
    ("CAMELLIA", "CBC"): Cipher.CAMELLIA_CBC,
    ("3DES_EDE", "CBC"): Cipher.TRIPLE_DES_CBC,
    ("RC4", None): Cipher.RC4,
    ("NULL", None): Cipher.NULL,
}
_FIXED_KEY_BYTES = {Cipher.CHACHA20_POLY1305: 32, Cipher.TRIPLE_DES_CBC: 24, Cipher.NULL: 0}


class SuiteParameters(msgspec.Struct, frozen=True, gc=False):
    """How the records of a cipher suite are protected."""

    cipher: Cipher
    key_bytes: int
    mac: str | None
    """Hash of the record MAC; None for AEAD ciphers."""
    hash: str
    """Of the TLS 1.2 PRF, or of TLS 1.3's HKDF and transcript."""
    rsa_key_exchange: bool
    """The client encrypts the premaster secret with the server's key."""

    @property
    def mac_bytes(self) -> int:
        """Length of the record MAC."""
        return _MAC_BYTES[self.mac] if self.mac else 0


@lru_cache(maxsize=512)
def suite_parameters(suite: int) -> SuiteParameters | None:
    """The parameters of a registered suite; None for unknown ones and those that cannot be read (export, DES, ARIA)."""
    match = _NAME.fullmatch(cipher_suite_name(suite))
    if match is None:
        return None
    cipher = _CIPHERS.get((match["cipher"], match["mode"]))
    if cipher is None:
        return None
    suffix = _HASHES.get(match["hash"] or "")
    key_bytes = _FIXED_KEY_BYTES.get(cipher, int(match["bits"] or 0) // 8)
    mac = None if cipher.is_aead else suffix
    prf = "sha384" if suffix == "sha384" else "sha256"
    return SuiteParameters(cipher, key_bytes, mac, prf, match["exchange"] == "RSA")


def handshake_hash(parameters: SuiteParameters, version: int) -> str:
    """Name of the hash of transcript and PRF: MD5 with SHA-1 before TLS 1.2 (RFC 4346 section 5)."""
    return parameters.hash if version >= TLS_1_2 else "md5+sha1"
