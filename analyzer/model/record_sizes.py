"""How long an encrypted record is when a certain message is inside, and back.

TLS 1.3: handshake bytes + 1 for the inner type + padding + the tag (RFC 8446 section 5.2). Padding is rare, and two
stacks that use it do so always: Java's JSSE adds 16 zero bytes to every record, mbedTLS fills the inside up to a
multiple of 16. Which of the three it is shows in the Finished, whose length the cipher suite's hash fixes.

Before TLS 1.3 (RFC 5246 section 6.2.3): AEAD ciphers add a constant, so that the length is exact; CBC ciphers leave
a range as wide as a block. Encrypt-then-MAC (RFC 7366) moves the MAC, not the range.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from functools import lru_cache

import msgspec

from analyzer.tls.codepoints import SSL_3, TLS_1_0, TLS_1_2, cipher_suite_name
from analyzer.tls.suites import Cipher, suite_parameters

ALERT = 2
EMPTY_CERTIFICATE = 8
"""TLS 1.3, main handshake: header 4, empty context 1, empty list 3 (RFC 8446 section 4.4.2)."""
END_OF_EARLY_DATA = 4
SMALLEST_CERTIFICATE = 57
"""A raw Ed25519 key of 44 bytes (RFC 7250): 4 + 1 + 3 + 3 + 44 + 2. X.509 takes some 200 and more."""
SMALLEST_REQUEST = 15
"""TLS 1.3: header 4, empty context 1, extensions 2, signature_algorithms with one scheme 8."""
FULL_RECORD = 1 << 14
"""A record of this length is full, and the message in it may go on in the next (RFC 8446 section 5.1)."""


class Padding(enum.Enum):
    """What a stack adds to every record of TLS 1.3."""

    NONE = ""
    ADDS_16 = "adds 16 zero bytes to every record, as Java does"
    TO_16 = "fills every record up to a multiple of 16, as mbedTLS does"


class Sizes(msgspec.Struct, frozen=True):
    """TLS 1.3 record lengths under one cipher suite and one way of padding."""

    hash_bytes: int
    tag: int
    padding: Padding

    @property
    def finished(self) -> int:
        """Bytes of a Finished: header and one hash (RFC 8446 section 4.4.4)."""
        return 4 + self.hash_bytes

    def record(self, content: int) -> int:
        """Length of the record with that many bytes inside."""
        inner = content + 1
        if self.padding is Padding.ADDS_16:
            inner += 16
        elif self.padding is Padding.TO_16:
            inner = -(-inner // 16) * 16
        return inner + self.tag

    def most(self, length: int) -> int:
        """The most bytes that fit into a record of that length."""
        return length - self.tag - (17 if self.padding is Padding.ADDS_16 else 1)

    def sum(self, *contents: int) -> str:
        """The arithmetic of :meth:`record`: "25 = 8 + 1 + 16"."""
        length = self.record(sum(contents))
        terms = [*contents, 1]
        if self.padding is not Padding.NONE:
            terms.append(length - self.tag - 1 - sum(contents))
        return f"{length} = {' + '.join(map(str, [*terms, self.tag]))}"


_TAG_BYTES = {Cipher.AES_CCM_8: 8}


@lru_cache(maxsize=64)
def tls13_sizes(suite: int) -> tuple[Sizes, ...]:
    """The record lengths of a TLS 1.3 suite, one entry for each way of padding; none for suites not known."""
    parameters = suite_parameters(suite)
    if parameters is None or not parameters.cipher.is_aead or "_WITH_" in cipher_suite_name(suite):
        return ()
    hash_bytes = 48 if parameters.hash == "sha384" else 32
    return tuple(Sizes(hash_bytes, _TAG_BYTES.get(parameters.cipher, 16), padding) for padding in Padding)


class _Signature(msgspec.Struct, frozen=True):
    key: str
    shortest: int
    longest: int


_SIGNATURES = (
    _Signature("EC P-256", 68, 72),
    _Signature("Ed25519", 64, 64),
    _Signature("EC P-384", 100, 104),
    _Signature("Ed448", 114, 114),
    _Signature("RSA 1024", 128, 128),
    _Signature("EC P-521", 134, 139),
    _Signature("RSA 2048", 256, 256),
    _Signature("RSA 3072", 384, 384),
    _Signature("RSA 4096", 512, 512),
    _Signature("RSA 8192", 1024, 1024),
    _Signature("ML-DSA-44", 2420, 2420),
    _Signature("ML-DSA-65", 3309, 3309),
    _Signature("ML-DSA-87", 4627, 4627),
)
"""Lengths of signatures. ECDSA ones are DER: two INTEGERs that now and then are shorter by a byte (RFC 3279
section 2.2.3); EdDSA: RFC 8032; RSA: as long as the key; ML-DSA: FIPS 204 table 2."""


def verify_sizes(version: int) -> Iterator[tuple[str, int]]:
    """Kinds of key, and the lengths that a CertificateVerify signed with them may have.

    Header 4, scheme 2 (since TLS 1.2), length 2, signature (RFC 8446 section 4.4.3, RFC 5246 section 7.4.8).
    """
    head = 8 if version >= TLS_1_2 else 6
    for signature in _SIGNATURES:
        for length in range(signature.shortest, signature.longest + 1):
            yield signature.key, head + length


@lru_cache(maxsize=4096)
def keys_of_record(sizes: Sizes, version: int, length: int) -> Mapping[str, int]:
    """The kinds of key whose CertificateVerify gives a record of that length, with the bytes of the message."""
    return {key: size for key, size in verify_sizes(version) if sizes.record(size) == length}


def contents_before_tls13(version: int, suite: int, length: int) -> range | None:
    """The lengths that the inside of a record may have; None where the suite is not known."""
    parameters = suite_parameters(suite)
    if parameters is None or version < SSL_3:
        return None
    cipher = parameters.cipher
    if cipher is Cipher.CHACHA20_POLY1305:  # the nonce is implicit (RFC 7905 section 2)
        exact = length - 16
    elif cipher.is_aead:  # explicit nonce 8 and tag (RFC 5288 section 3, RFC 6655 section 3)
        exact = length - 8 - _TAG_BYTES.get(cipher, 16)
    elif cipher.is_cbc:
        explicit_iv = cipher.block_bytes if version > TLS_1_0 else 0
        padded = length - explicit_iv - parameters.mac_bytes
        return range(max(padded - cipher.block_bytes, 0), max(padded, 0))
    else:
        exact = length - parameters.mac_bytes
    return range(max(exact, 0), max(exact + 1, 0))


def sum_before_tls13(version: int, suite: int, length: int, content: int) -> str:
    """The arithmetic of a record with that many bytes inside: "28 = 8 + 4 + 16"."""
    parameters = suite_parameters(suite)
    assert parameters is not None
    cipher = parameters.cipher
    if cipher is Cipher.CHACHA20_POLY1305:
        return f"{length} = {content} + 16"
    if cipher.is_aead:
        return f"{length} = 8 + {content} + {_TAG_BYTES.get(cipher, 16)}"
    if cipher.is_cbc:
        vector = f"{cipher.block_bytes} + " if version > TLS_1_0 else ""
        rest = length - content - parameters.mac_bytes - (cipher.block_bytes if version > TLS_1_0 else 0)
        return f"{length} = {vector}{content} + {parameters.mac_bytes} + {rest} of padding"
    return f"{length} = {content} + {parameters.mac_bytes}"
