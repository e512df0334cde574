"""What is wrong with one page, as far as the page alone tells."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from analyzer.diagnosis.catalogue import rule_id
from analyzer.diagnosis.complaint import Complaint
from analyzer.diagnosis.pages import STAGES, Page
from analyzer.diagnosis.toml_fields import find_faults
from analyzer.diagnosis.toml_lines import Place, TomlLines

_STEM = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_SYNTAX_PLACE = re.compile(r"(?P<why>.*) \(at (line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL)


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
    try:
        return _check(path)
    except RecursionError:
        return CheckedPage(path, (Complaint(path, 1, "the page is nested too deeply"),))


def _check(path: Path) -> CheckedPage:
    try:
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
        decoded = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return CheckedPage(path, (_syntax_complaint(path, text, error),))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return CheckedPage(path, (Complaint(path, line, "this is not UTF-8"),))
    except OSError as error:
        return CheckedPage(path, (Complaint(path, 1, f"the page cannot be read: {error.strerror}"),))
    lines = TomlLines(text)
    found = [(fault.place, fault.text) for fault in find_faults(decoded, Page)]
    page = None
    try:
        page = msgspec.convert(decoded, Page)
    except msgspec.ValidationError as error:
        found = found or [((), str(error))]
    found.extend(_name_faults(path))
    if page is not None:
        found.extend(_text_faults(page))
    return CheckedPage(path, tuple(Complaint(path, lines[place], text) for place, text in found), page, lines)


def _syntax_complaint(path: Path, text: str, error: tomllib.TOMLDecodeError) -> Complaint:
    """The parser says in its message where it stopped."""
    said = _SYNTAX_PLACE.fullmatch(str(error))
    line = said["line"] if said else None
    why = said["why"] if said else str(error)
    end = text.rstrip("\n").count("\n") + 1
    return Complaint(path, int(line) if line else end, f"this is not TOML: {why[:1].lower()}{why[1:]}")


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
