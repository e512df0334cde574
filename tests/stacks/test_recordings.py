"""Every recording, and what its two ends are taken for: never for something else at "likely"."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import msgspec
import pytest

from analyzer.model import Confidence, SeenServerHello
from analyzer.packets import Side
from analyzer.pipeline import Options, read_captures
from analyzer.stacks import Stack, client_stack, server_stack
from captures.recorder.truth import load

CAPTURES = Path(__file__).parents[2] / "captures"

LIBRARIES = {
    "Apache httpd": "OpenSSL",
    "Chromium": "BoringSSL",
    "Firefox": "NSS",
    "GnuTLS": "GnuTLS",
    "Go": "Go (crypto/tls)",
    "HAProxy": "OpenSSL",
    "Java": "Java (JSSE)",
    "NSS": "NSS",
    "Node.js": "OpenSSL",
    "OpenSSL": "OpenSSL",
    "PostgreSQL": "OpenSSL",
    "Python": "OpenSSL",
    "Wget": "GnuTLS",
    "curl": "OpenSSL",
    "nginx": "OpenSSL",
    "psql": "OpenSSL",
}
"""What each stack of the recordings is built on. Those that are not here must not be named."""
PROGRAMS = {
    "Chromium": "Chromium",
    "Firefox": "Firefox",
    "Node.js": "Node.js",
    "Python": "Python's ssl",
    "curl": "curl",
}
"""The clients whose program may be named besides."""
MANY_HANDS = "small peer of ours"
"""Hand-written ends; some of them use Python's ssl for the rest."""


HELD_OUT = "set-"
"""Recordings of other configurations and versions, made after the lists of ``analyzer/stacks/known`` were written."""


class Seen(msgspec.Struct, frozen=True):
    recording: str
    side: Side
    truth: str
    stack: Stack | None
    greeted: bool
    """There is a ServerHello: what refuses every client with an alert shows nothing of itself."""

    @property
    def judged(self) -> str:
        if self.stack is None:
            return "not named"
        right = self.stack.name in _right_names(self.truth)
        several = " or " in self.stack.name and any(
            name in _right_names(self.truth) for name in self.stack.name.split(" or ")
        )
        sure = self.stack.confidence.name.lower()
        return f"right, {sure}" if right else "one of two" if several else f"wrong, {sure}"


def _right_names(truth: str) -> set[str]:
    """Where several programs had a part in a recording, it does not say which made which connection."""
    right = set()
    for one in truth.split(", "):
        for stack, library in LIBRARIES.items():
            if one.startswith(stack):
                right |= {library, f"{PROGRAMS[stack]} ({library})"} if stack in PROGRAMS else {library}
                break
    return right


def _held_out(one: Seen) -> str:
    return "held out" if one.recording.startswith(HELD_OUT) else "learned from"


@cache
def seen(*, with_keys: bool = True) -> tuple[Seen, ...]:
    found = []
    for path in sorted(CAPTURES.glob("*/truth.toml")):
        truth = load(path)
        keys = (str(path.parent / truth.keys),) if truth.keys and with_keys else ()
        report = read_captures([str(path.parent / truth.file)], Options(key_logs=keys))
        for one in report.connections:
            name = path.parent.name
            greeted = any(isinstance(each.server_hello, SeenServerHello) for each in one.connection.handshakes)
            found.append(Seen(name, Side.CLIENT, truth.client, client_stack(one.connection), greeted))
            found.append(Seen(name, Side.SERVER, truth.server, server_stack(one.connection), greeted))
    return tuple(found)


def _wrong(every: tuple[Seen, ...]) -> list[tuple[str, str, str]]:
    return [
        (one.recording, one.truth, one.stack.name)
        for one in every
        if one.stack is not None and one.judged.startswith("wrong") and not one.truth.startswith(MANY_HANDS)
    ]


@pytest.mark.parametrize("with_keys", [True, False], ids=["with keys", "without keys"])
def test_no_end_is_taken_for_another_stack(with_keys: bool) -> None:
    assert _wrong(seen(with_keys=with_keys)) == []


def test_stacks_that_are_not_known_are_not_named() -> None:
    others = [one for one in seen() if not _right_names(one.truth) and not one.truth.startswith(MANY_HANDS)]
    assert others
    assert {one.stack for one in others} == {None}


def test_nearly_every_client_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """The table: which stack was named how often, and how."""
    every = [one for one in seen() if _right_names(one.truth)]
    table = Counter((_held_out(one), one.side.name.lower(), one.truth, one.judged) for one in every)
    with capsys.disabled():
        for (held_out, side, truth, judged), times in sorted(table.items()):
            print(f"  {held_out:<12} {side:<7} {truth:<40} {judged:<16} {times:>4}")
    clients = [one for one in every if one.side is Side.CLIENT]
    named = [one for one in clients if one.judged.startswith("right")]
    likely = [one for one in named if one.stack is not None and one.stack.confidence is Confidence.LIKELY]
    assert len(likely) / len(clients) > 0.97
    servers = [one for one in every if one.side is Side.SERVER and one.greeted]
    assert sum(one.judged.startswith("right") for one in servers) / len(servers) > 0.88


def test_so_are_those_by_which_no_list_was_written() -> None:
    every = [one for one in seen() if _held_out(one) == "held out" and _right_names(one.truth)]
    assert len(every) >= 30
    assert sum(one.judged.startswith("right") for one in every) / len(every) > 0.9
