"""A TOML file held against the type that it is meant for: the value, or every mistake with its line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from analyzer.diagnosis.complaint import Complaint
from analyzer.diagnosis.toml_fields import find_faults
from analyzer.diagnosis.toml_lines import Place, TomlLines

T = TypeVar("T")

_SYNTAX_PLACE = re.compile(r"(?P<why>.*) \(at (line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL)


class CheckedToml(msgspec.Struct, Generic[T], frozen=True):
    """A file, and what became of reading it."""

    path: Path
    complaints: tuple[Complaint, ...]
    value: T | None = None
    """None where it cannot be read."""
    lines: TomlLines | None = None

    def complaint(self, place: Place, text: str) -> Complaint:
        """Something is wrong at this place of the file."""
        return Complaint(self.path, self.lines[place] if self.lines else 1, text)


def check_toml(path: Path, wanted: type[T], called: str) -> CheckedToml[T]:
    """Read a file and find everything that its type forbids; ``called`` is the kind of file, as in ``page``."""
    try:
        return _check(path, wanted, called)
    except RecursionError:
        return CheckedToml(path, (Complaint(path, 1, f"the {called} is nested too deeply"),))


def _check(path: Path, wanted: type[T], called: str) -> CheckedToml[T]:
    try:
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
        decoded = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return CheckedToml(path, (_syntax_complaint(path, text, error),))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return CheckedToml(path, (Complaint(path, line, "this is not UTF-8"),))
    except OSError as error:
        return CheckedToml(path, (Complaint(path, 1, f"the {called} cannot be read: {error.strerror}"),))
    lines = TomlLines(text)
    found = [(fault.place, fault.text) for fault in find_faults(decoded, wanted)]
    value = None
    try:
        value = msgspec.convert(decoded, wanted)
    except msgspec.ValidationError as error:
        found = found or [((), str(error))]
    return CheckedToml(path, tuple(Complaint(path, lines[place], text) for place, text in found), value, lines)


def _syntax_complaint(path: Path, text: str, error: tomllib.TOMLDecodeError) -> Complaint:
    """The parser says in its message where it stopped."""
    said = _SYNTAX_PLACE.fullmatch(str(error))
    line = said["line"] if said else None
    why = said["why"] if said else str(error)
    end = text.rstrip("\n").count("\n") + 1
    return Complaint(path, int(line) if line else end, f"this is not TOML: {why[:1].lower()}{why[1:]}")
