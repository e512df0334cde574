"""Which stack sent this ClientHello?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from analyzer.model import Confidence, Connection, SeenClientHello
from analyzer.stacks.signatures import Client, ClientProgram, known_stacks
from analyzer.stacks.stack import FEW_SCHEMES, MOST_EXTENSIONS, Stack, best, fits, listed
from analyzer.tls.codepoints import TLS_1_3, is_grease

_FEW_EXTENSIONS, _FEW_SHUFFLED, _FEW_GROUPS = 5, 8, 3
_MOST_SUITES = 256
_SUITES_OF_TLS13 = range(0x1300, 0x1400)
"""They are configured apart from the older ones."""
_SIGNALS = (0x00FF, 0x5600)
"""TLS_EMPTY_RENEGOTIATION_INFO_SCSV, TLS_FALLBACK_SCSV."""


class _Signs(msgspec.Struct, frozen=True, gc=False):
    """What a ClientHello shows of its stack, without GREASE."""

    suites: tuple[int, ...]
    extensions: tuple[int, ...]
    schemes: tuple[int, ...] | None
    groups: tuple[int, ...] | None
    point_formats: tuple[int, ...] | None
    alpn: tuple[str, ...] | None
    greased: bool
    offers_tls13: bool


def client_stack(connection: Connection) -> Stack | None:
    """The client's, from its first ClientHello; None where it is not known."""
    for handshake in connection.handshakes:
        if isinstance(handshake.client_hello, SeenClientHello):
            return _of_hello(handshake.client_hello)
    return None


def _of_hello(hello: SeenClientHello) -> Stack | None:
    message = hello.message
    suites, extensions = message.cipher_suites, message.extensions
    if len(suites) > _MOST_SUITES or not _FEW_EXTENSIONS <= len(extensions.types) <= MOST_EXTENSIONS:
        return None
    return _recognise(
        suites,
        extensions.types,
        extensions.signature_algorithms,
        extensions.supported_groups,
        extensions.ec_point_formats,
        extensions.alpn,
        TLS_1_3 in message.offered_versions,
    )


@lru_cache(maxsize=512)
def _recognise(
    suites: tuple[int, ...],
    extensions: tuple[int, ...],
    schemes: tuple[int, ...] | None,
    groups: tuple[int, ...] | None,
    point_formats: tuple[int, ...] | None,
    alpn: tuple[str, ...] | None,
    offers_tls13: bool,
) -> Stack | None:
    signs = _Signs(
        _plain(suites),
        _plain(extensions),
        None if schemes is None else _plain(schemes),
        None if groups is None else _plain(groups),
        point_formats,
        alpn,
        any(map(is_grease, suites)),
        offers_tls13,
    )
    fitting = (_fit(one.name, one.client, signs) for one in known_stacks() if one.client is not None)
    return best([stack for stack in fitting if stack is not None])


def _plain(numbers: Sequence[int]) -> tuple[int, ...]:
    return tuple(number for number in numbers if not is_grease(number))


def _fit(name: str, known: Client, signs: _Signs) -> Stack | None:
    """The stack, where nothing contradicts it."""
    if known.grease is not signs.greased or _contradicts(known, signs):
        return None
    schemes = fits(known.signature_schemes, signs.schemes, FEW_SCHEMES)
    groups = fits(known.groups, signs.groups, _FEW_GROUPS)
    if fits(known.extensions, signs.extensions, _FEW_EXTENSIONS):
        order = "the order of its extensions"
    elif schemes and groups and _is_shuffled(known, signs):
        order = "the extensions that it sends"
    else:
        return None
    if schemes or (signs.schemes is None and groups):
        content = "its signature schemes" if schemes else "its groups"
        program = next((one for one in known.programs if _is_program(one, signs)), None)
        if program is None:
            return _stack(name, known, Confidence.LIKELY, listed([order, content]))
        why = listed([order, content, program.shows])
        choice = program.choice or known.choice
        return Stack(
            f"{program.name} ({name})", Confidence.LIKELY, why, program.products, names=known.names, choice=choice
        )
    return _stack(
        name, known, Confidence.POSSIBLE, order if signs.schemes is None else f"{order}, but not its signature schemes"
    )


def _stack(name: str, known: Client, confidence: Confidence, why: str) -> Stack:
    return Stack(name, confidence, why, known.products, known.as_in, known.names, known.choice)


def _contradicts(known: Client, signs: _Signs) -> bool:
    """Does something else that the code fixes not fit?"""
    formats, always = known.point_formats, known.always_with_schemes
    if formats is not None and signs.point_formats is not None and formats.numbers != signs.point_formats:
        return True
    return always is not None and signs.schemes is not None and not set(always.numbers).issubset(signs.extensions)


def _is_shuffled(known: Client, signs: _Signs) -> bool:
    enough = len(signs.extensions) >= _FEW_SHUFFLED
    return enough and any(order.knows(signs.extensions) for order in known.shuffled)


def _is_program(program: ClientProgram, signs: _Signs) -> bool:
    older = tuple(suite for suite in signs.suites if suite not in _SUITES_OF_TLS13 and suite not in _SIGNALS)
    if program.cipher_suites and all(order.numbers != older for order in program.cipher_suites):
        return False
    if program.alpn and signs.alpn not in program.alpn:
        return False
    wanted = {*program.sends.numbers, *(program.sends_in_tls13.numbers if signs.offers_tls13 else ())}
    return wanted.issubset(signs.extensions) and not set(program.leaves_out.numbers) & set(signs.extensions)
