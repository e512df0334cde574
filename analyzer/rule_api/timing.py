"""How long one side kept silent, by the capture's clock; nothing where TCP had to send something again meanwhile."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from analyzer.model import Case, SeenChain, SeenRequest, Step, Unseen
from analyzer.packets import Side
from analyzer.rule_api.inference import inferred, says
from analyzer.rule_api.match import Evidence

LONG_NS = 3_000_000_000
"""A program answers in milliseconds, and a signature by a smart card within two seconds."""
_AT_ONCE_NS = 100_000_000
"""TCP sends nothing again sooner (RFC 6298 section 2.4 even says a second); a capture that holds packets twice does."""
_CLOSES = ("FIN", "RST")
_SECOND = 1_000_000_000


class Silence(msgspec.Struct, frozen=True):
    """The time between two packets, in which one side was to speak."""

    of: Side
    began: int
    ended: int
    """Packets."""
    ns: int
    then: Step
    """What ended it."""

    @property
    def seconds(self) -> str:
        """``4.2 seconds``"""
        return f"{self.ns / _SECOND:.1f} seconds"

    @property
    def evidence(self) -> Evidence:
        """For a match."""
        silent = f"in which the {self.of.word} said nothing"
        return Evidence(self.ended, f"{self.seconds} after packet {self.began}, {silent}")


def silence_of_client(case: Case) -> Silence | None:
    """From the server's last word to the client's answer to its request, or to what came in place of it, if long."""
    answer, ending = case.handshake.client_certificate, case.connection.ending
    if isinstance(answer, SeenChain) and _came_soon(case.handshake.certificate_request, answer):
        return None
    closes = [packet for packet in (ending.client_closed, ending.server_closed) if packet is not None]
    answered = answer.packet if isinstance(answer, SeenChain) else None
    steps = case.handshake.steps
    for before, step in pairwise(steps):
        if before.sender is Side.SERVER and (step.packet == answered or step.packet in closes or step.what == "alert"):
            return _long(case, Side.CLIENT, before, step)
    return None


def _came_soon(request: SeenRequest | Unseen, answer: SeenChain) -> bool:
    """Nobody was silent for long between the two. Most answers: for them no steps need to be made."""
    if isinstance(request, Unseen) or request.timestamp_ns is None or answer.timestamp_ns is None:
        return False
    return answer.timestamp_ns - request.timestamp_ns < LONG_NS


def silence_of_server(case: Case) -> Silence | None:
    """From the end of the client's flight with its certificate to the server's next word, or a close, if long."""
    answered = _answered(case)
    if answered is None:
        return None
    flight: Step | None = None
    for step in case.handshake.steps:
        if step.packet < answered:
            continue
        if step.sender is Side.SERVER or step.what in _CLOSES:
            return None if flight is None else _long(case, Side.SERVER, flight, step)
        if step.what != "application data" and "alert" not in step.what:
            flight = step
    return None


def _answered(case: Case) -> int | None:
    """Packet of the client's certificate, seen or inferred."""
    answer, guess = case.handshake.client_certificate, inferred(case).client_certificate
    if isinstance(answer, SeenChain):
        return answer.packet
    return guess.packets[-1] if says(guess, "sent") and guess is not None and guess.packets else None


def _long(case: Case, of: Side, before: Step, step: Step) -> Silence | None:
    """The silence between two steps, if it is long, and no loss is to blame for it."""
    began_ns, ended_ns = before.timestamp_ns, step.timestamp_ns
    if began_ns is None or ended_ns is None or ended_ns - began_ns < LONG_NS:
        return None
    if any(
        at is not None and began_ns + _AT_ONCE_NS < at < ended_ns - _AT_ONCE_NS for at in case.connection.sent_again
    ):
        return None
    return Silence(of, before.packet, step.packet, ended_ns - began_ns, step)
