"""Distinguished names: read from DER, shown as text, compared as RFC 5280 asks.

How it works. A CertificateRequest may carry thousands of names in 64 KiB, and ``cryptography`` has
no public function for a name on its own, so names are walked by hand. One pass over the relative
distinguished names (RDNs) collects the text in RFC 4514 order, most specific first, and a key. Two
names with the same key are equal under RFC 5280 section 7.1: the string type does not count, nor
does case, nor how much white space there is, nor the order inside a multi-valued RDN. The order of
the RDNs does count. A value that is no string, or whose bytes are not what its type promises, is
compared by its bytes.

Clients differ in what they compare: Go, GnuTLS and Chromium compare the bytes, Java and OpenSSL
the normalised form. That is why a match has two grades.

The text keeps every character as it was sent, also those that upset a terminal: making them safe
is the job of whoever draws.
"""

from __future__ import annotations

import enum
import unicodedata
from functools import lru_cache

import msgspec

from analyzer.x509.der import OBJECT_IDENTIFIER, SEQUENCE, SET, DerError, dotted, element, encoded_oid, expect

_LONGEST_NAME = 0xFFFF
"""Bytes: no CertificateRequest can carry a longer one (RFC 5246 section 7.4.4)."""
_LONGEST_CACHED = 1024
"""Bytes. Bounds the cache below to a few MiB whatever the capture holds."""

_SHORT_NAMES = {
    encoded_oid(oid): name
    for oid, name in {
        "2.5.4.3": "CN",
        "2.5.4.4": "SN",
        "2.5.4.5": "serialNumber",
        "2.5.4.6": "C",
        "2.5.4.7": "L",
        "2.5.4.8": "ST",
        "2.5.4.9": "STREET",
        "2.5.4.10": "O",
        "2.5.4.11": "OU",
        "2.5.4.12": "title",
        "2.5.4.13": "description",
        "2.5.4.15": "businessCategory",
        "2.5.4.17": "postalCode",
        "2.5.4.41": "name",
        "2.5.4.42": "GN",
        "2.5.4.43": "initials",
        "2.5.4.44": "generationQualifier",
        "2.5.4.46": "dnQualifier",
        "2.5.4.65": "pseudonym",
        "2.5.4.97": "organizationIdentifier",
        "0.9.2342.19200300.100.1.1": "UID",
        "0.9.2342.19200300.100.1.25": "DC",
        "1.2.840.113549.1.9.1": "emailAddress",
        "1.2.840.113549.1.9.2": "unstructuredName",
        "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
        "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
        "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
    }.items()
}
_COMMON_NAME = encoded_oid("2.5.4.3")

_CODECS = {
    0x0C: "utf-8",  # UTF8String
    0x12: "ascii",  # NumericString
    0x13: "ascii",  # PrintableString
    0x14: "latin-1",  # TeletexString (T61): Latin-1 is what the field writes into it
    0x16: "ascii",  # IA5String
    0x1A: "ascii",  # VisibleString
    0x1B: "latin-1",  # GeneralString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}


def _ignored_characters() -> dict[int, str | None]:
    """What RFC 4518 section 2.2 maps to nothing, or to a space."""
    table: dict[int, str | None] = {}
    for first, last in (
        (0x00, 0x08),
        (0x0E, 0x1F),
        (0x7F, 0x84),
        (0x86, 0x9F),
        (0xAD, 0xAD),
        (0x034F, 0x034F),
        (0x06DD, 0x06DD),
        (0x070F, 0x070F),
        (0x1806, 0x1806),
        (0x180B, 0x180E),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x2063),
        (0x206A, 0x206F),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xFFF9, 0xFFFC),
        (0x1D173, 0x1D17A),
        (0xE0001, 0xE0001),
        (0xE0020, 0xE007F),
    ):
        table.update(dict.fromkeys(range(first, last + 1)))
    table.update(dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85), " "))
    return table


_IGNORED = _ignored_characters()
_ESCAPES = str.maketrans({**{c: "\\" + c for c in '\\"+,;<>'}, "\0": "\\00"})


class NameMatch(enum.Enum):
    """How two names are equal."""

    EXACT = "exact"
    """Byte for byte."""
    NORMALISED = "normalised"
    """Under RFC 5280 section 7.1 only: another string type, case or spacing."""


class Name(msgspec.Struct, frozen=True, gc=False):
    """A distinguished name (RFC 5280 section 4.1.2.4)."""

    der: bytes
    """As sent, with its SEQUENCE header."""
    text: str
    """In RFC 4514 order and escaping, such as ``CN=alice,O=Corp``; unknown types are dotted."""
    common_name: str | None
    """The most specific commonName, not escaped."""
    key: bytes
    """Equal for two names that are equal under RFC 5280 section 7.1."""


class UnreadableName(msgspec.Struct, frozen=True, gc=False):
    """Bytes that should have been a distinguished name."""

    der: bytes
    error: str
    """What is wrong, to be read after "the name"."""

    @property
    def text(self) -> str:
        """The first bytes in hexadecimal."""
        return "#" + self.der[:32].hex() + ("..." if len(self.der) > 32 else "")

    def as_name(self) -> Name:
        """A stand-in for places that need a name: it equals nothing but the same bytes."""
        return Name(self.der, self.text, None, b"\xff" + self.der)


