"""What the encrypted records tell although nobody can read them: each guess with its arithmetic."""

from __future__ import annotations

from analyzer.model import Confidence, Handshake
from analyzer.model.inferred import Inference, Inferred
from analyzer.render.terminal_page import DIM, WARNING, Page, styled

_WORDS: dict[str, dict[bool | str, str]] = {
    "requested": {
        True: "The server asked for a client certificate.",
        False: "The server asked for no client certificate.",
    },
    "client_certificate": {
        "sent": "The client sent a certificate.",
        "empty": "The client answered with no certificate.",
        "absent": "The client sent no Certificate message.",
    },
    "refused": {
        True: "The server then refused the login with an alert.",
        False: "The server then went on.",
    },
    "dropped": {True: "The server then closed without a word."},
    "client_refused": {True: "The client ended it with an alert."},
    "server_broke_off": {True: "The server ended it with an alert, before it sent a certificate."},
    "late_request": {
        "renegotiation": "A second handshake was begun inside the encrypted connection.",
        "post-handshake": "The server asked for a certificate after the handshake.",
    },
    "renegotiation_refused": {
        "client": "The client did not take part in it.",
        "server": "The server would not have it.",
    },
}
"""What is worth a line, in the order of the story."""


def draw_inferred(page: Page, handshake: Handshake) -> None:
    """Draw the guesses; nothing where there are none."""
    if handshake.inferred is None:
        return
    told = _sentences(handshake.inferred)
    if handshake.inferred.late is not None:
        told += _sentences(handshake.inferred.late, skip=("late_request",))
    if not told:
        return
    page.heading("What the encrypted records tell")
    shown = ""
    for sentence, guess in told:
        style = WARNING if guess.confidence is Confidence.LIKELY else DIM
        page.paragraph(
            styled(sentence),
            first=styled("  ", (page.symbols.dot, DIM), " "),
            right=(guess.confidence.name.lower(), style),
        )
        if guess.why not in shown:  # the server's part of the arithmetic often holds the client's
            page.paragraph(styled((_why(guess), DIM)), first="    ")
            shown += guess.why


def _sentences(inference: Inference, skip: tuple[str, ...] = ()) -> list[tuple[str, Inferred]]:
    """In the order of the story; of the client's key one more sentence."""
    told = []
    for field, words in _WORDS.items():
        guess = getattr(inference, field)
        if guess is not None and guess.value in words and field not in skip:
            sentence = words[guess.value]
            if field == "client_certificate" and inference.client_key is not None and guess.value == "sent":
                sentence = (
                    f"The client sent a certificate and signed with a key of the kind {inference.client_key.value}."
                )
            told.append((sentence, guess))
    return told


def _why(guess: Inferred) -> str:
    place = "" if not guess.packets else f"Packet {', '.join(map(str, guess.packets))}: "
    others = "" if not guess.alternatives else f" Or: {'; '.join(guess.alternatives)}."
    return f"{place}{guess.why}.{others}"
