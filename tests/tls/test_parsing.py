"""Every message, from bytes made by hand; the recorded ones are read in test_recordings."""

from __future__ import annotations

import random

import pytest

from analyzer.tls import parsing
from analyzer.tls.codepoints import HandshakeType
from analyzer.tls.messages import (
    Certificate,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    HelloRequest,
    NewSessionTicket,
    OtherMessage,
    ServerHello,
)
from analyzer.tls.parsing import parse_certificate_request, parse_message, parse_sslv2_client_hello
from analyzer.tls.reader import DecodeError
from tests.tls import shapes
from tests.tls.shapes import RANDOM, extension, names, numbers, vector

SSL_3, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 = range(0x0300, 0x0305)


def request(body: bytes, version: int = TLS_1_2) -> CertificateRequest:
    found = parse_message(13, body, version)
    assert isinstance(found, CertificateRequest)
    return found


def chain(body: bytes, version: int = TLS_1_2) -> Certificate:
    found = parse_message(11, body, version)
    assert isinstance(found, Certificate)
    return found


def test_client_hello() -> None:
    body = shapes.client_hello(shapes.server_name(b"a.example"), session_id=b"id", suites=(0x1301, 0x0A0A, 0xC02F))
    found = parse_message(1, body, TLS_1_2)
    assert isinstance(found, ClientHello)
    assert (found.legacy_version, found.random, found.session_id) == (TLS_1_2, RANDOM, b"id")
    assert found.cipher_suites == (0x1301, 0x0A0A, 0xC02F)
    assert found.extensions.server_name == "a.example"
    assert found.offered_versions == (TLS_1_2,)
    assert not found.sslv2_style


def test_client_hello_states_its_versions_in_an_extension() -> None:
    found = parsing.parse_client_hello(shapes.client_hello(shapes.offered_versions(0x0304, 0x0303)))
    assert found.offered_versions == (0x0304, 0x0303)


def test_client_hello_without_extensions() -> None:
    found = parsing.parse_client_hello(shapes.client_hello(None, version=SSL_3))
    assert found.extensions.types == ()
    assert found.offered_versions == (SSL_3,)


def test_sslv2_style_client_hello() -> None:
    found = parse_sslv2_client_hello(shapes.sslv2_hello(TLS_1_0, (0x00002F, 0x0700C0))[2:])
    assert found.sslv2_style
    assert (found.legacy_version, found.random) == (TLS_1_0, RANDOM)
    assert found.cipher_suites == (0x2F, 0x0700C0)


def test_server_hello() -> None:
    found = parse_message(2, shapes.server_hello(session_id=b"id"), TLS_1_2)
    assert isinstance(found, ServerHello)
    assert (found.version, found.session_id, found.cipher_suite) == (TLS_1_2, b"id", 0xC02F)
    assert not found.is_hello_retry_request


def test_server_hello_without_extensions() -> None:
    assert parsing.parse_server_hello(shapes.server_hello(None, version=SSL_3)).version == SSL_3


def test_the_negotiated_version_is_in_an_extension() -> None:
    assert parsing.parse_server_hello(shapes.server_hello(shapes.selected_version(TLS_1_3))).version == TLS_1_3


def test_hello_retry_request() -> None:
    found = parsing.parse_server_hello(shapes.HELLO_RETRY[9:])
    assert found.is_hello_retry_request
    assert found.version == TLS_1_3


@pytest.mark.parametrize("draft", [18, 19, 21])
def test_early_drafts_have_no_session_id(draft: int) -> None:
    body = numbers(0x7F00 | draft) + RANDOM + numbers(0x1301) + vector(2, extension(51, b"share"))
    found = parsing.parse_server_hello(body)
    assert (found.version, found.cipher_suite) == (0x7F00 | draft, 0x1301)
    assert found.extensions.types == (51,)


@pytest.mark.parametrize("draft", [22, 23, 28])
def test_later_drafts_have_one(draft: int) -> None:
    body = shapes.server_hello(shapes.selected_version(0x7F00 | draft), suite=0x1301)
    assert parsing.parse_server_hello(body).version == 0x7F00 | draft


