"""Of each message of a handshake: was it seen, was it not sent, or could it not be seen, and why?

Theory of operation
-------------------
A message is *not sent* only if the place where it would have been was seen: the side's stream was followed from
its start without losing the place, and something that comes later was seen, a later message of that side, or
the end of its stream. Otherwise it is unseen, and the reason says what hid it.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from analyzer.model.collector import Collector
from analyzer.model.handshake import Handshake
from analyzer.model.observed import NOT_SENT, Phase, Reason, Unseen
from analyzer.packets import CLIENT, SERVER, Side
from analyzer.tls.codepoints import TLS_1_3, HandshakeType

T = TypeVar("T")


class SideView(NamedTuple):
    """How much of one side's stream the capture holds."""

    captured: bool
    """At least one packet of that side is in the capture."""
    from_start: bool
    """It was followed from its first TLS record."""
    ended: bool
    """Its end is in the capture: its own FIN or RST, or a RST of the other side that says how far it had come."""
    gaps: bool = False
    """Bytes of it are missing."""


class Sight:
    """What was seen of one handshake, and of what was not, why."""

    def __init__(
        self, seen: Collector, views: tuple[SideView, SideView], *, last: bool, before: Handshake | None
    ) -> None:
        self._seen = seen
        self._views = views
        self._last = last
        self._later = before is not None
        """The connection had a handshake before this one."""
        self._afterwards = self._later and seen.phase is Phase.POST_HANDSHAKE
        """It is a post-handshake authentication, which has no hellos of its own."""
        self.tls13 = seen.version is not None and seen.version >= TLS_1_3
        self.closed = (self._is_closed(CLIENT), self._is_closed(SERVER))
        """For each side, TLS 1.3: it sent encrypted records, and nothing opens them."""

    def _is_closed(self, side: Side) -> bool:
        seen = self._seen
        opened = seen.opened[side] or (self._afterwards and seen.protected)
        return self.tls13 and not opened and bool(seen.encrypted[side])

    def or_absent(
        self, side: Side, value: T | None, message_type: int, passed: bool, *, whole: bool = False
    ) -> T | Unseen:
        """The value, or why there is none. ``passed``: something later of that side was seen.

        ``whole``: something later was seen, and nothing was lost before that.
        """
        if value is not None:
            return value
        seen = self._seen
        if (side, message_type) in seen.lost_types:
            packet = seen.lost_types[side, message_type]
            return Unseen(Reason.NOT_CAPTURED, f"part of it is missing from the capture before packet {packet}")
        if seen.malformed_types:
            error = seen.malformed_types.get((side, HandshakeType(message_type).name))
            if error is not None:
                return Unseen(Reason.MALFORMED, error)
        return self.absence(side, passed, whole=whole)

    def absence(self, side: Side, passed: bool, *, whole: bool = False) -> Unseen:
        """Why a message of that side has no value; ``passed`` and ``whole`` as above."""
        seen, view = self._seen, self._views[side]
        if not view.captured:
            return Unseen(Reason.NOT_CAPTURED, f"no packet from the {side.word} is in the capture")
        if not self.followed(side):
            return Unseen(Reason.NOT_CAPTURED, f"the capture begins in the middle of what the {side.word} sent")
        if whole:
            return NOT_SENT
        if seen.version is None and any(seen.encrypted):
            return Unseen(Reason.ENCRYPTED, "without a ServerHello that can be read, records may hold anything")
        strange = seen.not_tls[side]
        if strange is not None:
            return Unseen(Reason.MALFORMED, f"what the {side.word} sends from packet {strange.packet} on is no TLS")
        if seen.lost_place[side]:
            return _missing_before(side, seen.lost_place[side])
        sealed = seen.sealed[side]
        if sealed is not None and (seen.encrypted[side] or self._later) and not passed:
            return Unseen(Reason.ENCRYPTED, sealed.value)
        if passed or (self._last and view.ended):
            return NOT_SENT
        return Unseen(Reason.NOT_CAPTURED, "the capture ends before that point")

    def followed(self, side: Side) -> bool:
        """Was this side's stream read from its first TLS record? A hello is the first, wherever it was found."""
        seen = self._seen
        hello = seen.client_hello if side is CLIENT else seen.server_hello or seen.hello_retry
        return self._views[side].from_start or bool(hello) or self._afterwards

    def after(self, side: Side, packet: int) -> int | Unseen:
        """Finished and application data: facts of the encrypted part, known by their records."""
        if packet:
            return packet
        if self.closed[side]:
            sealed = self._seen.sealed[side]
            return Unseen(Reason.ENCRYPTED, sealed.value if sealed else "TLS 1.3 hides which record is which")
        return self.absence(side, False)

    def data(self, side: Side) -> int | Unseen:
        """Application data; what came before the version was known is judged only now."""
        seen = self._seen
        packet = seen.data[side]
        if not packet and seen.version is not None and not self.tls13:
            packet = seen.encrypted[side]
        if not packet and seen.lost_after[side]:
            return _missing_before(side, seen.lost_after[side])
        if not packet and self._later and any(view.gaps for view in self._views):
            return Unseen(Reason.NOT_CAPTURED, "bytes are missing, so that data may be told of an earlier handshake")
        return self.after(side, packet)

    def server_passed(self) -> bool:
        """Something that comes after the server's flight was seen."""
        seen = self._seen
        return bool(seen.server_hello_done or seen.finished[SERVER] or self._changed_cipher_spec(SERVER))

    def client_passed(self) -> bool:
        """Something that comes after the client's Certificate and its proof was seen."""
        return bool(self._changed_cipher_spec(CLIENT) or self._seen.finished[CLIENT])

    def _changed_cipher_spec(self, side: Side) -> bool:
        """In TLS 1.3, which it may be while no ServerHello was read, it means nothing (RFC 8446 appendix D.4)."""
        return self._seen.version is not None and not self.tls13 and bool(self._seen.change_cipher_spec[side])

    def encrypted_part(self, side: Side) -> Unseen:
        """A message that is in what nothing opens."""
        sealed = self._seen.sealed[side]
        return Unseen(Reason.ENCRYPTED, sealed.value if sealed else "TLS 1.3 encrypts everything after ServerHello")

    def is_whole(self, side: Side) -> bool:
        """That side's stream was read from its start, and nothing of it is missing."""
        seen = self._seen
        return self.followed(side) and not seen.lost_place[side] and not seen.lost_after[side]

    def hidden(self) -> bool:
        """Could the missing end of the handshake be in what the capture does not hold?"""
        seen = self._seen
        views = self._views
        unread = self._later and any(seen.sealed)  # the end of a later handshake is encrypted
        captured = views[CLIENT].captured and views[SERVER].captured
        followed = captured and self.followed(CLIENT) and self.followed(SERVER)
        lost = any(seen.lost_place) and any(map(self._is_lost, (CLIENT, SERVER)))
        return unread or not followed or lost

    def _is_lost(self, side: Side) -> bool:
        """Was the place in what that side sent lost? In something that is no TLS there is none to lose."""
        return bool(self._seen.lost_place[side]) and self._seen.not_tls[side] is None


def _missing_before(side: Side, packet: int) -> Unseen:
    return Unseen(Reason.NOT_CAPTURED, f"bytes of the {side.word} are missing from the capture before packet {packet}")
