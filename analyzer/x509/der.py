"""A bounded reader of DER elements (ITU-T X.690), for bytes that may be broken or hostile.

How it works: one function looks at one tag-length-value header between two offsets and answers
where the content starts and stops. Nothing is copied and nothing recurses, so the cost is linear
in the number of elements that a caller asks for. What DER forbids but parsers in the field accept
(a length in more bytes than needed) is accepted, because we observe; what cannot be walked (an
indefinite length, a tag of several bytes, content that runs over its frame) is a DerError.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import msgspec

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

_LONGEST_OID = 64
"""Bytes. Real identifiers take fewer than 20; longer ones would make the arithmetic expensive."""


class DerError(ValueError):
    """These bytes are not the DER that was expected here; the text says why in a few words."""


def element(data: bytes, offset: int, end: int) -> tuple[int, int, int]:
    """Read the header at ``offset`` and return its tag and where its content starts and stops.

    Args:
        data: The whole buffer.
        offset: Where the tag byte is, in bytes.
        end: Where the surrounding element stops, in bytes.

    Raises:
        DerError: The element cannot be walked (X.690 sections 8.1.2, 8.1.3 and 10.1).
    """
    start = offset + 2
    if start > end:
        raise DerError("ends in the middle of a DER header")
    tag = data[offset]
    if tag & 0x1F == 0x1F:
        raise DerError("has a DER tag of several bytes")
    length = data[offset + 1]
    if length >= 0x80:
        width = length & 0x7F
        if width == 0:
            raise DerError("has a length of indefinite form, which DER forbids")
        if width > 4:
            raise DerError("has a DER length of more than four bytes")
        if start + width > end:
            raise DerError("ends in the middle of a DER length")
        length = int.from_bytes(data[start : start + width], "big")
        start += width
    stop = start + length
    if stop > end:
        raise DerError(f"ends {stop - end} bytes too early")
    return tag, start, stop


def expect(data: bytes, offset: int, end: int, tag: int, what: str) -> tuple[int, int]:
    """Read an element that must have this tag and return where its content starts and stops.

    Raises:
        DerError: It cannot be walked, or it is something else; ``what`` names it in the text.
    """
    found, start, stop = element(data, offset, end)
    if found != tag:
        raise DerError(f"has DER tag 0x{found:02x} where {what} should be")
    return start, stop


def elements(data: bytes, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """The elements of a SEQUENCE or SET whose content lies between two offsets.

    Raises:
        DerError: While iterating, at the first element that cannot be walked.
    """
    while start < stop:
        tag, inner, after = element(data, start, stop)
        yield tag, inner, after
        start = after


@lru_cache(maxsize=1024)
def dotted(oid: bytes) -> str:
    """The dotted text of an OBJECT IDENTIFIER's content (X.690 section 8.19).

    Raises:
        DerError: It is empty, cut in the middle of a number, or longer than 64 bytes.
    """
    if not oid or oid[-1] & 0x80:
        raise DerError("has an object identifier that ends too early")
    if len(oid) > _LONGEST_OID:
        raise DerError(f"has an object identifier of {len(oid)} bytes")
    numbers = []
    value = 0
    for byte in oid:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def encoded_oid(text: str) -> bytes:
    """The content bytes of an OBJECT IDENTIFIER, for tables that are written in dotted form.

    Raises:
        ValueError: The text is not dotted numbers.
    """
    first, second, *rest = map(int, text.split("."))
    out = bytearray()
    for number in (40 * first + second, *rest):
        piece = [number & 0x7F]
        while number := number >> 7:
            piece.append(number & 0x7F | 0x80)
        out += bytes(reversed(piece))
    return bytes(out)


class CertificateLayout(msgspec.Struct, frozen=True, gc=False):
    """The parts of a certificate as byte strings, not interpreted (RFC 5280 section 4.1)."""

    tbs: bytes
    """tbsCertificate with its header: what the issuer signed."""
    version: int
    """As people count: 1, 2, 3; the wire says one less."""
    serial: bytes
    """Content of the INTEGER."""
    inner_algorithm: bytes
    issuer: bytes
    validity: bytes
    subject: bytes
    public_key_info: bytes
    """subjectPublicKeyInfo with its header."""
    extensions: bytes
    """Content of the [3] field; empty when there is none."""
    algorithm: bytes
    """The outer signatureAlgorithm with its header."""
    signature: bytes
    """Without the count of unused bits."""
    trailing: int
    """Bytes after the certificate."""


def certificate_layout(der: bytes) -> CertificateLayout:
    """Split a certificate into its parts without judging what is in them.

    Raises:
        DerError: The frame of the certificate is broken (RFC 5280 section 4.1).
    """
    size = len(der)
    start, stop = expect(der, 0, size, SEQUENCE, "the certificate")
    trailing = size - stop
    tbs_start, tbs_stop = expect(der, start, stop, SEQUENCE, "tbsCertificate")
    tbs = der[start:tbs_stop]
    tag, _, after = element(der, tbs_stop, stop)
    algorithm = der[tbs_stop:after]
    signature_start, signature_stop = expect(der, after, stop, BIT_STRING, "the signature")

    at = tbs_start
    version = 1
    tag, inner, after = element(der, at, tbs_stop)
    if tag == 0xA0:
        number, number_stop = expect(der, inner, after, INTEGER, "the version")
        version = int.from_bytes(der[number:number_stop][:4], "big", signed=True) + 1
        at = after
    serial_start, at = expect(der, at, tbs_stop, INTEGER, "the serial number")
    serial = der[serial_start:at]
    parts = []
    for _ in range(5):  # signature, issuer, validity, subject, subjectPublicKeyInfo
        _, _, after = element(der, at, tbs_stop)
        parts.append(der[at:after])
        at = after
    extensions = b""
    for tag, inner, after in elements(der, at, tbs_stop):
        if tag == 0xA3:  # [1] and [2] are the unique identifiers, which nobody uses
            extensions = der[inner:after]
    return CertificateLayout(
        tbs=tbs,
        version=version,
        serial=serial,
        inner_algorithm=parts[0],
        issuer=parts[1],
        validity=parts[2],
        subject=parts[3],
        public_key_info=parts[4],
        extensions=extensions,
        algorithm=algorithm,
        signature=der[signature_start + 1 : signature_stop],
        trailing=trailing,
    )
