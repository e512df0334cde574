"""CompressedCertificate (RFC 8879): zlib from the standard library, brotli and zstd where they are installed.

A stranger states how long the result will be, and a few bytes may unpack to gigabytes. So no more than the stated
length is ever unpacked, and a stated length beyond :data:`MAX_CERTIFICATE_BYTES` is refused unread.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from analyzer.tls.reader import DecodeError

MAX_CERTIFICATE_BYTES = 1 << 20
ZLIB, BROTLI, ZSTD = 1, 2, 3
"""CertificateCompressionAlgorithm (RFC 8879 section 7.3)."""


def decompress(algorithm: int, stated: int, data: bytes) -> bytes:
    """The body of the Certificate message.

    Raises:
        DecodeError: unknown algorithm, missing library, damaged data, or not as long as stated.
    """
    if stated > MAX_CERTIFICATE_BYTES:
        raise DecodeError(f"compressed_certificate: {stated} bytes announced, which no chain takes")
    unpack = _UNPACKERS.get(algorithm)
    if unpack is None:
        raise DecodeError(f"compressed_certificate: unknown algorithm {algorithm}")
    plain = unpack(data, stated)
    if len(plain) != stated:
        raise DecodeError(f"compressed_certificate: {stated} bytes announced, it unpacks to another length")
    return plain


def _zlib(data: bytes, stated: int) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(data, stated + 1)
    except zlib.error as error:
        raise DecodeError(f"compressed_certificate: {error}") from error


def _brotli(data: bytes, stated: int) -> bytes:
    try:
        import brotli
    except ImportError:
        raise DecodeError("compressed_certificate: install certwhy[compression] for brotli") from None
    unpacker = brotli.Decompressor()
    try:
        return bytes(unpacker.process(data, output_buffer_limit=stated + 1))
    except brotli.error as error:
        raise DecodeError(f"compressed_certificate: {error}") from error


def _zstd(data: bytes, stated: int) -> bytes:
    try:
        import zstandard
    except ImportError:
        raise DecodeError("compressed_certificate: install certwhy[compression] for zstd") from None
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 23).stream_reader(data) as reader:
            return bytes(reader.read(stated + 1))
    except zstandard.ZstdError as error:
        raise DecodeError(f"compressed_certificate: {error}") from error


_UNPACKERS: dict[int, Callable[[bytes, int], bytes]] = {ZLIB: _zlib, BROTLI: _brotli, ZSTD: _zstd}
