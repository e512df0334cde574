"""What each product is set with, written once for all rules.

Many rules end in the same advice: ask for a certificate in the first handshake, trust another CA, send the
intermediates. Such an action is one TOML file, ``rules/fixes/<action>.toml``: who acts, and for each product the exact
setting, how to see that it worked, and where that is known from. A fix on a rule's page names its action; the file is
read when the fix is shown and not before.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from analyzer.diagnosis.pages import Fix, Text, Who, rules_folder
from analyzer.diagnosis.products import PRODUCTS
from analyzer.errors import RulePageError

FOLDER = "fixes"
"""Beside the stages, in the built-in rules."""


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One product's way to do it."""

    product: Text
    """Its short name, a key of :data:`analyzer.diagnosis.products.PRODUCTS`."""
    text: Text
    """What to set, as it is written there; short, for lists show it in a line or two."""
    check: Text | None = None
    """How to see that it worked, where the action's own check does not tell."""
    source: Text
    """Where it is known from: a document, or a run of the product."""


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that one side does, whatever product it runs."""

    who: Who
    check: Text | None = None
    """How to see that it worked, for all products that have no way of their own."""
    settings: tuple[Setting, ...]
    """The products that are met most, first."""


class Advice(msgspec.Struct, frozen=True):
    """What one side can do: in general, or with one product."""

    who: Who
    product: str | None
    """As people call it."""
    text: str
    check: str | None
    """How to see that it worked."""
    source: str | None = None


def read_action(path: Path) -> Action:
    """The action in a file.

    Raises:
        RulePageError: it cannot be read.
    """
    try:
        action = msgspec.toml.decode(path.read_bytes(), type=Action)
    except (msgspec.DecodeError, OSError, UnicodeDecodeError, RecursionError) as error:
        raise RulePageError(f"The action {path} cannot be read: {error}.") from error
    unknown = [setting.product for setting in action.settings if setting.product not in PRODUCTS]
    if unknown:
        raise RulePageError(f'The action {path} cannot be read: there is no product "{unknown[0]}".')
    return action


def action_names() -> list[str]:
    """Every action that a page may name."""
    return sorted(path.stem for path in (rules_folder() / FOLDER).glob("*.toml"))


@lru_cache(maxsize=256)
def find_action(name: str) -> Action | None:
    """The action of this name; None where there is none, which ``certwhy rules check`` complains of."""
    path = rules_folder() / FOLDER / f"{name}.toml"
    return read_action(path) if name in action_names() else None


def general(fix: Fix) -> Advice:
    """What the page itself says, whatever product is there."""
    action = find_action(fix.action) if fix.action else None
    return Advice(fix.who, fix.product, fix.what, fix.check or (action.check if action else None))


@lru_cache(maxsize=1024)
def settings_of(fix: Fix, products: frozenset[str] = frozenset()) -> tuple[Advice, ...]:
    """What a fix means for each product that it is known for; for these products alone, where it is known for one.

    A check is given where it is not the general one.
    """
    action = find_action(fix.action) if fix.action else None
    if action is None:
        return ()
    fitting = tuple(setting for setting in action.settings if setting.product in products) or action.settings
    return tuple(
        Advice(fix.who, PRODUCTS[setting.product].name, setting.text, setting.check, setting.source)
        for setting in fitting
    )


def is_known_for(fix: Fix, products: frozenset[str]) -> bool:
    """Is there a setting for one of these products?"""
    action = find_action(fix.action) if fix.action else None
    return action is not None and any(setting.product in products for setting in action.settings)


def advice(fix: Fix) -> tuple[Advice, ...]:
    """All that a fix says: first its own words, then every product's setting, each with its check."""
    first = general(fix)
    settings = (msgspec.structs.replace(one, check=one.check or first.check) for one in settings_of(fix))
    return (first, *settings)
