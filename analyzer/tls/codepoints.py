"""TLS code points in the RFCs' spelling. Unknown values stay plain numbers: we observe."""

from __future__ import annotations

import enum
from functools import lru_cache
from importlib import resources


class ContentType(enum.IntEnum):
    """TLSPlaintext.type (RFC 8446 section 5.1)."""

    change_cipher_spec = 20
    alert = 21
    handshake = 22
    application_data = 23


class HandshakeType(enum.IntEnum):
    """Handshake.msg_type (RFC 8446 section 4; RFC 5246 section 7.4)."""

    hello_request = 0
    client_hello = 1
    server_hello = 2
    hello_verify_request = 3
    new_session_ticket = 4
    end_of_early_data = 5
    encrypted_extensions = 8
    certificate = 11
    server_key_exchange = 12
    certificate_request = 13
    server_hello_done = 14
    certificate_verify = 15
    client_key_exchange = 16
    finished = 20
    certificate_url = 21
    certificate_status = 22
    supplemental_data = 23
    key_update = 24
    compressed_certificate = 25
    message_hash = 254


class AlertLevel(enum.IntEnum):
    """Alert.level (RFC 5246 section 7.2)."""

    warning = 1
    fatal = 2


class AlertDescription(enum.IntEnum):
    """Alert.description (RFC 8446 section 6; older values from RFC 5246 section 7.2 and RFC 6101)."""

    close_notify = 0
    unexpected_message = 10
    bad_record_mac = 20
    decryption_failed = 21
    record_overflow = 22
    decompression_failure = 30
    handshake_failure = 40
    no_certificate = 41
    bad_certificate = 42
    unsupported_certificate = 43
    certificate_revoked = 44
    certificate_expired = 45
    certificate_unknown = 46
    illegal_parameter = 47
    unknown_ca = 48
    access_denied = 49
    decode_error = 50
    decrypt_error = 51
    export_restriction = 60
    protocol_version = 70
    insufficient_security = 71
    internal_error = 80
    inappropriate_fallback = 86
    user_canceled = 90
    no_renegotiation = 100
    missing_extension = 109
    unsupported_extension = 110
    certificate_unobtainable = 111
    unrecognized_name = 112
    bad_certificate_status_response = 113
    bad_certificate_hash_value = 114
    unknown_psk_identity = 115
    certificate_required = 116
    no_application_protocol = 120
    ech_required = 121


class ExtensionType(enum.IntEnum):
    """ExtensionType, as far as a diagnosis needs it (IANA TLS ExtensionType Values)."""

    server_name = 0
    client_certificate_url = 2
    status_request = 5
    supported_groups = 10
    ec_point_formats = 11
    signature_algorithms = 13
    application_layer_protocol_negotiation = 16
    client_certificate_type = 19
    server_certificate_type = 20
    encrypt_then_mac = 22
    extended_main_secret = 23
    compress_certificate = 27
    session_ticket = 35
    pre_shared_key = 41
    early_data = 42
    supported_versions = 43
    cookie = 44
    psk_key_exchange_modes = 45
    certificate_authorities = 47
    oid_filters = 48
    post_handshake_auth = 49
    signature_algorithms_cert = 50
    key_share = 51
    encrypted_client_hello = 0xFE0D
    renegotiation_info = 0xFF01


class ClientCertificateType(enum.IntEnum):
    """CertificateRequest.certificate_types (RFC 5246 section 7.4.4, RFC 8422 section 5.5)."""

    rsa_sign = 1
    dss_sign = 2
    rsa_fixed_dh = 3
    dss_fixed_dh = 4
    rsa_ephemeral_dh = 5
    dss_ephemeral_dh = 6
    fortezza_dms = 20
    gost_sign256 = 67
    gost_sign512 = 68
    ecdsa_sign = 64
    rsa_fixed_ecdh = 65
    ecdsa_fixed_ecdh = 66


