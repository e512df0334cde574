"""From secrets to keys: the PRF of TLS 1.0 to 1.2, and HKDF-Expand-Label of TLS 1.3.

A key log gives the master secret (``CLIENT_RANDOM``) or the traffic secrets of TLS 1.3. What follows from
them is hashing alone, so it needs nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from analyzer.tls.codepoints import TLS_1_2

VERIFY_DATA_BYTES = 12
"""Of Finished before TLS 1.3 (RFC 5246 section 7.4.9)."""


def _p_hash(name: str, secret: bytes, seed: bytes, length: int) -> bytes:
    """P_hash of RFC 5246 section 5."""
    out, a = b"", seed
    while len(out) < length:
        a = hmac.digest(secret, a, name)
        out += hmac.digest(secret, a + seed, name)
    return out[:length]


def prf(version: int, hash_name: str, secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """The pseudorandom function (RFC 5246 section 5; before TLS 1.2, RFC 4346 section 5)."""
    seed = label + seed
    if version >= TLS_1_2:
        return _p_hash(hash_name, secret, seed, length)
    half = (len(secret) + 1) // 2
    first = _p_hash("md5", secret[:half], seed, length)
    second = _p_hash("sha1", secret[len(secret) - half :], seed, length)
    return bytes(a ^ b for a, b in zip(first, second, strict=True))


def transcript_hash(version: int, hash_name: str, messages: bytes) -> bytes:
    """Hash of handshake messages as the PRF takes it."""
    if version >= TLS_1_2:
        return hashlib.new(hash_name, messages).digest()
    md5 = hashlib.md5(messages, usedforsecurity=False).digest()
    return md5 + hashlib.sha1(messages, usedforsecurity=False).digest()


def master_secret(version: int, hash_name: str, premaster: bytes, randoms: bytes) -> bytes:
    """RFC 5246 section 8.1; ``randoms`` is the client's, then the server's."""
    return prf(version, hash_name, premaster, b"master secret", randoms, 48)


def extended_master_secret(version: int, hash_name: str, premaster: bytes, session_hash: bytes) -> bytes:
    """RFC 7627 section 4; the hash covers all messages up to and with ClientKeyExchange."""
    return prf(version, hash_name, premaster, b"extended master secret", session_hash, 48)


def verify_data(version: int, hash_name: str, master: bytes, transcript: bytes, *, server: bool) -> bytes:
    """What Finished holds before TLS 1.3 (RFC 5246 section 7.4.9)."""
    label = b"server finished" if server else b"client finished"
    return prf(version, hash_name, master, label, transcript, VERIFY_DATA_BYTES)


@lru_cache(maxsize=64)
def _label_info(length: int, label: bytes, context: bytes) -> bytes:
    full = b"tls13 " + label
    return length.to_bytes(2, "big") + bytes([len(full)]) + full + bytes([len(context)]) + context + b"\x01"


def expand_label(hash_name: str, secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-Expand-Label with an empty context and one block at most (RFC 8446 section 7.1)."""
    return hmac.digest(secret, _label_info(length, label, b""), hash_name)[:length]


def next_traffic_secret(hash_name: str, secret: bytes) -> bytes:
    """After a KeyUpdate (RFC 8446 section 7.2)."""
    return expand_label(hash_name, secret, b"traffic upd", hashlib.new(hash_name).digest_size)


def finished_mac(hash_name: str, traffic_secret: bytes, transcript: bytes) -> bytes:
    """What Finished holds in TLS 1.3 (RFC 8446 section 4.4.4)."""
    key = expand_label(hash_name, traffic_secret, b"finished", hashlib.new(hash_name).digest_size)
    return hmac.digest(key, transcript, hash_name)
