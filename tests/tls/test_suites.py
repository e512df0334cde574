"""What a suite's name says, with Scapy's table as a second opinion."""

from __future__ import annotations

import pytest

from analyzer.tls.codepoints import TLS_1_1, TLS_1_2
from analyzer.tls.suites import Cipher, SuiteParameters, handshake_hash, suite_parameters


@pytest.mark.parametrize(
    ("suite", "expected"),
    [
        (0x1301, SuiteParameters(Cipher.AES_GCM, 16, None, "sha256", False)),
        (0x1302, SuiteParameters(Cipher.AES_GCM, 32, None, "sha384", False)),
        (0x1303, SuiteParameters(Cipher.CHACHA20_POLY1305, 32, None, "sha256", False)),
        (0x1305, SuiteParameters(Cipher.AES_CCM_8, 16, None, "sha256", False)),
        (0xC030, SuiteParameters(Cipher.AES_GCM, 32, None, "sha384", False)),
        (0xC0AE, SuiteParameters(Cipher.AES_CCM_8, 16, None, "sha256", False)),
        (0xC028, SuiteParameters(Cipher.AES_CBC, 32, "sha384", "sha384", False)),
        (0x002F, SuiteParameters(Cipher.AES_CBC, 16, "sha1", "sha256", True)),
        (0x003C, SuiteParameters(Cipher.AES_CBC, 16, "sha256", "sha256", True)),
        (0x0041, SuiteParameters(Cipher.CAMELLIA_CBC, 16, "sha1", "sha256", True)),
        (0x000A, SuiteParameters(Cipher.TRIPLE_DES_CBC, 24, "sha1", "sha256", True)),
        (0x0004, SuiteParameters(Cipher.RC4, 16, "md5", "sha256", True)),
        (0xC006, SuiteParameters(Cipher.NULL, 0, "sha1", "sha256", False)),
    ],
)
def test_names(suite: int, expected: SuiteParameters) -> None:
    assert suite_parameters(suite) == expected


@pytest.mark.parametrize(
    "suite",
    [
        pytest.param(0x0000, id="no suite at all"),
        pytest.param(0x00FF, id="a signal"),
        pytest.param(0x0003, id="export"),
        pytest.param(0x0009, id="single DES"),
        pytest.param(0xC03C, id="ARIA"),
        pytest.param(0xC07A, id="Camellia in GCM"),
        pytest.param(0x3A3A, id="GREASE"),
    ],
)
def test_what_cannot_be_read(suite: int) -> None:
    assert suite_parameters(suite) is None


def test_before_tls12_there_is_one_hash() -> None:
    parameters = suite_parameters(0xC030)
    assert parameters is not None
    assert handshake_hash(parameters, TLS_1_2) == "sha384"
    assert handshake_hash(parameters, TLS_1_1) == "md5+sha1"


def test_scapy_agrees() -> None:
    """Key length, MAC and hash of every suite that both know."""
    from scapy.layers.tls.crypto.suites import _tls_cipher_suites_cls

    compared = 0
    for value, theirs in _tls_cipher_suites_cls.items():
        ours = suite_parameters(value)
        if ours is None or not hasattr(theirs, "cipher_alg"):  # key exchanges that Scapy cannot do
            continue
        compared += 1
        assert ours.key_bytes == theirs.cipher_alg.key_len, theirs.__name__
        assert ours.cipher.is_aead == (theirs.cipher_alg.type == "aead"), theirs.__name__
        assert ours.cipher.is_cbc == (theirs.cipher_alg.type == "block"), theirs.__name__
        if ours.cipher.is_cbc:
            assert ours.cipher.block_bytes == theirs.cipher_alg.block_size, theirs.__name__
        if not ours.cipher.is_aead:
            assert ours.mac_bytes == theirs.hmac_alg.hmac_len, theirs.__name__
        if theirs.hash_alg.__name__ in ("Hash_SHA256", "Hash_SHA384"):
            assert f"Hash_{ours.hash.upper()}" == theirs.hash_alg.__name__, theirs.__name__
    assert compared > 80