@pytest.mark.parametrize("version", [SSL_3, TLS_1_0, TLS_1_1, TLS_1_2])
def test_certificates(version: int) -> None:
    found = chain(shapes.certificate(b"leaf", b"issuing"), version)
    assert found.certificates == (b"leaf", b"issuing")
    assert found.damaged is None


def test_certificates_in_tls_1_3() -> None:
    entries = b"".join(vector(3, der) + vector(2, extension(5, b"ocsp")) for der in (b"leaf", b"issuing"))
    found = chain(vector(1, b"context") + vector(3, entries), TLS_1_3)
    assert (found.certificates, found.context) == ((b"leaf", b"issuing"), b"context")


@pytest.mark.parametrize(("body", "version"), [(b"\0\0\0", TLS_1_2), (b"\0\0\0\0", TLS_1_3)])
def test_an_empty_certificate_message(body: bytes, version: int) -> None:
    assert chain(body, version) == Certificate(())


def test_a_chain_that_is_damaged_inside_keeps_what_came_before() -> None:
    body = vector(3, vector(3, b"leaf") + b"\0\0\x50too short")
    found = chain(body)
    assert found.certificates == (b"leaf",)
    assert found.damaged == "certificate: 80 bytes announced, 9 left"


def test_bytes_after_the_chain() -> None:
    found = chain(shapes.certificate(b"leaf") + b"!")
    assert (found.certificates, found.damaged) == ((b"leaf",), "certificate_list: 1 bytes left over")


