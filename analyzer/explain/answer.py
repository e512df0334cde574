"""From a text, or a log, to what it means.

Theory of operation
-------------------
A text is looked at line by line, then with its lines joined, then unescaped, until a message of the catalogue is found.
Where none is, its alerts, codes and words are asked (:mod:`analyzer.explain.meaning`), the messages that name the same
code, and those that look like it. A reading says how it was found, and is never surer than that allows.

Who wrote a line is often known only from the line: a library's text stands in logs of clients and of servers, and the
side that *received* an alert is the one that was refused.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Literal

from analyzer.diagnosis.pages import find_page
from analyzer.diagnosis.products import PRODUCTS
from analyzer.explain import entries
from analyzer.explain.entries import KnownMessage
from analyzer.explain.explanation import (
    Cause,
    Explanation,
    Lines,
    Log,
    Match,
    PrintedBy,
    Reading,
    Refused,
    Remedy,
    Sureness,
)
from analyzer.explain.how_to import how_to
from analyzer.explain.logs import LogFound, Seen
from analyzer.explain.matching import Hit, Matcher, rank
from analyzer.explain.meaning import Meant, hresults, meanings
from analyzer.explain.near import near_messages
from analyzer.explain.paste import cleaned, joined_lines, unfolded
from analyzer.explain.printers import printed_by
from analyzer.explain.times import time_in

MAX_SHOWN = 300
"""Characters of a line that an answer repeats."""
_MAX_QUERY = 4000
_SHORT_QUERY = 48
"""A text of so many characters may be a code alone."""
_MOST_BY_CODE = 6
_SURE_NEAR = 90.0


def explain(text: str, matcher: Matcher) -> Explanation:
    """What a text means: a line, or some, from a log, a terminal, a browser or a screenshot."""
    readings = _known(text, matcher) or _unknown(text, matcher.messages)
    query = text if len(text) <= _MAX_QUERY else text[:_MAX_QUERY] + "…"
    return _answer(query, None, readings)


def explain_log(path: str, found: LogFound) -> Explanation:
    """What was found in a log, the most frequent first."""
    seen = sorted(found.seen.values(), key=lambda one: (-one.count, one.first))
    readings = [_reading(one.message, _text(one.first_line), _lines_of(one)) for one in seen]
    readings = readings or _unknown_lines(found.unknown)
    return _answer(path, Log(path, found.lines, found.size, found.stopped), readings)


def _answer(query: str, log: Log | None, readings: Sequence[Reading]) -> Explanation:
    stacks = [reading.stack for reading in readings if reading.stack]
    return Explanation(schema_version=1, query=query, log=log, readings=tuple(readings), how_to=how_to(stacks))


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def _known(text: str, matcher: Matcher) -> list[Reading]:
    """The known messages in a text, the best reading first."""
    plain = cleaned(text.encode("utf-8", "surrogateescape"))
    found = _in_lines(_text(plain).splitlines(), matcher)
    if not found and "\\n" in text:
        found = _in_lines(_text(cleaned(unfolded(text).encode("utf-8", "surrogateescape"))).splitlines(), matcher)
    found.sort(key=lambda one: (_is_contradicted(one), rank(one[0])))
    return [_reading(hit.message, lines.text, lines) for hit, lines in found]


def _is_contradicted(found: tuple[Hit, Lines]) -> bool:
    """The line shows that the other side wrote it than the one this message is of."""
    hit, lines = found
    sides = {hit.message.entry.printed_by, printed_by(lines.text)} - {"either"}
    return len(sides) > 1


def _in_lines(lines: list[str], matcher: Matcher) -> list[tuple[Hit, Lines]]:
    found: dict[str, tuple[Hit, Lines]] = {}
    for number, line in enumerate(lines, 1):
        for hit in matcher.find(line.encode()):
            key = hit.message.entry.id
            if key not in found:
                found[key] = hit, Lines(number, number, 1, time_in(line), time_in(line), line[:MAX_SHOWN])
            else:
                best, at = found[key]
                at = Lines(at.first, number, at.count + 1, at.first_time, time_in(line) or at.last_time, at.text)
                found[key] = min(best, hit, key=rank), at
    for first, last, line in joined_lines(lines):
        for hit in matcher.find(line.encode()):
            when = time_in(line)
            whole = Lines(first + 1, last + 1, 1, when, when, line[:MAX_SHOWN])
            found.setdefault(hit.message.entry.id, (hit, whole))
    return list(found.values())


def _lines_of(seen: Seen) -> Lines:
    first, last = _text(seen.first_line), _text(seen.last_line)
    return Lines(seen.first, seen.last, seen.count, time_in(first), time_in(last), first.strip()[:MAX_SHOWN])


def _unknown(text: str, messages: Sequence[KnownMessage]) -> list[Reading]:
    """What a text that holds no known message may mean."""
    lines = Lines(1, max(1, len(text.splitlines())), 1, time_in(text), time_in(text), text.strip()[:MAX_SHOWN])
    meant = [_meaning(one, lines) for one in meanings(_text(cleaned(text.encode("utf-8", "replace"))))]
    naming = _naming(text, messages)
    sureness: Sureness = "likely" if len(naming) == 1 else "possible"
    named = [_reading(known, text, lines, "meaning", sureness, known.entry.examples[0]) for known in naming]
    near = [
        _reading(known, text, lines, "near", "likely" if score >= _SURE_NEAR else "possible", shown)
        for known, shown, score in near_messages(text, messages)
    ]
    readings = sorted([*near, *named, *meant], key=_certainty)
    return list({reading.id: reading for reading in reversed(readings)}.values())[::-1]


def _certainty(reading: Reading) -> tuple[bool, bool]:
    """An alert that the text names is surer than any resemblance."""
    return reading.confidence == "possible", not (reading.match == "meaning" and reading.alert is not None)


def _unknown_lines(lines: Sequence[tuple[int, bytes]]) -> list[Reading]:
    """Lines of a log without known messages, by what their words mean."""
    topics: dict[str, tuple[Meant, Lines]] = {}
    for number, raw in lines:
        line = _text(raw)
        for meant in meanings(line)[:1]:
            one = Lines(number, number, 1, time_in(line), time_in(line), line.strip()[:MAX_SHOWN])
            first = topics.get(meant.topic.id, (meant, one))[1]
            if first is not one:
                one = Lines(first.first, number, first.count + 1, first.first_time, one.last_time, first.text)
            topics[meant.topic.id] = topics.get(meant.topic.id, (meant, one))[0], one
    found = sorted(topics.values(), key=lambda one: (-one[1].count, one[1].first))
    return [_meaning(meant, at) for meant, at in found]


def _naming(text: str, messages: Sequence[KnownMessage]) -> list[KnownMessage]:
    """The known messages that name a code: ``curl: (56)``, or an error number in one of its spellings."""
    wanted = " ".join(text.split()).strip("\"'.,;")
    if not 3 <= len(wanted) <= _SHORT_QUERY or not any(character.isdigit() or character == "_" for character in wanted):
        return []
    spellings = {wanted, *(f"0x{value:08x}" for value in hresults(wanted))}
    spellings |= {str(value - (1 << 32)) for value in hresults(wanted)}
    spelled = "|".join(re.escape(one) for one in spellings)
    token = re.compile(rf"(?<![\w.-])(?:{spelled})(?![\w.])", re.IGNORECASE)
    found = (
        known
        for known in messages
        if any(token.search(one) for one in (*known.entry.examples, known.entry.pattern.replace("\\", "")))
    )
    return list(itertools.islice(found, _MOST_BY_CODE))


def _reading(
    known: KnownMessage,
    line: str,
    lines: Lines,
    match: Match = "exact",
    confidence: Sureness | None = None,
    looks_like: str | None = None,
) -> Reading:
    entry = known.entry
    side: PrintedBy = entry.printed_by if entry.printed_by != "either" else printed_by(line)
    return Reading(
        id=entry.id,
        product=known.product,
        settings=known.file if known.file in PRODUCTS else None,
        printed_by=side,
        match=match,
        confidence=confidence or entry.confidence,
        meaning=entry.meaning,
        wire=entry.wire,
        alert=entry.alert,
        refused=_whom(entry.refused, side),
        causes=_causes(entry.causes),
        tell_apart=entry.tell_apart,
        remedies=_remedies(entry.remedies),
        lines=lines,
        looks_like=looks_like,
        stack=known.stack or None,
        capture=None,
    )


def _whom(refused: entries.Refused, side: PrintedBy) -> Refused:
    """The side by its name, where it is known who wrote the line."""
    if side == "either" or refused not in ("printer", "peer"):
        return refused
    return side if refused == "printer" else _other(side)


def _other(side: Literal["client", "server"]) -> Refused:
    return "server" if side == "client" else "client"


def _meaning(meant: Meant, lines: Lines) -> Reading:
    topic, alert = meant.topic, meant.alert
    side = printed_by(lines.text)
    return Reading(
        id=topic.id,
        product="",
        settings=None,
        printed_by=side,
        match="meaning",
        confidence=meant.sureness,
        meaning=f"{alert.name} ({alert.number}): {alert.says}" if alert else topic.meaning,
        wire=topic.wire,
        alert=alert.number if alert else None,
        refused=_whose(topic.refused, lines.text, side),
        causes=_causes(topic.causes),
        tell_apart=topic.tell_apart,
        remedies=_remedies(topic.remedies),
        lines=lines,
        looks_like=None,
        stack=None,
        capture=None,
    )


_RECEIVED = re.compile(
    r"receiv|remote error|from (?:the )?(?:peer|remote)|peer (?:sent|report)|ssl_read|read_bytes|<<<", re.I
)
_SENT = re.compile(r"\bsen[dt]|generated|\bwrite|>>>", re.I)


def _whose(refused: Refused, line: str, side: PrintedBy) -> Refused:
    """Who received the alert, where the line says both which side wrote it and which way the alert went."""
    if refused != "receiver" or side == "either":
        return refused
    if _RECEIVED.search(line):
        return side
    if _SENT.search(line):
        return _other(side)
    return refused


def _causes(causes: Sequence[entries.Cause]) -> tuple[Cause, ...]:
    return tuple(Cause(cause.rule, cause.text or _title(cause.rule)) for cause in causes)


def _title(rule: str | None) -> str:
    page = find_page(rule) if rule else None
    return f"{page.title}." if page else ""


def _remedies(remedies: Sequence[entries.Remedy]) -> tuple[Remedy, ...]:
    return tuple(Remedy(remedy.who, remedy.text) for remedy in remedies)
