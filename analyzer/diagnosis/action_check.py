"""What is wrong with the files of actions, and with what pages say of actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from analyzer.diagnosis.actions import Action, action_names, find_action
from analyzer.diagnosis.complaint import Complaint
from analyzer.diagnosis.page_check import CheckedPage
from analyzer.diagnosis.products import PRODUCTS
from analyzer.diagnosis.toml_fields import near
from analyzer.diagnosis.toml_file import CheckedToml, check_toml
from analyzer.diagnosis.toml_lines import Place
from analyzer.errors import RulePageError

_STEM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def check_action(path: Path) -> tuple[Complaint, ...]:
    """Read an action and find everything that is wrong with it."""
    checked = check_toml(path, Action, "action")
    complaints = list(checked.complaints)
    if not _STEM.fullmatch(path.stem):
        text = "an action's name is made of lower-case letters and digits, with single hyphens between words"
        complaints.append(checked.complaint((), text))
    if checked.value is not None:
        complaints.extend(checked.complaint(place, text) for place, text in _setting_faults(checked))
    return tuple(complaints)


def _setting_faults(checked: CheckedToml[Action]) -> Iterator[tuple[Place, str]]:
    """What the types of the file cannot say."""
    action = checked.value
    assert action is not None
    if not action.settings:
        yield (), "the action names no product"
    seen: set[str] = set()
    for number, setting in enumerate(action.settings):
        place = ("settings", number, "product")
        if setting.product not in PRODUCTS:
            yield place, f'there is no product "{setting.product}"{near(setting.product, PRODUCTS)}'
        elif setting.product in seen:
            yield place, f'"{setting.product}" has a setting here already'
        if setting.check is None and action.check is None:
            yield ("settings", number), "neither this setting nor the action says how to see that it worked"
        seen.add(setting.product)


def check_references(pages: Sequence[CheckedPage]) -> Iterator[Complaint]:
    """Is each action that a page names there, and is it for the side that the page gives it to?"""
    names = action_names()
    for page in pages:
        for number, fix in enumerate(page.page.fixes if page.page else ()):
            place = ("fixes", number, "action")
            if fix.action is None:
                continue
            if fix.action not in names:
                yield page.complaint(place, f'there is no action "{fix.action}"{near(fix.action, names)}')
            elif (who := _who_acts(fix.action)) not in (None, fix.who):
                yield page.complaint(place, f'"{fix.action}" is for the {who}, not for the {fix.who}')


def _who_acts(name: str) -> str | None:
    """None where the action itself is broken, which its own check tells."""
    try:
        action = find_action(name)
    except RulePageError:
        return None
    return action.who if action else None