def normalised(value: str) -> str:
    """Prepare a string for comparison (RFC 5280 section 7.1, RFC 4518 section 2)."""
    if value.isascii() and value.isprintable():
        return " ".join(value.lower().split())
    value = unicodedata.normalize("NFKC", value.translate(_IGNORED)).casefold()
    return " ".join(unicodedata.normalize("NFKC", value).split())


def escaped(value: str) -> str:
    """Escape a value as RFC 4514 section 2.4 asks and no further."""
    if value.isalnum():
        return value
    out = value.translate(_ESCAPES)
    if out[:1] in ("#", " "):
        out = "\\" + out
    if out.endswith(" ") and value != " ":
        out = out[:-1] + "\\ "
    return out


def decoded(tag: int, content: bytes) -> str | None:
    """The text of an ASN.1 string, or None when the bytes are not what the type promises."""
    codec = _CODECS.get(tag)
    if codec is None:
        return None
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        return None


def read_name(der: bytes) -> Name | UnreadableName:
    """Read a distinguished name, never raising (RFC 5280 section 4.1.2.4).

    Args:
        der: The Name with its SEQUENCE header, as an element of ``certificate_authorities`` or a
            certificate's subject or issuer carries it.
    """
    return _cached_name(der) if len(der) <= _LONGEST_CACHED else _read(der)


def name_from_text(text: str) -> Name | UnreadableName:
    """The name that RFC 4514 writes like this: ``CN=Corp Root,O=Corp``.

    Raises:
        ValueError: It is no such text.
    """
    from cryptography.x509 import Name as NameOfAttributes  # takes 20 ms and is rarely needed

    return read_name(NameOfAttributes.from_rfc4514_string(text).public_bytes())


def compare_names(a: Name | UnreadableName, b: Name | UnreadableName) -> NameMatch | None:
    """Say how two names are equal, or None; a name that cannot be read equals only the same bytes."""
    if a.der == b.der:
        return NameMatch.EXACT
    if isinstance(a, Name) and isinstance(b, Name) and a.key == b.key:
        return NameMatch.NORMALISED
    return None


def _read(der: bytes) -> Name | UnreadableName:
    try:
        return _walk(der)
    except DerError as error:
        return UnreadableName(der, str(error))


_cached_name = lru_cache(maxsize=4096)(_read)


def _walk(der: bytes) -> Name:
    size = len(der)
    if size > _LONGEST_NAME:
        raise DerError(f"takes {size} bytes, more than a name may")
    at, stop = expect(der, 0, size, SEQUENCE, "the sequence of a name")
    if stop != size:
        raise DerError(f"is followed by {size - stop} bytes that do not belong to it")
    texts: list[str] = []
    keys: list[bytes] = []
    common_name: str | None = None
    while at < stop:
        inner, after = expect(der, at, stop, SET, "a relative distinguished name")
        if inner == after:
            raise DerError("has an empty relative distinguished name")
        shown: list[str] = []
        rdn_keys: list[bytes] = []
        while inner < after:
            text, key, value, inner = _read_attribute(der, inner, after)
            shown.append(text)
            rdn_keys.append(key)
            if value is not None:
                common_name = value
        rdn_keys.sort()  # an RDN is a set
        texts.append("+".join(shown))
        keys.append(len(rdn_keys).to_bytes(2, "big") + b"".join(rdn_keys))
        at = after
    texts.reverse()
    return Name(der, ",".join(texts), common_name, b"".join(keys))


def _read_attribute(der: bytes, at: int, end: int) -> tuple[str, bytes, str | None, int]:
    """Text, key, value (of a commonName only) and end of the AttributeTypeAndValue at an offset."""
    inner, stop = expect(der, at, end, SEQUENCE, "an attribute")
    type_start, type_stop = expect(der, inner, stop, OBJECT_IDENTIFIER, "an attribute's type")
    tag, start, value_stop = element(der, type_stop, stop)
    if value_stop != stop:
        raise DerError("has an attribute with more than a type and a value")
    oid = der[type_start:type_stop]
    content = der[start:stop]
    shown_type = _SHORT_NAMES.get(oid) or dotted(oid)
    value = decoded(tag, content)
    if value is not None:
        tag, content = 0, normalised(value).encode()
        shown = escaped(value)
    elif tag in _CODECS:  # a string with bytes that its type does not allow
        value = der[start:stop].decode("latin-1")
        shown = escaped(value)
    else:
        shown = "#" + der[type_stop:stop].hex()  # RFC 4514 section 2.4
    # Lengths are written in front, so that different attributes never give the same key.
    key = len(oid).to_bytes(2, "big") + oid + tag.to_bytes(1, "big") + len(content).to_bytes(4, "big") + content
    return f"{shown_type}={shown}", key, value if oid == _COMMON_NAME else None, stop
