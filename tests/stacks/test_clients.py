"""One ClientHello at a time: what the code fixes must fit, what an administrator sets need not."""

from __future__ import annotations

from typing import Any

from analyzer.model import Confidence, Reason, SeenClientHello, Unseen
from analyzer.packets import Side
from analyzer.stacks import Stack, client_stack, likely_products
from analyzer.tls.extensions import Extensions
from analyzer.tls.messages import ClientHello
from tests.support.reports import START, connection, handshake

OPENSSL = (0x00, 0x0B, 0x0A, 0x23, 0x10, 0x16, 0x17, 0x31, 0x0D, 0x2B, 0x2D, 0x33)
GO = (0x00, 0x05, 0x0A, 0x0B, 0x23, 0x0D, 0xFF01, 0x12, 0x2B, 0x33, 0x2D)
OPENSSL_SCHEMES = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B, 0x0804, 0x0805, 0x0806, 0x0401)
GO_SCHEMES = (0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601)
GREASE = 0x3A3A


def named(types: tuple[int, ...], suites: tuple[int, ...] = (0x1301, 0xC02B), **fields: Any) -> Stack | None:
    hello = ClientHello(0x0303, bytes(32), b"", suites, Extensions(types=types, **fields))
    return client_stack(connection(handshake(client_hello=SeenClientHello(hello, 4, START))))


def name_of(types: tuple[int, ...], **fields: Any) -> str | None:
    stack = named(types, **fields)
    return None if stack is None else stack.name


def test_extensions_may_be_left_out_but_not_change_places() -> None:
    assert name_of(OPENSSL, signature_algorithms=OPENSSL_SCHEMES) == "OpenSSL"
    for left_out in OPENSSL:
        fewer = tuple(kind for kind in OPENSSL if kind != left_out)
        assert name_of(fewer, signature_algorithms=OPENSSL_SCHEMES) == "OpenSSL"
    changed = (*OPENSSL[:2], OPENSSL[3], OPENSSL[2], *OPENSSL[4:])
    assert named(changed, signature_algorithms=OPENSSL_SCHEMES) is None


def test_an_extension_that_the_stack_does_not_know_is_another_stack() -> None:
    assert named((*OPENSSL, 0x4469), signature_algorithms=OPENSSL_SCHEMES) is None


def test_what_the_code_fixes_contradicts() -> None:
    assert named(OPENSSL, signature_algorithms=OPENSSL_SCHEMES, ec_point_formats=(0, 1, 2)) is not None
    assert named(OPENSSL, signature_algorithms=OPENSSL_SCHEMES, ec_point_formats=(0,)) is None
    assert named(OPENSSL, (GREASE, 0x1301, 0xC02B), signature_algorithms=OPENSSL_SCHEMES) is None
    java = (0x00, 0x05, 0x0A, 0x0B, 0x11, 0x17, 0x23, 0x0D, 0x2B, 0x32)
    schemes = (0x0403, 0x0503, 0x0603, 0x0804)
    assert name_of(java, signature_algorithms=schemes) == "Java (JSSE)"
    assert named(java[:-1], signature_algorithms=schemes) is None


def test_cipher_suites_say_nothing_of_the_library() -> None:
    for suites in ((0xC02B,), (0x002F, 0x0035), tuple(range(0xC001, 0xC040))):
        assert name_of(OPENSSL, suites=suites, signature_algorithms=OPENSSL_SCHEMES) == "OpenSSL"


def test_other_schemes_make_it_less_sure() -> None:
    for schemes in ((0x0804, 0x0403, 0x0401, 0x0503), (0x0403,)):
        stack = named(OPENSSL, signature_algorithms=schemes)
        assert stack is not None
        assert stack.confidence is Confidence.POSSIBLE
        assert stack.why == "the order of its extensions, but not its signature schemes"


def test_before_tls_1_2_the_groups_stand_for_the_schemes() -> None:
    types = (0x00, 0x0B, 0x0A, 0x23, 0x16, 0x17)
    sure = named(types, supported_groups=(0x1D, 0x17, 0x1E, 0x19))
    unsure = named(types, supported_groups=(0x18, 0x17))
    assert sure is not None
    assert unsure is not None
    assert (sure.confidence, unsure.confidence) == (Confidence.LIKELY, Confidence.POSSIBLE)


def test_a_program_is_named_where_its_own_list_comes_whole() -> None:
    python = (0xC02C, 0xC030, 0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0xC024, 0xC028, 0xC023, 0xC027, 0x9F, 0x9E, 0x6B, 0x67)
    schemes = {"signature_algorithms": OPENSSL_SCHEMES}
    whole = named(OPENSSL, (0x1302, *python, 0x00FF), **schemes)
    assert whole is not None
    assert (whole.name, whole.products, whole.as_in) == ("Python's ssl (OpenSSL)", ("Python",), ())
    part = named(OPENSSL, (0x1302, *python[1:], 0x00FF), **schemes)
    assert part is not None
    assert part.text == "OpenSSL, as in curl, Python or Node"


def test_both_are_named_where_two_fit_equally_well() -> None:
    go_and_java = (0x00, 0x05, 0x0A, 0x0B, 0x23)
    stack = named(go_and_java, supported_groups=(0x1D, 0x17, 0x18, 0x19))
    assert stack is not None
    assert (stack.name, stack.confidence) == ("Go (crypto/tls) or Java (JSSE)", Confidence.POSSIBLE)
    assert {"Go", "Java"} <= set(stack.products)


def test_too_little_and_too_much_is_not_named() -> None:
    assert named(OPENSSL[:4], supported_groups=(0x1D, 0x17, 0x1E)) is None
    assert named(()) is None
    assert named(OPENSSL, tuple(range(5_000))) is None
    assert named(tuple(range(0x5000, 0x5100))) is None


def test_a_shuffled_hello_needs_all_lists() -> None:
    types = (0x12, 0x00, 0x0B, 0x0A, 0x33, 0x2D, 0x2B, 0x0D, 0x05, 0x17, 0xFF01)
    schemes, groups = (0x0403, 0x0804, 0x0401, 0x0503), (0x11EC, 0x1D, 0x17)
    greased = (GREASE, 0x1301, 0xC02B)
    stack = named((GREASE, *types, GREASE), greased, signature_algorithms=(*schemes,), supported_groups=groups)
    assert stack is not None
    assert stack.name == "Chromium (BoringSSL)"
    assert named((GREASE, *types), greased, signature_algorithms=schemes) is None
    assert named(types, signature_algorithms=schemes, supported_groups=groups) is None


def test_without_a_client_hello_nothing_is_known() -> None:
    unseen = Unseen(Reason.NOT_CAPTURED, "no packet from the client is in the capture")
    hidden = connection(handshake(client_hello=unseen, server_hello=unseen))
    assert client_stack(hidden) is None
    assert likely_products(hidden, Side.CLIENT) == likely_products(hidden, Side.SERVER) == frozenset()


def test_products_are_those_of_the_stack() -> None:
    hello = ClientHello(
        0x0303, bytes(32), b"", (0x1301,), Extensions(types=GO, signature_algorithms=GO_SCHEMES, ec_point_formats=(0,))
    )
    seen = connection(handshake(client_hello=SeenClientHello(hello, 4, START)))
    assert likely_products(seen, Side.CLIENT) == {"Go", "etcd"}
