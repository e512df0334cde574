"""Understands a message that no entry of the catalogue knows: by its words, its alert, its codes.

Theory of operation
-------------------
``rules/error_meanings/topics.toml`` lists what a message about such a login can mean at all. A topic is found by what a
text names: a TLS alert by number or name, another code (HRESULT, SQLSTATE, HTTP status, a verify result), or words. A
text speaks of a topic if it has one word of each of the topic's groups, in any order, and none of ``unless``. Words are
lower case, split at capitals and at everything that is no letter or digit: ``CertificateExpired`` is two. An alert or a
code says more than words do, so it comes first. The answer is never surer than "likely".
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import re2

from analyzer.diagnosis.pages import rules_folder
from analyzer.errors import RulePageError
from analyzer.explain.entries import Cause, Id, Remedy, Text
from analyzer.explain.explanation import Sureness

FOLDER = "error_meanings"
MOST_READINGS = 3
MAX_TEXT = 4096
"""Characters that are looked at: a message is a sentence, not a book."""


class Alert(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A TLS alert, and what its sender says with it (RFC 8446, section 6; older ones RFC 5246, section 7.2)."""

    number: Annotated[int, msgspec.Meta(ge=0, le=255)]
    name: Text
    says: Text


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that a message about a login with a client certificate can mean."""

    id: Id
    title: Text
    words: tuple[Text, ...]
    """Groups of words, each a pattern of alternatives."""
    unless: str = ""
    needs: str = ""
    """One of these has to be there as well, which no other group would ask for."""
    vague: bool = False
    """Told only where words say nothing more."""
    codes: tuple[Text, ...] = ()
    alerts: tuple[Alert, ...] = ()
    meaning: Text
    wire: Text
    refused: Literal["client", "server", "receiver", "none"]
    """``receiver``: whichever side received the alert."""
    causes: Annotated[tuple[Cause, ...], msgspec.Meta(min_length=1)]
    tell_apart: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    remedies: Annotated[tuple[Remedy, ...], msgspec.Meta(min_length=1)]


class _Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: tuple[Topic, ...]


class Meant(msgspec.Struct, frozen=True):
    """A topic that a text speaks of."""

    topic: Topic
    alert: Alert | None
    sureness: Sureness


@lru_cache(maxsize=1)
def load_topics() -> tuple[Topic, ...]:
    """All topics, the more special first.

    Raises:
        RulePageError: the page cannot be read.
    """
    path: Path = rules_folder() / FOLDER / "topics.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_Page).topic
    except (msgspec.DecodeError, OSError, UnicodeDecodeError) as error:
        raise RulePageError(f"The page {path} cannot be read: {error}.") from error


def meanings(text: str) -> list[Meant]:
    """What a text can mean, the most telling first; nothing where it is not about such a login."""
    text = text[:MAX_TEXT]
    words = words_of(text)
    numbers, codes = alerts_in(text, words), codes_in(text)
    found: dict[str, Meant] = {}
    for topic in load_topics():
        for alert in topic.alerts:
            if alert.number in numbers:
                found[topic.id] = Meant(topic, alert, "likely")
    for topic in load_topics():
        if topic.id not in found and not codes.isdisjoint(topic.codes):
            found[topic.id] = Meant(topic, None, "likely" if _is_telling(topic, codes) else "possible")
    if not found and _about_tls().search(words):
        spoken = [topic for topic in load_topics() if _speaks_of(words, topic)]
        spoken = [topic for topic in spoken if not topic.vague] or spoken[:1]
        found = {topic.id: Meant(topic, None, "possible" if n else "likely") for n, topic in enumerate(spoken)}
    return list(found.values())[:MOST_READINGS]


def _is_telling(topic: Topic, codes: set[str]) -> bool:
    """Codes of Windows, IIS and of OpenSSL's verification are about certificates; an HTTP status rarely is."""
    return any(code.split()[0] in ("hresult", "iis", "verify") for code in codes.intersection(topic.codes))


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"[^a-z0-9]+")


def words_of(text: str) -> str:
    """``ERR_BAD_SSL_CLIENT_AUTH_CERT`` as ``err bad ssl client auth cert``."""
    return _NO_WORD.sub(" ", _CAMEL.sub(" ", text).lower()).strip()


