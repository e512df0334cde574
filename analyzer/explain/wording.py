"""Puts a text into the words that topics know: those of other languages into English, misspelt ones into right ones.

It is asked only where a text as it stands says nothing, or nothing of its own. ``rules/error_meanings/languages.toml``
has a few terms of each language: enough to see what a message is about, far from a translation. A misspelt word is
replaced by the word of the topics that looks most like it, if one does.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import msgspec

from analyzer.diagnosis.pages import rules_folder
from analyzer.errors import RulePageError
from analyzer.explain.entries import Text
from analyzer.explain.meaning import FOLDER, MAX_TEXT, load_topics, words_of

_SHORTEST = 5
"""Letters of a word that may be misspelt: shorter ones all look alike."""
_ALIKE = 80.0


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some terms of a language."""

    name: Text
    terms: tuple[tuple[Text, Text], ...]
    """A pattern in small letters without accents, and what it is in English."""
    spaced: bool = True
    """Its words stand apart, so that a term is whole words."""


class _Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    language: tuple[Language, ...]


@lru_cache(maxsize=1)
def load_languages() -> tuple[Language, ...]:
    """All of them.

    Raises:
        RulePageError: the page cannot be read.
    """
    path: Path = rules_folder() / FOLDER / "languages.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_Page).language
    except (msgspec.DecodeError, OSError, UnicodeDecodeError) as error:
        raise RulePageError(f"The page {path} cannot be read: {error}.") from error


def translated(text: str) -> str:
    """Its terms in English, as far as one language knows some; empty where none does."""
    plain = _without_accents(text[:MAX_TEXT].lower())
    best, most = "", 0
    for language in load_languages():
        english, known = plain, 0
        for term, meant in language.terms:
            pattern = rf"\b(?:{term})\b" if language.spaced else term
            english, times = re.subn(pattern, f" {meant} ", english)
            known += times
        if known > most:
            best, most = english, known
    return best


def _without_accents(text: str) -> str:
    """Letters of the Latin alphabet without what stands on them; other alphabets as they are."""
    marked = unicodedata.normalize("NFD", text)
    bare = "".join(
        c for last, c in zip(" " + marked, marked, strict=False) if not (last < "\u0250" and unicodedata.combining(c))
    )
    return unicodedata.normalize("NFC", bare.replace("'", " ").replace("’", " "))


def respelled(text: str) -> str:
    """Each word that looks like one of the topics' as that word; empty where none had to be replaced."""
    from rapidfuzz import fuzz, process

    known = _vocabulary()
    words = words_of(text[:MAX_TEXT]).split()
    right = []
    for word in words:
        found = None
        if len(word) >= _SHORTEST and word not in known and word.isalpha():
            found = process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        right.append(found[0] if found else word)
    return " ".join(right) if right != words else ""


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[str, ...]:
    """The longer words of all topics."""
    groups = " ".join(group for topic in load_topics() for group in (*topic.words, topic.needs, topic.unless))
    found = re.findall(rf"[a-z]{{{_SHORTEST},}}", re.sub(r"\\.|\[[^\]]*\]", " ", groups))
    return tuple(dict.fromkeys([*found, "client", "presented", "certificate", "certificates"]))
