"""Which stack sent this ServerHello, this CertificateRequest, these tickets?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from analyzer.model import Confidence, Connection, Handshake, SeenClientHello, SeenRequest, SeenServerHello
from analyzer.model.record_sizes import Padding
from analyzer.stacks.signatures import Server, ServerProgram, known_stacks
from analyzer.stacks.stack import FEW_SCHEMES, MOST_EXTENSIONS, Stack, best, fits, listed
from analyzer.tls.codepoints import TLS_1_3

_FEW_EXTENSIONS, _SOME_EXTENSIONS = 2, 3
"""So few are enough beside a request; beside tickets it takes more. Alone they say nothing."""
_MOST_SCHEMES = 128


class _Signs(msgspec.Struct, frozen=True, gc=False):
    """What a server shows of its stack."""

    extensions: tuple[int, ...]
    as_the_client: bool
    """In the order of the client's: some servers go through that, and have none of their own."""
    before_tls13: bool
    asked: bool
    certificate_types: tuple[int, ...] | None
    schemes: tuple[int, ...] | None
    session_id: str
    ticket_lifetimes: tuple[int, ...]
    pads_records: bool


def server_stack(connection: Connection) -> Stack | None:
    """The server's, from all that it sent on the connection; None where it is not known."""
    handshakes = connection.handshakes
    first: Handshake | None = None
    request: SeenRequest | None = None
    for one in handshakes:
        if first is None and type(one.server_hello) is SeenServerHello:
            first = one
        if request is None and type(one.certificate_request) is SeenRequest:
            request = one.certificate_request
    if first is None or type(first.server_hello) is not SeenServerHello:
        return None
    message = first.server_hello.message
    schemes = request.signature_schemes if request is not None else None
    if len(message.extensions.types) > MOST_EXTENSIONS or (schemes is not None and len(schemes) > _MOST_SCHEMES):
        return None
    padding = first.inferred.padding if first.inferred is not None else None
    return _recognise(
        _Signs(
            message.extensions.types,
            _as_the_client(first),
            message.version < TLS_1_3,
            request is not None,
            request.certificate_types if request is not None else None,
            schemes,
            _session_id(first),
            _lifetimes(handshakes),
            padding is not None and f"the server {Padding.ADDS_16.value}" in padding,
        )
    )


def _lifetimes(handshakes: Sequence[Handshake]) -> tuple[int, ...]:
    if len(handshakes) == 1 and len(handshakes[0].ticket_lifetimes) < 2:  # nearly always
        return handshakes[0].ticket_lifetimes
    return tuple(sorted({seconds for one in handshakes for seconds in one.ticket_lifetimes}))


def _session_id(handshake: Handshake) -> str:
    """``empty`` or ``fresh`` in a full handshake; nothing where it may be an echo."""
    hello, asked = handshake.server_hello, handshake.client_hello
    if type(hello) is not SeenServerHello or handshake.resumed is not False:
        return ""
    given = hello.message.session_id
    if not given:
        return "empty"
    return "fresh" if type(asked) is SeenClientHello and asked.message.session_id != given else ""


def _as_the_client(handshake: Handshake) -> bool:
    """Are the ServerHello's extensions in the order of the ClientHello, or is that not known?"""
    hello, asked = handshake.server_hello, handshake.client_hello
    if type(hello) is not SeenServerHello or type(asked) is not SeenClientHello:
        return True
    return _in_that_order(hello.message.extensions.types, asked.message.extensions.types)


@lru_cache(maxsize=512)
def _in_that_order(answered: tuple[int, ...], offered: tuple[int, ...]) -> bool:
    rest = iter(offered)
    return all(kind in rest for kind in answered if kind in offered)


@lru_cache(maxsize=512)
def _recognise(signs: _Signs) -> Stack | None:
    fitting = (_fit(one.name, one.server, signs) for one in known_stacks() if one.server is not None)
    return best([stack for stack in fitting if stack is not None])


def _fit(name: str, known: Server, signs: _Signs) -> Stack | None:
    """The stack, where nothing contradicts it and something speaks for it."""
    if not fits(known.extensions, signs.extensions, _FEW_EXTENSIONS) or _contradicts(known, signs):
        return None
    program = next((one for one in known.programs if _fits_lifetimes(one, signs)), None)
    tickets = program is not None or _fits_lifetimes(known, signs)
    confidence, signs_that_fit = Confidence.POSSIBLE, ["the order of its extensions"]
    if fits(known.signature_schemes, signs.schemes, FEW_SCHEMES):
        confidence = Confidence.LIKELY
        signs_that_fit.append("the signature schemes of its request")
    elif signs.asked and signs.before_tls13:
        signs_that_fit.append("the certificate types of its request")
    elif known.pads_records and signs.pads_records:
        signs_that_fit = ["the padding of its records"]
    elif not tickets or signs.as_the_client or len(signs.extensions) < _SOME_EXTENSIONS:
        return None
    if tickets:
        signs_that_fit.append("the lifetime of its tickets")
    as_in, products = (known.as_in, known.products) if program is None else (program.products, program.products)
    return Stack(name, confidence, listed(signs_that_fit), products, as_in)


def _contradicts(known: Server, signs: _Signs) -> bool:
    types = signs.certificate_types
    if types is not None and not any(order.holds(types) for order in known.certificate_types):
        return True
    return signs.before_tls13 and bool(known.session_id) and signs.session_id not in ("", known.session_id)


def _fits_lifetimes(known: Server | ServerProgram, signs: _Signs) -> bool:
    seen = set(signs.ticket_lifetimes)
    return bool(seen) and seen.issubset(known.ticket_lifetimes)
