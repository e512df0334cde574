"""Code points have the registries' names, and unknown ones keep their number."""

from __future__ import annotations

import pytest

from analyzer.tls import codepoints


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (0x0002, "SSL 2.0"),
        (0x0300, "SSL 3.0"),
        (0x0304, "TLS 1.3"),
        (0x7F12, "TLS 1.3 (draft 18)"),
        (0x0305, "version 0x0305"),
    ],
)
def test_version_name(value: int, name: str) -> None:
    assert codepoints.version_name(value) == name


def test_grease() -> None:
    grease = [(0x10 * n + 0x0A) * 0x0101 for n in range(16)]
    assert [value for value in range(0x10000) if codepoints.is_grease(value)] == grease


def test_names_and_numbers() -> None:
    assert codepoints.alert_name(40) == "handshake_failure"
    assert codepoints.alert_name(116) == "certificate_required"
    assert codepoints.alert_name(200) == "200"
    assert codepoints.alert_level_name(2) == "fatal"
    assert codepoints.alert_level_name(3) == "3"
    assert codepoints.handshake_name(13) == "certificate_request"
    assert codepoints.handshake_name(99) == "99"
    assert codepoints.certificate_type_name(64) == "ecdsa_sign"
    assert codepoints.certificate_type_name(99) == "99"
    assert codepoints.signature_scheme_name(0x0804) == "rsa_pss_rsae_sha256"
    assert codepoints.signature_scheme_name(0xFFFF) == "0xffff"


def test_cipher_suites() -> None:
    assert codepoints.cipher_suite_name(0x1301) == "TLS_AES_128_GCM_SHA256"
    assert codepoints.cipher_suite_name(0xC02F) == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    assert codepoints.cipher_suite_name(0x00FF) == "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"
    assert codepoints.cipher_suite_name(0xFAFA) == "0xfafa"
