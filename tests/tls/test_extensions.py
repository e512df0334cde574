"""Each extension becomes a field; a damaged one costs only itself."""

from __future__ import annotations

import pytest

from analyzer.tls.extensions import NO_EXTENSIONS, Extensions, parse_extensions
from analyzer.tls.reader import DecodeError, Reader
from tests.tls.shapes import alpn, extension, names, numbers, offered_versions, selected_version, server_name, vector


def parse(*extensions: bytes) -> Extensions:
    return parse_extensions(Reader(vector(2, b"".join(extensions))))


@pytest.mark.parametrize(
    ("sent", "field", "value"),
    [
        (server_name(b"example.org"), "server_name", "example.org"),
        (server_name(b"\xff\x1b[31m"), "server_name", "\ufffd\x1b[31m"),
        (extension(0), "server_name", None),
        (extension(0, vector(2, b"\x07" + vector(2, b"odd"))), "server_name", None),
        (alpn(b"h2", b"http/1.1"), "alpn", ("h2", "http/1.1")),
        (alpn(b"\xab\xcd"), "alpn", ("\xab\xcd",)),
        (offered_versions(0x0304, 0x0303), "supported_versions", (0x0304, 0x0303)),
        (offered_versions(0x0303), "supported_versions", (0x0303,)),
        (selected_version(0x0304), "supported_versions", (0x0304,)),
        (extension(10, vector(2, numbers(29, 23))), "supported_groups", (29, 23)),
        (extension(11, vector(1, b"\0\1")), "ec_point_formats", (0, 1)),
        (extension(13, vector(2, numbers(0x0403))), "signature_algorithms", (0x0403,)),
        (extension(50, vector(2, numbers(0x0804))), "signature_algorithms_cert", (0x0804,)),
        (extension(47, vector(2, names(b"a", b"bc"))), "certificate_authorities", (b"a", b"bc")),
        (extension(49), "post_handshake_auth", True),
        (extension(0xFF01, vector(1, b"")), "renegotiation_info", b""),
        (extension(35), "session_ticket", b""),
        (extension(35, b"ticket"), "session_ticket", b"ticket"),
        (extension(42), "early_data", True),
        (extension(19, vector(1, b"\2\0")), "client_certificate_type", (2, 0)),
        (extension(20, b"\2"), "server_certificate_type", (2,)),
        (extension(27, vector(1, numbers(2, 1))), "compress_certificate", (2, 1)),
        (extension(23), "extended_main_secret", True),
        (extension(22), "encrypt_then_mac", True),
        (extension(0xFE0D, b"\0"), "encrypted_client_hello", True),
        (extension(48, vector(2, vector(1, b"oid") + vector(2, b"value"))), "oid_filters", 1),
        (extension(41, numbers(0)), "pre_shared_key", ()),
        (
            extension(41, vector(2, vector(2, b"identity") + bytes(4)) + vector(2, vector(1, bytes(32)))),
            "pre_shared_key",
            (b"identity",),
        ),
    ],
)
def test_one_extension(sent: bytes, field: str, value: object) -> None:
    found = parse(sent)
    assert getattr(found, field) == value
    assert found.types == (int.from_bytes(sent[:2], "big"),)
    assert found.damaged == ()


def test_order_and_unknown_types_are_kept() -> None:
    found = parse(extension(0x2A2A), alpn(b"h2"), extension(12345, b"what"), extension(23))
    assert found.types == (0x2A2A, 16, 12345, 23)
    assert (found.alpn, found.extended_main_secret) == (("h2",), True)


@pytest.mark.parametrize("kind", [0, 10, 11, 13, 16, 19, 27, 41, 43, 47, 48, 50, 0xFF01])
def test_a_damaged_extension_costs_only_itself(kind: int) -> None:
    found = parse(server_name(b"a.example") if kind else alpn(b"h2"), extension(kind, b"\xff\xff\xff"), extension(23))
    assert len(found.damaged) == 1
    assert found.extended_main_secret
    assert found.server_name == ("a.example" if kind else None)
    assert kind in found.types


def test_several_damaged_extensions() -> None:
    assert len(parse(extension(10, b"\0"), extension(13, b"\0\3abc"), alpn(b"h2")).damaged) == 2


@pytest.mark.parametrize("block", [b"\0\5\0\0", b"\0\4\0\0\0\5", b"\0\1\0", b"\0"])
def test_a_block_whose_structure_lies(block: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_extensions(Reader(block))


def test_no_block_at_all() -> None:
    assert parse_extensions(Reader(b"")) is NO_EXTENSIONS
    assert parse() == Extensions()
