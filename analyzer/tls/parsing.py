"""Parses handshake messages (RFC 8446 section 4, RFC 5246 section 7.4): bytes in, frozen values out.

Each parser reads like the RFC's own description, in its order. Three layouts of CertificateRequest exist
(SSL 3.0 to TLS 1.1, TLS 1.2, TLS 1.3) and two of Certificate; the *negotiated* version picks, never the bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import msgspec

from analyzer.tls.codepoints import TLS_1_1, TLS_1_2, TLS_1_3, HandshakeType
from analyzer.tls.compression import decompress
from analyzer.tls.extensions import NO_EXTENSIONS, parse_extensions
from analyzer.tls.messages import (
    Certificate,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    HandshakeMessage,
    HelloRequest,
    NewSessionTicket,
    OtherMessage,
    ServerHello,
)
from analyzer.tls.reader import DecodeError, Reader

_DRAFTS_WITHOUT_SESSION_ID = range(0x7F00, 0x7F16)
"""Drafts of TLS 1.3 up to 21, whose ServerHello had neither a session id nor a compression method."""


def parse_client_hello(body: bytes) -> ClientHello:
    """RFC 8446 section 4.1.2."""
    reader = Reader(body)
    version = reader.number(2, "legacy_version")
    random = reader.take(32, "random")
    session_id = reader.vector(1, "legacy_session_id")
    suites = reader.numbers(2, 2, "cipher_suites")
    reader.vector(1, "legacy_compression_methods")
    return ClientHello(version, random, session_id, suites, parse_extensions(reader))


def parse_sslv2_client_hello(body: bytes) -> ClientHello:
    """RFC 5246 appendix E.2, from msg_type on: three-byte suites, of which those of TLS begin with a zero."""
    reader = Reader(body, 1)
    version = reader.number(2, "version")
    suites_length = reader.number(2, "cipher_spec_length")
    session_id_length = reader.number(2, "session_id_length")
    challenge_length = reader.number(2, "challenge_length")
    suites = reader.take(suites_length, "cipher_specs")
    session_id = reader.take(session_id_length, "session_id")
    challenge = reader.take(challenge_length, "challenge")
    numbers = tuple(int.from_bytes(suites[i : i + 3], "big") for i in range(0, len(suites) - 2, 3))
    return ClientHello(version, challenge, session_id, numbers, NO_EXTENSIONS, sslv2_style=True)


def parse_server_hello(body: bytes) -> ServerHello:
    """RFC 8446 section 4.1.3."""
    reader = Reader(body)
    version = reader.number(2, "legacy_version")
    random = reader.take(32, "random")
    draft = version in _DRAFTS_WITHOUT_SESSION_ID
    session_id = b"" if draft else reader.vector(1, "legacy_session_id_echo")
    suite = reader.number(2, "cipher_suite")
    if not draft:
        reader.number(1, "legacy_compression_method")
    return ServerHello(version, random, session_id, suite, parse_extensions(reader))


@lru_cache(maxsize=256)
def parse_certificate(body: bytes, version: int) -> Certificate:
    """The chain, leaf first; the part before a lying length is kept. Repeated flights are decoded once."""
    reader = Reader(body)
    context = reader.vector(1, "certificate_request_context") if version >= TLS_1_3 else b""
    found: list[bytes] = []
    damaged = None
    try:
        block = Reader(reader.vector(3, "certificate_list"))
        while block.remaining:
            found.append(block.vector(3, "certificate"))
            if version >= TLS_1_3:
                block.vector(2, "extensions")
        reader.finish("certificate_list")
    except DecodeError as error:
        damaged = str(error)
        if not found:
            raise
    return Certificate(tuple(found), context, damaged)


def parse_compressed_certificate(body: bytes, version: int) -> Certificate:
    """RFC 8879 section 4: an algorithm, the length of the message, the message."""
    reader = Reader(body)
    algorithm = reader.number(2, "algorithm")
    stated = reader.number(3, "uncompressed_length")
    packed = reader.vector(3, "compressed_certificate_message")
    reader.finish("CompressedCertificate")
    return msgspec.structs.replace(parse_certificate(decompress(algorithm, stated, packed), version), compressed=True)


@lru_cache(maxsize=256)
def parse_certificate_request(body: bytes, version: int) -> CertificateRequest:
    """The request in the layout of the negotiated version. Repeated flights are decoded once."""
    if version >= TLS_1_3:
        return _certificate_request_13(Reader(body), len(body))
    try:
        return _certificate_request_12(body, version)
    except DecodeError:
        if version >= TLS_1_2 and _is_of_tls11(body):
            raise DecodeError("it has the layout of TLS 1.1, without signature algorithms") from None
        raise


def _is_of_tls11(body: bytes) -> bool:
    try:
        return _certificate_request_12(body, TLS_1_1).damaged is None
    except DecodeError:
        return False


def _certificate_request_12(body: bytes, version: int) -> CertificateRequest:
    """RFC 5246 section 7.4.4, and without signature algorithms RFC 4346 section 7.4.4."""
    reader = Reader(body)
    types = reader.numbers(1, 1, "certificate_types")
    schemes = None
    if version >= TLS_1_2:
        schemes = reader.numbers(2, 2, "supported_signature_algorithms")
    stated = reader.number(2, "certificate_authorities")
    actual = reader.remaining
    wrapped = actual > stated and (actual - stated) % 65536 == 0
    damaged = None
    if actual != stated and not wrapped:
        damaged = f"certificate_authorities: {stated} bytes stated, {actual} sent"
        actual = min(actual, stated)
    names, fault = _names(Reader(reader.take(actual, "certificate_authorities")))
    return CertificateRequest(types, schemes, names, stated, actual, len(body), damaged=damaged or fault)


def _names(block: Reader) -> tuple[tuple[bytes, ...], str | None]:
    names: list[bytes] = []
    try:
        while block.remaining:
            names.append(block.vector(2, "DistinguishedName"))
    except DecodeError as error:
        return tuple(names), str(error)
    return tuple(names), None


def _certificate_request_13(reader: Reader, message_bytes: int) -> CertificateRequest:
    context = reader.vector(1, "certificate_request_context")
    extensions = parse_extensions(reader)
    names = extensions.certificate_authorities or ()
    size = sum(2 + len(name) for name in names)
    return CertificateRequest(
        None,
        extensions.signature_algorithms,
        names,
        size,
        size,
        message_bytes,
        extensions.signature_algorithms_cert,
        context,
    )


def parse_certificate_verify(body: bytes, version: int) -> CertificateVerify:
    """With a scheme from TLS 1.2 on, without before."""
    reader = Reader(body)
    scheme = reader.number(2, "algorithm") if version >= TLS_1_2 else None
    signature = reader.vector(2, "signature")
    reader.finish("CertificateVerify")
    return CertificateVerify(scheme, signature)


def parse_new_session_ticket(body: bytes, version: int) -> NewSessionTicket:
    """RFC 5077 section 3.3, RFC 8446 section 4.6.1."""
    reader = Reader(body)
    lifetime = reader.number(4, "ticket_lifetime")
    if version >= TLS_1_3:
        reader.number(4, "ticket_age_add")
        reader.vector(1, "ticket_nonce")
    return NewSessionTicket(lifetime, reader.vector(2, "ticket"))


Parser = Callable[[bytes, int], HandshakeMessage]

_PARSERS: dict[int, Parser] = {
    HandshakeType.hello_request: lambda body, version: HelloRequest(),
    HandshakeType.client_hello: lambda body, version: parse_client_hello(body),
    HandshakeType.server_hello: lambda body, version: parse_server_hello(body),
    HandshakeType.new_session_ticket: parse_new_session_ticket,
    HandshakeType.encrypted_extensions: lambda body, version: EncryptedExtensions(parse_extensions(Reader(body))),
    HandshakeType.certificate: parse_certificate,
    HandshakeType.certificate_request: parse_certificate_request,
    HandshakeType.certificate_verify: parse_certificate_verify,
    HandshakeType.compressed_certificate: parse_compressed_certificate,
}


def parse_message(message_type: int, body: bytes, version: int) -> HandshakeMessage:
    """Decode one handshake message under the negotiated version.

    Raises:
        DecodeError: the body is not what its type says.
    """
    parser = _PARSERS.get(message_type)
    if parser is None:
        return _other(message_type, len(body))
    return parser(body, version)


@lru_cache(maxsize=1024)
def _other(message_type: int, length: int) -> OtherMessage:
    return OtherMessage(message_type, length)
