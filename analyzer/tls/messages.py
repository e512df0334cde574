"""Handshake messages as frozen values (RFC 8446 section 4, RFC 5246 section 7.4)."""

from __future__ import annotations

import msgspec

from analyzer.tls.extensions import Extensions

HELLO_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""ServerHello.random of a HelloRetryRequest (RFC 8446 section 4.1.3)."""


class ClientHello(msgspec.Struct, frozen=True, gc=False):
    """RFC 8446 section 4.1.2; also filled from an SSLv2-style hello (RFC 5246 appendix E.2)."""

    legacy_version: int
    random: bytes
    session_id: bytes
    cipher_suites: tuple[int, ...]
    extensions: Extensions
    sslv2_style: bool = False

    @property
    def offered_versions(self) -> tuple[int, ...]:
        """supported_versions, or else the one highest version that older clients state."""
        return self.extensions.supported_versions or (self.legacy_version,)


class ServerHello(msgspec.Struct, frozen=True, gc=False):
    """RFC 8446 section 4.1.3."""

    legacy_version: int
    random: bytes
    session_id: bytes
    cipher_suite: int
    extensions: Extensions

    @property
    def version(self) -> int:
        """The negotiated version."""
        selected = self.extensions.supported_versions
        return selected[0] if selected else self.legacy_version

    @property
    def is_hello_retry_request(self) -> bool:
        """A HelloRetryRequest is a ServerHello with a fixed random (RFC 8446 section 4.1.4)."""
        return self.random == HELLO_RETRY_RANDOM


class Certificate(msgspec.Struct, frozen=True, gc=False):
    """RFC 5246 section 7.4.2, RFC 8446 section 4.4.2. Leaf first; an empty one is the answer "I have none"."""

    certificates: tuple[bytes, ...]
    context: bytes = b""
    damaged: str | None = None
    """Where the list stopped making sense; what came before is kept."""
    compressed: bool = False
    """It came as a CompressedCertificate (RFC 8879)."""


class CertificateRequest(msgspec.Struct, frozen=True, gc=False):
    """RFC 5246 section 7.4.4, RFC 4346 section 7.4.4, RFC 8446 section 4.3.2."""

    certificate_types: tuple[int, ...] | None
    """None in TLS 1.3, which has none."""
    signature_schemes: tuple[int, ...] | None
    """None before TLS 1.2."""
    authorities: tuple[bytes, ...]
    """DER of each distinguished name, all of them."""
    list_bytes: int
    """Length of the list as stated."""
    list_bytes_actual: int
    """What the names take; differs where the 16-bit length wrapped."""
    message_bytes: int
    signature_schemes_cert: tuple[int, ...] | None = None
    context: bytes = b""
    damaged: str | None = None


class CertificateVerify(msgspec.Struct, frozen=True, gc=False):
    """RFC 5246 section 7.4.8, RFC 8446 section 4.4.3."""

    scheme: int | None
    """None before TLS 1.2, where the key's kind alone decides."""
    signature: bytes


class HelloRequest(msgspec.Struct, frozen=True, gc=False):
    """RFC 5246 section 7.4.1.1: the server would like to negotiate again."""


class NewSessionTicket(msgspec.Struct, frozen=True, gc=False):
    """RFC 5077 section 3.3 (RFC 8446 section 4.6.1 in TLS 1.3)."""

    lifetime_s: int
    ticket: bytes


class EncryptedExtensions(msgspec.Struct, frozen=True, gc=False):
    """RFC 8446 section 4.3.1."""

    extensions: Extensions


class OtherMessage(msgspec.Struct, frozen=True, gc=False):
    """A message whose inside does not matter here (ServerHelloDone, Finished ...), or of an unknown type."""

    message_type: int
    length: int


HandshakeMessage = (
    ClientHello
    | ServerHello
    | Certificate
    | CertificateRequest
    | CertificateVerify
    | HelloRequest
    | NewSessionTicket
    | EncryptedExtensions
    | OtherMessage
)
