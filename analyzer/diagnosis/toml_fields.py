"""Everything that is wrong with a decoded TOML text, each with its place: msgspec itself stops at the first mistake.

What is right is not written here again: it is read off the msgspec types that the text is decoded into later.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import inspect

from analyzer.diagnosis.toml_lines import Place


class FieldFault(msgspec.Struct, frozen=True):
    """What is wrong, and where."""

    place: Place
    text: str
    """A clause without a full stop."""


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "a table"),
    (datetime.datetime, "a date and time"),
    (datetime.date, "a date"),
    (datetime.time, "a time"),
)
_WANTED: dict[type[inspect.Type], tuple[type, str]] = {
    inspect.StrType: (str, "text"),
    inspect.BoolType: (bool, "true or false"),
    inspect.IntType: (int, "a whole number"),
    inspect.DateTimeType: (datetime.datetime, "a date and time"),
    inspect.VarTupleType: (list, "a list"),
    inspect.StructType: (dict, "a table"),
}


def find_faults(value: object, wanted: type) -> list[FieldFault]:
    """Hold a decoded text against the struct that it is meant for."""
    return list(_faults(value, inspect.type_info(wanted), ()))


def near(wanted: str, known: Iterable[str]) -> str:
    """``; "title" may be meant``, or nothing."""
    found = difflib.get_close_matches(wanted, list(known), n=1)
    return f'; "{found[0]}" may be meant' if found else ""


def _faults(value: object, kind: inspect.Type, place: Place) -> Iterator[FieldFault]:
    if isinstance(kind, inspect.UnionType):
        kinds = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        kind = next((one for one in kinds if isinstance(value, _wanted(one)[0])), kinds[0])
        if len(kinds) > 1 and not isinstance(value, _wanted(kind)[0]):
            words = " or ".join(_wanted(one)[1] for one in kinds)
            yield FieldFault(place, f"{_called(place)} must be {words}, not {_kind_of(value)}")
            return
    python_type, words = _wanted(kind)
    if not isinstance(value, python_type) or (python_type is int and isinstance(value, bool)):
        yield FieldFault(place, f"{_called(place)} must be {words}, not {_kind_of(value)}")
    elif isinstance(kind, inspect.StructType):
        assert isinstance(value, dict)
        yield from _struct_faults(value, kind, place)
    elif isinstance(kind, inspect.VarTupleType):
        assert isinstance(value, list)
        for number, element in enumerate(value):
            yield from _faults(element, kind.item_type, (*place, number))
    elif isinstance(kind, inspect.IntType):
        assert isinstance(value, int)
        if kind.ge is not None and value < kind.ge:
            yield FieldFault(place, f"{_called(place)} is {value}; it must be at least {kind.ge}")
    elif isinstance(kind, inspect.StrType):
        if kind.min_length and not str(value).strip():
            yield FieldFault(place, f"{_called(place)} is empty")
    elif (choices := _choices(kind)) and value not in choices:
        text = f'{_called(place)} is "{value}"; it must be one of {", ".join(choices)}'
        yield FieldFault(place, text)


def _struct_faults(value: dict[str, object], kind: inspect.StructType, place: Place) -> Iterator[FieldFault]:
    fields = {field.encode_name: field for field in kind.fields}
    for key, below in value.items():
        if key in fields:
            yield from _faults(below, fields[key].type, (*place, key))
        else:
            yield FieldFault((*place, key), f'there is no key "{key}" here{near(key, fields)}')
    for name, field in fields.items():
        if field.required and name not in value:
            yield FieldFault(place, f'the key "{name}" is missing')


def _choices(kind: inspect.Type) -> list[str]:
    if isinstance(kind, inspect.LiteralType):
        return [str(value) for value in kind.values]
    if isinstance(kind, inspect.EnumType):
        return [str(member.value) for member in kind.cls]
    return []


def _wanted(kind: inspect.Type) -> tuple[type, str]:
    """The type that ``tomllib`` gives, and how to call it; what msgspec itself must judge may be anything."""
    return (str, "text") if _choices(kind) else _WANTED.get(type(kind), (object, "something else"))


def _kind_of(value: object) -> str:
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "something else")


def _called(place: Place) -> str:
    """``"who"``, or ``number 2 of "match"``."""
    if place and isinstance(place[-1], int):
        return f'number {place[-1] + 1} of "{place[-2]}"'
    return f'"{place[-1]}"' if place else "the page"