@pytest.mark.parametrize("body", [b"", b"\0\0", b"\0\0\5abc", vector(3, b"\0\0\x50too short"), b"\0\0\0!"])
def test_a_chain_of_which_nothing_can_be_read(body: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_message(11, body, TLS_1_2)


def test_certificate_request_before_tls_1_2() -> None:
    body = shapes.certificate_request(names(b"root", b"issuing"), schemes=None)
    for version in (SSL_3, TLS_1_0, TLS_1_1):
        found = request(body, version)
        assert found.authorities == (b"root", b"issuing")
        assert found.signature_schemes is None
        assert found.certificate_types == (1, 64)
        assert (found.list_bytes, found.list_bytes_actual, found.message_bytes) == (15, 15, len(body))


def test_certificate_request_in_tls_1_2() -> None:
    found = request(shapes.certificate_request(names(b"root"), types=b"\1\2\x40", schemes=(0x0403, 0x0201)))
    assert found.certificate_types == (1, 2, 64)
    assert found.signature_schemes == (0x0403, 0x0201)
    assert found.authorities == (b"root",)
    assert found.damaged is None


def test_certificate_request_in_tls_1_3() -> None:
    block = (
        extension(13, vector(2, numbers(0x0403, 0x0804)))
        + extension(50, vector(2, numbers(0x0401)))
        + extension(47, vector(2, names(b"root", b"issuing")))
    )
    found = request(vector(1, b"ctx") + vector(2, block), TLS_1_3)
    assert found.certificate_types is None
    assert (found.signature_schemes, found.signature_schemes_cert) == ((0x0403, 0x0804), (0x0401,))
    assert (found.authorities, found.context) == ((b"root", b"issuing"), b"ctx")
    assert (found.list_bytes, found.list_bytes_actual) == (15, 15)


def test_certificate_request_in_tls_1_3_without_a_list() -> None:
    found = request(vector(1, b"") + vector(2, extension(13, vector(2, numbers(0x0403)))), TLS_1_3)
    assert (found.authorities, found.list_bytes) == ((), 0)


def test_an_empty_list() -> None:
    found = request(shapes.certificate_request())
    assert (found.authorities, found.list_bytes, found.damaged) == ((), 0, None)


@pytest.mark.parametrize("count", [600, 1_300])
def test_a_list_whose_length_wrapped(count: int) -> None:
    listed = names(*(b"%0118d" % number for number in range(count)))
    assert len(listed) > 65_535
    found = request(shapes.certificate_request(listed))
    assert len(found.authorities) == count
    assert found.list_bytes == len(listed) % 65_536
    assert found.list_bytes_actual == len(listed)
    assert found.damaged is None


@pytest.mark.parametrize(("stated", "read", "actual"), [(10, 1, 10), (12, 2, 12), (19, 3, 18), (5, 0, 5)])
def test_a_list_whose_length_lies(stated: int, read: int, actual: int) -> None:
    listed = names(b"root", b"four", b"last")
    body = b"\x01\x01" + vector(2, numbers(0x0403)) + numbers(stated) + listed
    found = request(body)
    assert len(found.authorities) == read
    assert (found.list_bytes, found.list_bytes_actual) == (stated, actual)
    assert found.damaged == f"certificate_authorities: {stated} bytes stated, 18 sent"


def test_a_name_whose_length_lies() -> None:
    found = request(shapes.certificate_request(names(b"root") + b"\0\x50short"))
    assert found.authorities == (b"root",)
    assert found.damaged == "DistinguishedName: 80 bytes announced, 5 left"


@pytest.mark.parametrize("body", [b"", b"\x05\1", b"\x01\1\0\3abc\0\0", b"\x01\1\0\2ab\0"])
def test_a_request_without_structure(body: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_message(13, body, TLS_1_2)


def test_certificate_verify() -> None:
    assert parse_message(15, numbers(0x0804) + vector(2, b"sig"), TLS_1_2) == CertificateVerify(0x0804, b"sig")
    assert parse_message(15, vector(2, b"sig"), TLS_1_1) == CertificateVerify(None, b"sig")
    with pytest.raises(DecodeError):
        parse_message(15, numbers(0x0804) + vector(2, b"sig") + b"!", TLS_1_2)


def test_new_session_ticket() -> None:
    assert parse_message(4, bytes(4) + vector(2, b"ticket"), TLS_1_2) == NewSessionTicket(0, b"ticket")
    body = numbers(7200, size=4) + bytes(4) + vector(1, b"nonce") + vector(2, b"ticket") + vector(2, b"")
    assert parse_message(4, body, TLS_1_3) == NewSessionTicket(7200, b"ticket")


def test_the_others() -> None:
    assert parse_message(0, b"", TLS_1_2) == HelloRequest()
    assert parse_message(14, b"", TLS_1_2) == OtherMessage(HandshakeType.server_hello_done, 0)
    assert parse_message(222, b"what", TLS_1_2) == OtherMessage(222, 4)
    found = parse_message(8, vector(2, shapes.alpn(b"h2")), TLS_1_3)
    assert isinstance(found, EncryptedExtensions)
    assert found.extensions.alpn == ("h2",)


SAMPLES = [
    (1, shapes.client_hello(shapes.server_name(b"a.example") + shapes.alpn(b"h2"))),
    (2, shapes.server_hello(shapes.selected_version(0x0304))),
    (4, bytes(4) + vector(2, b"ticket")),
    (8, vector(2, shapes.alpn(b"h2"))),
    (11, shapes.certificate(b"leaf", b"issuing")),
    (13, shapes.certificate_request(names(b"root", b"issuing"))),
    (15, numbers(0x0804) + vector(2, b"sig")),
]


@pytest.mark.parametrize(("kind", "body"), SAMPLES)
@pytest.mark.parametrize("version", [SSL_3, TLS_1_2, TLS_1_3])
def test_damage_is_a_decode_error_and_nothing_else(kind: int, body: bytes, version: int) -> None:
    generator = random.Random(kind)
    damaged = [body[:cut] for cut in range(len(body))]
    for _ in range(300):
        changed = bytearray(body)
        for _ in range(generator.randrange(1, 4)):
            changed[generator.randrange(len(changed))] = generator.choice((0, 1, 127, 255, generator.randrange(256)))
        damaged.append(bytes(changed))
    for one in damaged:
        try:
            parse_message(kind, one, version)
        except DecodeError as error:
            assert str(error)  # noqa: PT017


def test_damaged_sslv2_hellos() -> None:
    body = shapes.sslv2_hello()[2:]
    for cut in range(1, len(body)):
        with pytest.raises(DecodeError):
            parse_sslv2_client_hello(body[:cut])


def test_a_request_in_the_layout_of_tls11() -> None:
    body = vector(1, b"\x40\x01") + vector(2, vector(2, bytes(18)))
    assert parse_certificate_request(body, 0x0302).authorities == (bytes(18),)
    with pytest.raises(DecodeError, match=r"layout of TLS 1\.1"):
        parse_certificate_request(body, 0x0303)
    with pytest.raises(DecodeError, match="bytes announced"):
        parse_certificate_request(body[:-1], 0x0303)
