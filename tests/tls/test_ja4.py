"""JA4 against the values that its description publishes."""

from __future__ import annotations

import pytest

from analyzer.tls.ja4 import ja4
from analyzer.tls.parsing import parse_client_hello
from tests.tls import shapes
from tests.tls.shapes import extension, numbers, vector

PUBLISHED_SUITES = bytes.fromhex("130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035")
PUBLISHED_TYPES = bytes.fromhex("001b0000003300104469 0017002d000d000500230012002bff01000b000a0015")
PUBLISHED_SCHEMES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)


def pairs(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def fingerprint(extensions: bytes | None, suites: tuple[int, ...] = shapes.SUITES, version: int = 0x0303) -> str:
    return ja4(parse_client_hello(shapes.client_hello(extensions, suites=suites, version=version)))


def published(schemes: bool, *, grease: bool = False) -> str:
    """The example hello of the description."""
    known = {
        0: shapes.server_name(b"example.org"),
        16: shapes.alpn(b"h2", b"http/1.1"),
        43: shapes.offered_versions(*((0x2A2A,) if grease else ()), 0x0304, 0x0303),
        13: extension(13, vector(2, numbers(*(PUBLISHED_SCHEMES if schemes else ())))),
    }
    block = b"".join(known.get(kind, extension(kind)) for kind in pairs(PUBLISHED_TYPES))
    suites = tuple(pairs(PUBLISHED_SUITES))
    if grease:
        block = extension(0x1A1A) + block + extension(0xFAFA, b"\0")
        suites = (0x8A8A, *suites)
    return fingerprint(block, suites)


def test_the_published_example() -> None:
    assert published(schemes=True) == "t13d1516h2_8daaf6152771_e5627efa2ab1"


def test_grease_is_ignored_everywhere() -> None:
    assert published(schemes=True, grease=True) == "t13d1516h2_8daaf6152771_e5627efa2ab1"


def test_the_published_example_without_signature_algorithms() -> None:
    assert published(schemes=False) == "t13d1516h2_8daaf6152771_6d807ffa2a79"


def test_nothing_at_all() -> None:
    assert fingerprint(None, ()) == "t12i000000_000000000000_000000000000"


def test_only_name_and_alpn_leave_no_extensions_to_digest() -> None:
    found = fingerprint(shapes.server_name(b"a.example") + shapes.alpn(b"h2"), ())
    assert found == "t12d0002h2_000000000000_000000000000"


def test_an_empty_name_is_a_name() -> None:
    assert fingerprint(extension(0), ())[:4] == "t12d"


@pytest.mark.parametrize(
    ("version", "mark"), [(0x0300, "s3"), (0x0301, "10"), (0x0302, "11"), (0x0303, "12"), (0x0999, "00")]
)
def test_version_of_a_hello_without_the_extension(version: int, mark: str) -> None:
    assert fingerprint(None, (), version)[1:3] == mark


@pytest.mark.parametrize(
    ("protocol", "mark"),
    [
        (b"http/1.1", "h1"),
        (b"x", "xx"),
        (b"", "00"),
        (b"\xab", "ab"),
        (b"\xab\xcd", "ad"),
        (b"\x30\xab", "3b"),
        (b"\x30\x31\xab\xcd", "3d"),
        (b"\x30\xab\xcd\x31", "01"),
    ],
)
def test_alpn(protocol: bytes, mark: str) -> None:
    assert fingerprint(shapes.alpn(protocol), ())[8:10] == mark


def test_counts_stop_at_99() -> None:
    assert fingerprint(b"".join(extension(1000 + n) for n in range(120)), tuple(range(150)))[4:8] == "9999"
