"""The catalogue of error messages: what programs print when a login with a client certificate fails.

One TOML file for each product, ``rules/error_messages/<product>.toml``; its stem is the product's short name. A key
that is not known here is refused, so that a misspelling is found at once. Patterns are in the syntax of RE2, which
has neither lookaround nor references back and therefore never takes longer than linear time: what a message must not
contain stands in ``unless``. Capitals make no difference.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from analyzer.diagnosis.pages import rules_folder
from analyzer.errors import RulePageError

FOLDER = "error_messages"

Text = Annotated[str, msgspec.Meta(min_length=1)]
Id = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
PrintedBy = Literal["client", "server", "either"]
"""``either``: a library's text, found in the logs of clients and of servers."""
Refused = Literal["client", "server", "printer", "peer", "receiver", "none"]
"""Whose certificate, or lack of one, was refused; ``printer``: whichever side printed the message; ``peer``: the other
one; ``receiver``: whoever received the alert; ``none``: nobody's, or the message does not say."""
Sureness = Literal["certain", "likely", "possible"]


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that may be behind a message."""

    rule: Id | None = None
    """The rule that finds it in a capture; None where no rule does yet."""
    text: str = ""
    """In words; the rule's title where it is empty."""


class Remedy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one side can do about it."""

    who: Literal["client", "server", "ca", "network"]
    text: Text


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One message, or one family of messages with the same meaning, of one product."""

    id: Id
    product: str = ""
    """Where it is narrower than the file's product, or needs a version."""
    printed_by: PrintedBy
    pattern: Text
    unless: str = ""
    """It is another message if this is found in the line as well."""
    alert: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None
    """The TLS alert behind it, where there is one (RFC 8446, section 6)."""
    refused: Refused
    confidence: Sureness = "certain"
    """That whoever prints this means that."""
    meaning: Text
    """One sentence."""
    wire: Text
    """What happened between the two sides."""
    causes: Annotated[tuple[Cause, ...], msgspec.Meta(min_length=1)]
    """Most common first."""
    tell_apart: tuple[Text, ...] = ()
    """How to find out which of the causes it is."""
    remedies: tuple[Remedy, ...] = ()
    examples: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    """Lines as they are found in logs and terminals."""
    recorded: tuple[Text, ...] = ()
    """Folders in ``captures/`` where a real run printed it."""
    source: Text
    """Where the text was found: product, version and file, or a document."""


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file of the catalogue."""

    product: Text
    """Its name as people know it."""
    stack: str = ""
    """The TLS library beneath it, where it has one: a key of :data:`analyzer.explain.how_to.KEY_LOGS`."""
    inside: tuple[Id, ...] = ()
    """Of a library: the short names of the products that print the library's messages within their own."""
    message: Annotated[tuple[Entry, ...], msgspec.Meta(min_length=1)]


class KnownMessage(msgspec.Struct, frozen=True):
    """An entry, and what its file says of all of them."""

    entry: Entry
    file: str
    """The product's short name."""
    product: str
    """The name to show."""
    stack: str
    inside: tuple[str, ...]


@lru_cache(maxsize=1)
def load_messages() -> tuple[KnownMessage, ...]:
    """All entries, in the order of the files and then of their lines.

    Raises:
        RulePageError: a file cannot be read, or two entries have the same id.
    """
    return read_messages(rules_folder() / FOLDER)


def read_messages(folder: Path) -> tuple[KnownMessage, ...]:
    """The entries of a folder of the catalogue; see :func:`load_messages`."""
    known: dict[str, KnownMessage] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            product = msgspec.toml.decode(path.read_bytes(), type=Product)
        except (msgspec.DecodeError, OSError, UnicodeDecodeError) as error:
            raise RulePageError(f"The page {path} cannot be read: {error}.") from error
        for entry in product.message:
            if entry.id in known:
                raise RulePageError(f"The page {path} has a second message with the id {entry.id}.")
            name = entry.product or product.product
            known[entry.id] = KnownMessage(entry, path.stem, name, product.stack, product.inside)
    if not known:
        raise RulePageError(f"No error messages were found in {folder}.", "reinstall certwhy")
    return tuple(known.values())
