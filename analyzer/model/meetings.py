"""Which servers asked whom for a certificate: by server, and by the client that was asked. Bounded.

A connection in which nobody was asked is explained by one in which somebody was: by the same server under another name,
or later, or by another server, of which this one is a client.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from analyzer.model.elsewhere import Meeting
from analyzer.model.handshake import Connection, Endpoint, Handshake, SeenChain, SeenRequest
from analyzer.model.observed import Outcome

MAX_PLACES = 4096
MAX_EACH = 32


class Meetings:
    """The first requests of each server, and to each client."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, list[Meeting]] = OrderedDict()

    def of(self, server: Endpoint) -> tuple[Meeting, ...]:
        """Where this server asked."""
        return tuple(self._known.get(server, ()))

    def of_client(self, address: str) -> tuple[Meeting, ...]:
        """Where the client at this address was asked."""
        return tuple(self._known.get(address, ()))

    def learn(self, connection: Connection) -> None:
        """Add a connection, if its server asked."""
        for handshake in connection.handshakes:
            if type(handshake.certificate_request) is SeenRequest:
                meeting = _meeting(connection, handshake)
                self._add(connection.server, meeting)
                self._add(connection.client.address, meeting)
                return

    def _add(self, place: Hashable, meeting: Meeting) -> None:
        known = self._known.setdefault(place, [])
        if len(known) < MAX_EACH and all(one.connection != meeting.connection for one in known):
            known.append(meeting)
        if len(self._known) > MAX_PLACES:
            self._known.popitem(last=False)


def _meeting(connection: Connection, handshake: Handshake) -> Meeting:
    answer, said = handshake.client_certificate, handshake.application
    return Meeting(
        connection.id,
        connection.server,
        connection.sni,
        connection.first_packet,
        handshake.first_packet,
        answered=isinstance(answer, SeenChain) and not answer.empty,
        refused=handshake.outcome in (Outcome.FAILED_BY_SERVER, Outcome.ABORTED) or (said is not None and said.refused),
    )
