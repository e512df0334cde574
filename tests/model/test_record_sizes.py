"""The tables of record lengths."""

from __future__ import annotations

import pytest

from analyzer.model.record_sizes import (
    ALERT,
    EMPTY_CERTIFICATE,
    Padding,
    contents_before_tls13,
    keys_of_record,
    sum_before_tls13,
    tls13_sizes,
)
from analyzer.tls.codepoints import TLS_1_0, TLS_1_2, TLS_1_3
from tests.model.flights import AES_128_SHA256, AES_256_SHA384, CCM_8_SHA256, ECDHE_CBC_SHA, ECDHE_CHACHA20, ECDHE_GCM


@pytest.mark.parametrize(
    ("suite", "padding", "finished", "empty", "alert"),
    [
        (AES_128_SHA256, Padding.NONE, 53, 25, 19),
        (AES_256_SHA384, Padding.NONE, 69, 25, 19),
        (AES_128_SHA256, Padding.ADDS_16, 69, 41, 35),
        (AES_256_SHA384, Padding.ADDS_16, 85, 41, 35),
        (AES_128_SHA256, Padding.TO_16, 64, 32, 32),
        (AES_256_SHA384, Padding.TO_16, 80, 32, 32),
        (CCM_8_SHA256, Padding.NONE, 45, 17, 11),
    ],
)
def test_tls13_records(suite: int, padding: Padding, finished: int, empty: int, alert: int) -> None:
    (sizes,) = [sizes for sizes in tls13_sizes(suite) if sizes.padding is padding]
    assert sizes.record(sizes.finished) == finished
    assert sizes.record(EMPTY_CERTIFICATE) == empty
    assert sizes.record(ALERT) == alert
    assert sizes.most(empty) >= EMPTY_CERTIFICATE


def test_no_sizes_for_other_suites() -> None:
    assert tls13_sizes(ECDHE_GCM) == ()
    assert tls13_sizes(0x00C6) == ()  # TLS_SM4_GCM_SM3
    assert tls13_sizes(0xFFFF) == ()


def test_the_arithmetic_adds_up() -> None:
    plain, java, mbed = tls13_sizes(AES_128_SHA256)
    assert plain.sum(8) == "25 = 8 + 1 + 16"
    assert plain.sum(8, 36) == "61 = 8 + 36 + 1 + 16"
    assert java.sum(8) == "41 = 8 + 1 + 16 + 16"
    assert mbed.sum(36) == "64 = 36 + 1 + 11 + 16"
    assert sum_before_tls13(TLS_1_2, ECDHE_GCM, 28, 4) == "28 = 8 + 4 + 16"
    assert sum_before_tls13(TLS_1_2, ECDHE_CHACHA20, 20, 4) == "20 = 4 + 16"
    assert sum_before_tls13(TLS_1_2, ECDHE_CBC_SHA, 48, 4) == "48 = 16 + 4 + 20 + 8 of padding"
    assert sum_before_tls13(TLS_1_0, ECDHE_CBC_SHA, 32, 4) == "32 = 4 + 20 + 8 of padding"
    assert sum_before_tls13(TLS_1_2, 0x0005, 24, 4) == "24 = 4 + 20"


@pytest.mark.parametrize(
    ("length", "keys"),
    [
        (281, ["RSA 2048"]),
        (537, ["RSA 4096"]),
        (89, ["Ed25519"]),
        (95, ["EC P-256"]),
        (96, ["EC P-256"]),
        (97, ["EC P-256"]),
        (98, []),
        (128, ["EC P-384"]),
        (139, ["Ed448"]),
        (153, ["RSA 1024"]),
        (164, ["EC P-521"]),
        (69, []),
    ],
)
def test_keys_from_a_certificate_verify(length: int, keys: list[str]) -> None:
    assert list(keys_of_record(tls13_sizes(AES_256_SHA384)[0], TLS_1_3, length)) == keys


def test_rounding_up_makes_keys_ambiguous() -> None:
    mbed = tls13_sizes(AES_256_SHA384)[2]
    assert list(keys_of_record(mbed, TLS_1_3, 96)) == ["EC P-256", "Ed25519"]


@pytest.mark.parametrize(
    ("version", "suite", "length", "contents"),
    [
        (TLS_1_2, ECDHE_GCM, 40, range(16, 17)),
        (TLS_1_2, ECDHE_CHACHA20, 32, range(16, 17)),
        (TLS_1_2, 0xC0AE, 32, range(16, 17)),  # CCM_8
        (TLS_1_2, ECDHE_CBC_SHA, 64, range(12, 28)),
        (TLS_1_2, ECDHE_CBC_SHA, 68, range(16, 32)),  # encrypt-then-MAC
        (TLS_1_0, ECDHE_CBC_SHA, 48, range(12, 28)),
        (TLS_1_2, 0x000A, 40, range(4, 12)),  # 3DES
        (TLS_1_2, 0x0005, 36, range(16, 17)),  # RC4
        (TLS_1_2, ECDHE_GCM, 0, range(0)),
    ],
)
def test_contents_before_tls13(version: int, suite: int, length: int, contents: range) -> None:
    assert contents_before_tls13(version, suite, length) == contents


def test_unknown_suites_have_no_contents() -> None:
    assert contents_before_tls13(TLS_1_2, 0xFFFF, 40) is None
    assert contents_before_tls13(0x0002, ECDHE_GCM, 40) is None
