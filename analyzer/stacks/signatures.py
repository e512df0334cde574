"""What each known stack sends: one file for each in ``known/``, read when somebody first asks.

An order is written as hexadecimal code points with spaces between. It is the order in which the stack's own code
writes them, all that it knows: a stack that leaves some out keeps it, whatever an administrator has switched off.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import msgspec

Names = Literal["", "bytes", "words", "ignored"]
"""How a client holds the names of a CA list against its certificates' issuers; empty where that is not verified."""


class Order:
    """Code points in the order in which a stack writes them."""

    __slots__ = ("_numbers",)

    def __init__(self, text: str) -> None:
        self._numbers = tuple(int(word, 16) for word in text.split())

    def holds(self, sent: Sequence[int]) -> bool:
        """Is what was sent this order, with some left out?"""
        rest = iter(self._numbers)
        return all(number in rest for number in sent)

    def knows(self, sent: Sequence[int]) -> bool:
        """Is there nothing among them that the stack does not write? For stacks that shuffle."""
        return set(self._numbers).issuperset(sent)

    @property
    def numbers(self) -> tuple[int, ...]:
        """All of them."""
        return self._numbers


NOTHING = Order("")


class _Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of a file; keys that it does not know are refused."""


class ClientProgram(_Page, frozen=True, kw_only=True):
    """A program that sets the library so that it can be told from others; every key that is there must fit."""

    name: str
    products: tuple[str, ...]
    cipher_suites: tuple[Order, ...] = ()
    """The whole list of suites before TLS 1.3, as one of these."""
    alpn: tuple[tuple[str, ...], ...] = ()
    sends: Order = NOTHING
    """Extensions, all of which are sent."""
    sends_in_tls13: Order = NOTHING
    """The same, where TLS 1.3 is offered."""
    leaves_out: Order = NOTHING
    """Extensions of which none is sent."""
    shows: str
    """What tells it: ``its list of cipher suites``."""
    choice: str = ""
    """Where it is another than the library's."""


class Client(_Page, frozen=True, kw_only=True):
    """What a stack sends as a client."""

    source: str
    """Where this is from: what was recorded, and files of the stack's own code or a published collection."""
    products: tuple[str, ...]
    """What may run it, in the words of the fixes on the rules' pages."""
    as_in: tuple[str, ...] = ()
    """The best known of them, where it may be any."""
    extensions: tuple[Order, ...]
    """Of the ClientHello; one for each order that some version has."""
    shuffled: tuple[Order, ...] = ()
    """The same for versions that send them in an order of chance."""
    signature_schemes: tuple[Order, ...]
    groups: tuple[Order, ...] = ()
    point_formats: Order | None = None
    always_with_schemes: Order | None = None
    """Extensions that come wherever signature_algorithms does."""
    grease: bool = False
    """It sends GREASE cipher suites (RFC 8701 section 3.1)."""
    names: Names = ""
    choice: str = ""
    """How it chooses the certificate that it sends, as a clause; empty where that is not verified."""
    programs: tuple[ClientProgram, ...] = ()


class ServerProgram(_Page, frozen=True, kw_only=True):
    """Programs that set the library otherwise than it is by itself: it may be one of these."""

    products: tuple[str, ...]
    ticket_lifetimes: tuple[int, ...]
    """Seconds."""


class Server(_Page, frozen=True, kw_only=True):
    """What a stack sends as a server."""

    source: str
    products: tuple[str, ...]
    as_in: tuple[str, ...] = ()
    """The best known of them, where it may be any."""
    extensions: tuple[Order, ...]
    """Of the ServerHello."""
    signature_schemes: tuple[Order, ...]
    """Of the CertificateRequest."""
    certificate_types: tuple[Order, ...] = ()
    """Of the CertificateRequest before TLS 1.3."""
    session_id: str = ""
    """Of a full handshake before TLS 1.3: ``empty`` or ``fresh``, where it is always that."""
    ticket_lifetimes: tuple[int, ...] = ()
    """Seconds, where they cannot be configured or rarely are."""
    pads_records: bool = False
    """Adds 16 bytes to every record of TLS 1.3."""
    programs: tuple[ServerProgram, ...] = ()


class Signature(_Page, frozen=True, kw_only=True):
    """One file: a stack."""

    name: str
    client: Client | None = None
    server: Server | None = None


@lru_cache(maxsize=1)
def known_stacks() -> tuple[Signature, ...]:
    """All that are known."""
    files = sorted(
        (
            file
            for file in resources.files("analyzer.stacks").joinpath("known").iterdir()
            if file.name.endswith(".toml")
        ),
        key=lambda file: file.name,
    )
    return tuple(msgspec.toml.decode(file.read_bytes(), type=Signature, dec_hook=_order) for file in files)


def _order(kind: type, value: Any) -> Order:
    if kind is not Order or not isinstance(value, str):
        raise NotImplementedError
    return Order(value)
