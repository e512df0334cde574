"""How a handshake ended: its alerts in their right light, and the outcome.

Theory of operation
-------------------
A fatal alert decides, unless it merely answers the other side's close, its close_notify or its own fatal alert: an end
that finds its peer gone says decode_error or handshake_failure to nobody, and an alert that names a certificate never
means that. Before TLS 1.3 a handshake is completed when both sides sent Finished; an alert that comes later is about
something else. In TLS 1.3 the server judges last: it has accepted the client when it goes on, with a session ticket or
application data after the client's Finished, and it may refuse by merely closing. Where the client leaves before the
server has said anything, nobody knows what it would have said. Without keys that stays undetermined.
"""

from __future__ import annotations

import msgspec

from analyzer.model.collector import Collector
from analyzer.model.handshake import FATAL, ConnectionEnding, SeenAlert
from analyzer.model.observed import Outcome
from analyzer.packets import CLIENT, SERVER, Side
from analyzer.tls.codepoints import TLS_1_3, AlertDescription

_ANSWERS_A_CLOSE = frozenset(
    (
        AlertDescription.close_notify,
        AlertDescription.unexpected_message,
        AlertDescription.handshake_failure,
        AlertDescription.decode_error,
        AlertDescription.internal_error,
        AlertDescription.user_canceled,
    )
)
"""What stacks send to a peer that has already closed; the others speak of what the peer sent before."""


class End:
    """Judges the alerts and the end of one collected handshake."""

    def __init__(
        self,
        seen: Collector,
        ending: ConnectionEnding,
        *,
        closed: tuple[bool, bool],
        hidden: bool,
        last: bool,
        post_handshake: bool,
    ) -> None:
        self._seen = seen
        self._ending = ending
        self._tls13 = seen.version is not None and seen.version >= TLS_1_3
        self._closed = closed
        """For each side, TLS 1.3: it sent encrypted records, and nothing opens them."""
        self._hidden = hidden
        """The missing end may be in what the capture does not hold."""
        self._last = last
        """Nothing follows on this connection: its end is this handshake's end."""
        self._post_handshake = post_handshake
        """Only the client has to finish it (RFC 8446 section 4.6.2)."""
        self.alerts = tuple(self._judge_alert(alert) for alert in seen.alerts)

    def _judge_alert(self, alert: SeenAlert) -> SeenAlert:
        if alert.description in _ANSWERS_A_CLOSE and self._has_left(alert.sender.other, alert.packet):
            return msgspec.structs.replace(alert, after_close=True)
        if alert.protected and self._accepted_before(alert):
            return msgspec.structs.replace(alert, after_completion=True)
        return alert

    def _has_left(self, side: Side, packet: int) -> bool:
        """Had that side closed before that packet, or said that it will: Java answers a close_notify at once?"""
        closed = self._ending.client_closed if side is CLIENT else self._ending.server_closed
        if closed is not None and closed < packet:
            return True
        return any(
            alert.sender is side
            and alert.packet < packet
            and (alert.level == FATAL or alert.description == AlertDescription.close_notify)
            for alert in self._seen.alerts
        )

    def _accepted_before(self, alert: SeenAlert) -> bool:
        """Had the handshake been judged when the alert came? In TLS 1.3 the server judges last, and goes on."""
        seen = self._seen
        if not (seen.finished[CLIENT] and (seen.finished[SERVER] or self._post_handshake)):
            return False
        if alert.sender is CLIENT:
            return alert.packet > seen.finished[CLIENT]
        return not self._tls13 or (bool(self._server_went_on()) and self._server_went_on() < alert.packet)

    def _server_went_on(self) -> int:
        """Packet of a session ticket or application data of the server after the client's Finished; 0 for none."""
        seen = self._seen
        return next((packet for packet in seen.server_later if packet > seen.finished[CLIENT]), 0)

    def outcome(self) -> Outcome:
        """One of the design's words."""
        seen = self._seen
        for alert in self.alerts:
            if alert.fatal and not alert.after_close and not alert.after_completion:
                server = alert.sender is SERVER
                return Outcome.FAILED_BY_SERVER if server else Outcome.FAILED_BY_CLIENT
        if self._tls13:
            decided = self._outcome13()
            if decided is not None:
                return decided
        else:
            both_finished = seen.finished[CLIENT] and seen.finished[SERVER]
            if both_finished or (seen.data[CLIENT] and seen.data[SERVER]):
                return Outcome.COMPLETED
        if not self._last:
            return Outcome.UNDETERMINED
        if self._ending.how in ("fin", "rst") and not self._hidden:
            return Outcome.ABORTED
        return Outcome.UNDETERMINED

    def _outcome13(self) -> Outcome | None:
        """TLS 1.3: the server judges the client's certificate after the client's Finished, and may just close."""
        seen, ending = self._seen, self._ending
        if self._closed[CLIENT] or self._closed[SERVER]:
            # who refused what is encrypted, once the client's last flight is there
            return Outcome.UNDETERMINED if seen.encrypted[CLIENT] or seen.finished[CLIENT] else None
        if not seen.finished[CLIENT] or not (seen.finished[SERVER] or self._post_handshake):
            return Outcome.UNDETERMINED if any(seen.sealed) else None
        if self._server_went_on() or not self._last:
            return Outcome.COMPLETED
        lost = seen.lost_place[SERVER] or seen.lost_after[SERVER]
        if seen.sealed[SERVER] or lost or ending.how not in ("fin", "rst"):
            return Outcome.UNDETERMINED
        return Outcome.ABORTED if ending.by is SERVER else Outcome.UNDETERMINED
