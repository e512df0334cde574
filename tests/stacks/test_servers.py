"""One server at a time: little is seen of it, and little is said."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.model import NOT_SENT, Confidence, SeenClientHello, SeenRequest, SeenServerHello
from analyzer.model.inferred import Inference
from analyzer.model.record_sizes import Padding
from analyzer.stacks import Stack, server_stack
from analyzer.tls.extensions import Extensions
from analyzer.tls.messages import ClientHello, ServerHello
from tests.support.reports import START, connection, handshake

OPENSSL_SCHEMES = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B, 0x0804, 0x0805, 0x0806)
ASKED_BY = (0x00, 0x05, 0x0A, 0x0B, 0x23, 0x0D, 0xFF01)
"""The client's extensions, in an order that is not the server's."""


def request(types: tuple[int, ...] | None = (1, 2, 64), schemes: tuple[int, ...] | None = OPENSSL_SCHEMES) -> Any:
    return SeenRequest((), 0, 0, types, schemes, 60, 1, 6, START)


def named(
    types: tuple[int, ...],
    *,
    version: int = 0x0303,
    session_id: bytes = b"",
    offered: tuple[int, ...] = ASKED_BY,
    **facts: Any,
) -> Stack | None:
    extensions = Extensions(types=types, supported_versions=(version,) if version > 0x0303 else None)
    answer = ServerHello(min(version, 0x0303), bytes(32), session_id, 0xC02B, extensions)
    hello = ClientHello(0x0303, bytes(32), b"", (0xC02B,), Extensions(types=offered))
    facts = {"certificate_request": NOT_SENT} | facts
    seen = handshake(
        version=version,
        client_hello=SeenClientHello(hello, 4, START),
        server_hello=SeenServerHello(answer, 6, START),
        **facts,
    )
    return server_stack(connection(seen))


def test_extensions_and_request_together_make_it_likely() -> None:
    stack = named((0xFF01, 0x00, 0x0B, 0x23), certificate_request=request())
    assert stack is not None
    assert (stack.name, stack.confidence) == ("OpenSSL", Confidence.LIKELY)
    assert stack.why == "the order of its extensions and the signature schemes of its request"
    assert "nginx" in stack.products


def test_other_schemes_leave_it_possible() -> None:
    few = request((1, 64), (0x0804, 0x0401))
    stack, either = (named(types, certificate_request=few) for types in ((0xFF01, 0x00, 0x0B), (0xFF01, 0x0B)))
    assert stack is not None
    assert either is not None
    assert (stack.name, stack.confidence) == ("OpenSSL", Confidence.POSSIBLE)
    assert (either.name, either.confidence) == ("Go (crypto/tls) or OpenSSL", Confidence.POSSIBLE)


@pytest.mark.parametrize(
    ("types", "asked"),
    [
        ((0x0B, 0xFF01, 0x23), request()),
        ((0xFF01, 0x0B), request((64, 1, 2))),
        ((0xFF01,), request()),
        ((), request()),
        ((0xFF01, 0x1234), request()),
    ],
    ids=["another order", "types in another order", "one extension", "none", "an unknown one"],
)
def test_what_contradicts_or_is_too_little(types: tuple[int, ...], asked: Any) -> None:
    assert named(types, certificate_request=asked) is None


def test_a_session_id_that_the_stack_never_gives() -> None:
    schemes = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805)
    asked = request((64, 1, 2), schemes)
    java = named((0x17, 0xFF01), session_id=b"x" * 32, certificate_request=asked)
    assert java is not None
    assert java.name == "Java (JSSE)"
    assert named((0x17, 0xFF01), session_id=b"", certificate_request=asked) is None
    resumed = named((0x17, 0xFF01), session_id=b"", resumed=True, certificate_request=asked)
    assert resumed is not None


def test_tickets_tell_which_programs_it_may_be() -> None:
    stack = named((0xFF01, 0x0B, 0x23), certificate_request=request(), ticket_lifetimes=(300, 300))
    assert stack is not None
    assert stack.text == "OpenSSL, as in nginx, Apache httpd or stunnel"
    assert stack.why.endswith("and the lifetime of its tickets")
    other = named((0xFF01, 0x0B, 0x23), certificate_request=request(), ticket_lifetimes=(86_400,))
    assert other is not None
    assert "HAProxy" in other.products


def test_without_a_request_the_order_counts_only_with_tickets_and_where_it_is_the_servers_own() -> None:
    types = (0xFF01, 0x00, 0x0B, 0x23)
    assert named(types) is None
    stack = named(types, ticket_lifetimes=(7200,))
    assert stack is not None
    assert stack.confidence is Confidence.POSSIBLE
    assert named(types, offered=(0xFF01, 0x00, 0x0B, 0x0A, 0x23), ticket_lifetimes=(7200,)) is None
    assert named(types[2:], ticket_lifetimes=(7200,)) is None


def test_in_tls_1_3_only_java_can_be_told_without_keys() -> None:
    def padded(padding: Padding) -> Stack | None:
        guess = Inference(padding=f"the server {padding.value}")
        return named((0x2B, 0x33), version=0x0304, session_id=b"x" * 32, inferred=guess)

    java = padded(Padding.ADDS_16)
    assert java is not None
    assert (java.name, java.confidence) == ("Java (JSSE)", Confidence.POSSIBLE)
    assert padded(Padding.TO_16) is None
    assert named((0x2B, 0x33), version=0x0304) is None


def test_a_stranger_is_not_remembered() -> None:
    assert named(tuple(range(0x5000, 0x5100)), certificate_request=request()) is None
    assert named((0xFF01, 0x0B), certificate_request=request(schemes=(0x0403,) * 5_000)) is None