def _speaks_of(words: str, topic: Topic) -> bool:
    if topic.unless and _pattern(topic.unless).search(words):
        return False
    groups = (*topic.words, topic.needs) if topic.needs else topic.words
    return all(_pattern(group).search(words) for group in groups)


@lru_cache(maxsize=256)
def _pattern(group: str) -> Any:
    return re2.compile(rf"\b(?:{group})\b")


def _about_tls() -> Any:
    return _pattern(
        r"tls\w*|ssl\w*|mtls|certs?|certificates?|x509|handshake|pkix|crls?|ocsp|cipher\w*|renegotiat\w*|rehandshake|"
        r"private key|client auth\w*|mutual|keystore|pkcs ?\d+|pfx|smart ?card|alert|self signed|eku|key usage|"
        r"signature algorithms?|trust anchor|post handshake|https|peer|untrusted root|unknown (?:ca|issuer)|"
        r"^(?:expired|revoked|untrusted)$"
    )


_ALERT_NUMBER = re.compile(
    r"\balert(?:[ _-]?(?:number|code|description|desc|message))?(?: is)?[\s:=#(\[]{0,4}(\d{1,3})\b(?![\s]?%)"
    r"|\bfatal(?: tls| ssl)?(?: alert| error)?(?: code)?(?: is)?[\s:=(]{1,3}(\d{1,3})\b"
    r"|\bdescription[\s:=(]{1,3}(\d{1,3})\b"
)


def alerts_in(text: str, words: str) -> set[int]:
    """The TLS alerts that a text names, by number or by name."""
    lower = text.lower()
    numbers = {int(next(filter(None, found.groups()))) for found in _ALERT_NUMBER.finditer(lower)}
    padded, named = f" {words} ", " alert " in f" {words} "
    for topic in load_topics():
        for alert in topic.alerts:
            spelled = "_" in alert.name and (alert.name in lower or alert.name.replace("_", "") in lower.split())
            if spelled or (named and f" {alert.name.replace('_', ' ')} " in padded):
                numbers.add(alert.number)
    return numbers


_CODES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("sqlstate", re.compile(r"\bsqlstate\b[\s:=\[(]{0,4}([0-9a-z]{5})\b")),
    ("sqlstate", re.compile(r"^\W*(28000|28p01|08p01|08006|08001)\W*$|\((28000|28p01|08p01|08006|08001)\)")),
    ("iis", re.compile(r"\b(403\.\d{1,2})\b")),
    (
        "http",
        re.compile(r"\bhttp(?:s|/\d(?:\.\d)?)?(?:[\s:]+(?:status|error|code|response))*[\s:=]{1,3}([45]\d\d)\b(?!\.)"),
    ),
    ("http", re.compile(r"\b(?:status|response|error)(?: code)?[\s:=]{1,3}([45]\d\d)\b(?!\.)")),
    ("http", re.compile(r"^\W*([45]\d\d)(?: [a-z ]{3,40})?\W*$")),
    ("curl", re.compile(r"\bcurl(?:e| error| code)?[\s:]{0,3}\(?(\d{1,3})\b")),
    ("verify", re.compile(r"\bverify(?: error| return code| result)[\s:]{0,2}(?:num=|code[\s:=])?\s?\(?(\d{1,2})\b")),
)
_HEX = re.compile(r"\b0x([89][0-9a-f]{7})\b")
_DECIMAL = re.compile(r"(?<!\d)(-?2\d{9})(?!\d)")


def codes_in(text: str) -> set[str]:
    """The codes that a text names, as topics list them: ``http 495``, ``hresult 80090327``, ``sqlstate 28000``."""
    lower = text.lower().strip()
    codes = {f"hresult {value:08x}" for value in hresults(lower)}
    for kind, pattern in _CODES:
        for found in pattern.finditer(lower):
            codes.add(f"{kind} {next(filter(None, found.groups()))}")
    return codes


def hresults(text: str) -> set[int]:
    """Windows' error codes, however they are written: hexadecimal, or as a decimal number with a sign or without."""
    values = {int(found[1], 16) for found in _HEX.finditer(text.lower())}
    values.update(int(found[1]) & 0xFFFFFFFF for found in _DECIMAL.finditer(text))
    return {value for value in values if value >= 0x80000000}
