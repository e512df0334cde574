"""What is wrong with one page, as far as the page alone tells."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import msgspec

from analyzer.diagnosis.catalogue import rule_id
from analyzer.diagnosis.complaint import Complaint
from analyzer.diagnosis.pages import STAGES, Page
from analyzer.diagnosis.toml_file import check_toml
from analyzer.diagnosis.toml_lines import Place, TomlLines

_STEM = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


class CheckedPage(msgspec.Struct, frozen=True):
    """A page's file, and what became of reading it."""

    path: Path
    complaints: tuple[Complaint, ...]
    page: Page | None = None
    """None where it cannot be read."""
    lines: TomlLines | None = None

    @property
    def id(self) -> str:
        """The rule's."""
        return rule_id(self.path)

    @property
    def stage(self) -> str:
        """The name of its folder, which ought to be a stage."""
        return self.path.resolve().parent.name

    def complaint(self, place: Place, text: str) -> Complaint:
        """Something is wrong at this place of the page."""
        return Complaint(self.path, self.lines[place] if self.lines else 1, text)


def check_page(path: Path) -> CheckedPage:
    """Read a page and find everything that is wrong with it."""
    checked = check_toml(path, Page, "page")
    complaints = list(checked.complaints)
    if checked.lines is not None:
        complaints.extend(checked.complaint(place, text) for place, text in _name_faults(path))
    if checked.value is not None:
        complaints.extend(checked.complaint(place, text) for place, text in _text_faults(checked.value))
    return CheckedPage(path, tuple(complaints), checked.value, checked.lines)


def _name_faults(path: Path) -> Iterator[tuple[Place, str]]:
    folder = path.resolve().parent.name
    if folder not in STAGES:
        yield (), f'the folder "{folder}" is no stage; one of {", ".join(STAGES)}'
    if not _STEM.fullmatch(path.stem):
        yield (), "a page's name is made of lower-case letters and digits, with single underscores between words"


def _text_faults(page: Page) -> Iterator[tuple[Place, str]]:
    """What the types of the page cannot say."""
    try:
        if not all(name.isidentifier() for name in _fields(page.message)):
            yield ("message",), "a placeholder must be a plain word, as in {subject}"
    except ValueError as error:
        yield ("message",), f'"message" cannot be filled in: {error}'
    for which in ("match", "clear"):
        if not getattr(page.cases, which):
            yield ("cases", which), f'"{which}" names no case'


def placeholders(message: str) -> list[str]:
    """The words between braces, as far as they can be told."""
    try:
        return sorted({name for name in _fields(message) if name.isidentifier()})
    except ValueError:
        return []


def _fields(message: str) -> list[str]:
    """What is between braces.

    Raises:
        ValueError: they do not pair.
    """
    return [name for _, name, _, _ in string.Formatter().parse(message) if name is not None]