class SignatureScheme(enum.IntEnum):
    """SignatureScheme (RFC 8446 section 4.2.3; the pairs of RFC 5246 section 7.4.1.4.1 read the same)."""

    rsa_pkcs1_md5 = 0x0101
    dsa_md5 = 0x0102
    ecdsa_md5 = 0x0103
    rsa_pkcs1_sha1 = 0x0201
    dsa_sha1 = 0x0202
    ecdsa_sha1 = 0x0203
    rsa_pkcs1_sha224 = 0x0301
    dsa_sha224 = 0x0302
    ecdsa_sha224 = 0x0303
    rsa_pkcs1_sha256 = 0x0401
    dsa_sha256 = 0x0402
    ecdsa_secp256r1_sha256 = 0x0403
    rsa_pkcs1_sha384 = 0x0501
    dsa_sha384 = 0x0502
    ecdsa_secp384r1_sha384 = 0x0503
    rsa_pkcs1_sha512 = 0x0601
    dsa_sha512 = 0x0602
    ecdsa_secp521r1_sha512 = 0x0603
    rsa_pss_rsae_sha256 = 0x0804
    rsa_pss_rsae_sha384 = 0x0805
    rsa_pss_rsae_sha512 = 0x0806
    ed25519 = 0x0807
    ed448 = 0x0808
    rsa_pss_pss_sha256 = 0x0809
    rsa_pss_pss_sha384 = 0x080A
    rsa_pss_pss_sha512 = 0x080B
    ecdsa_brainpool_p256r1_tls13_sha256 = 0x081A
    ecdsa_brainpool_p384r1_tls13_sha384 = 0x081B
    ecdsa_brainpool_p512r1_tls13_sha512 = 0x081C


SSL_2, SSL_3, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 = 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304

_VERSION_NAMES = {
    SSL_2: "SSL 2.0",
    SSL_3: "SSL 3.0",
    TLS_1_0: "TLS 1.0",
    TLS_1_1: "TLS 1.1",
    TLS_1_2: "TLS 1.2",
    TLS_1_3: "TLS 1.3",
}


def version_name(version: int) -> str:
    """``TLS 1.2`` for 0x0303; drafts of TLS 1.3 and unknown versions keep their number."""
    if version in _VERSION_NAMES:
        return _VERSION_NAMES[version]
    if version >> 8 == 0x7F:
        return f"TLS 1.3 (draft {version & 0xFF})"
    return f"version 0x{version:04x}"


def is_grease(value: int) -> bool:
    """Values that clients send so that servers stay tolerant (RFC 8701 section 2)."""
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


def _name(kind: type[enum.IntEnum], value: int) -> str:
    try:
        return kind(value).name
    except ValueError:
        return str(value)


def alert_name(description: int) -> str:
    """``handshake_failure`` for 40; a number where none is registered."""
    return _name(AlertDescription, description)


def alert_level_name(level: int) -> str:
    """``fatal`` or ``warning``."""
    return _name(AlertLevel, level)


def handshake_name(message_type: int) -> str:
    """The registry's lower-case name, ``certificate_request``."""
    return _name(HandshakeType, message_type)


def certificate_type_name(value: int) -> str:
    """``ecdsa_sign`` for 64."""
    return _name(ClientCertificateType, value)


def signature_scheme_name(value: int) -> str:
    """``rsa_pss_rsae_sha256`` for 0x0804; hexadecimal where unknown."""
    try:
        return SignatureScheme(value).name
    except ValueError:
        return f"0x{value:04x}"


@lru_cache(maxsize=1)
def _cipher_suites() -> dict[int, str]:
    text = resources.files("analyzer.tls").joinpath("cipher_suites.txt").read_text(encoding="ascii")
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return {int(number, 16): name for number, name in rows}


def cipher_suite_name(value: int) -> str:
    """``TLS_AES_128_GCM_SHA256`` for 0x1301; hexadecimal where unknown."""
    return _cipher_suites().get(value, f"0x{value:04x}")
