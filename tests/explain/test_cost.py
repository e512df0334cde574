"""What an answer costs: linear time on hostile text, and none of the heavy libraries."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from analyzer.explain.answer import explain
from analyzer.explain.entries import load_messages
from analyzer.explain.matching import Matcher

MESSAGES = load_messages()
MATCHER = Matcher(MESSAGES)

HOSTILE = {
    "one letter": b"a",
    "blanks": b" ",
    "digits and dots": b"1.",
    "brackets": b"((((",
    "quotes": b'"',
    "alerts": b"alert certificate ",
    "errors": b"error:0A000418:SSL routines:",
    "examples": " ".join(known.entry.examples[0][:40] for known in MESSAGES).encode(),
}
"""Repeated without end: beginnings of many messages, and what ``.*`` and ``[^x]*`` feed on."""


def cheapest(work: Callable[[], object]) -> float:
    """Processor time of the best of some runs: what else the machine does counts for nothing."""
    times = []
    for _ in range(5):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_no_faster_than_the_text(piece: bytes) -> None:
    """Sixteen times the text: quadratic time would be 256 times as long, backtracking without end."""
    short = (piece * (20_000 // len(piece) + 1))[:20_000]
    long = (piece * (320_000 // len(piece) + 1))[:320_000]
    MATCHER.find(long)  # the automaton is made of what it meets
    assert cheapest(lambda: MATCHER.find(long)) < 64 * max(cheapest(lambda: MATCHER.find(short)), 0.0002)


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_answered(piece: bytes) -> None:
    explain((piece * 5_000).decode()[:60_000], MATCHER)


@pytest.mark.parametrize(
    "query",
    ["tlsv13 alert certificate required", "client sent no requird SSL certficate", "nothing to do with it"],
)
def test_an_answer_imports_neither_scapy_nor_cryptography_nor_the_model(query: str) -> None:
    program = f"""
import sys
sys.argv = ["certwhy", "explain", {query!r}]
from analyzer.cli import app
try:
    app()
except SystemExit as done:
    assert not done.code, done.code
heavy = ("scapy", "cryptography", "analyzer.model", "analyzer.tls", "analyzer.x509", "analyzer.capture")
print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr.strip() == "[]"
