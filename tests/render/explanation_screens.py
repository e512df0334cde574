"""Screens of ``certwhy explain``, from a catalogue that stays as it is."""

from __future__ import annotations

import io
from collections.abc import Callable

from analyzer.explain.answer import explain, explain_log
from analyzer.explain.explanation import Explanation
from analyzer.explain.logs import read_log
from analyzer.render.explanation import draw
from analyzer.render.view import View
from tests.explain.small import MATCHER


def screen(answer: Explanation, width: int, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace", newline="\n")
    draw(answer, View(stream, width, plain=True))
    stream.flush()
    return raw.getvalue().decode(encoding)


def asked(text: str) -> Explanation:
    return explain(text, MATCHER)


def log() -> Explanation:
    lines = [f"2026-03-02 09:{n // 60:02}:{n % 60:02} [info] all is well" for n in range(600)]
    for number in (5, 100, 400):
        lines[number] += ", no: client sent no required SSL certificate, client: 192.0.2.7, server: shop.example"
    lines[40] += " SSL routines::tlsv1 alert unknown ca while SSL handshaking, client: 192.0.2.9, server: 0.0.0.0:443"
    return explain_log("shop.log", read_log(io.BytesIO("\n".join(lines).encode()), MATCHER))


EXPLANATION_SCREENS: dict[str, Callable[[], str]] = {
    "explain-exact-80": lambda: screen(asked("curl: (56) OpenSSL SSL_read: tlsv13 alert certificate required"), 80),
    "explain-exact-120": lambda: screen(asked("curl: (56) OpenSSL SSL_read: tlsv13 alert certificate required"), 120),
    "explain-meaning-100": lambda: screen(asked("No client certificate was presented during SSL Handshake"), 100),
    "explain-alert-ascii-80": lambda: screen(asked("alert 48"), 80, "ascii"),
    "explain-near-80": lambda: screen(asked("client sent no requird SSL certficate"), 80),
    "explain-nothing-80": lambda: screen(asked("the printer is out of paper"), 80),
    "explain-log-80": lambda: screen(log(), 80),
    "explain-log-120": lambda: screen(log(), 120),
}
