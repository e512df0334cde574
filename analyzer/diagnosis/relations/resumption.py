"""A resumed connection points to the one in whose handshake the certificate was given, or was not.

So does one that only offered to resume a session, where the server then ended the handshake with an error of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.diagnosis.relations.login import is_absent
from analyzer.diagnosis.report import Related, Relation
from analyzer.model import CaptureIndex, Connection, Handshake, OriginalSession
from analyzer.packets import Side
from analyzer.tls.codepoints import AlertDescription

_DOES = {Relation.RESUMES: "resumes", Relation.OFFERED_SESSION: "offered to resume"}


def resumption(connection: Connection, capture: CaptureIndex) -> Iterator[Related]:
    """For each resumed handshake, where its session began, if the capture holds that: known by session id or ticket."""
    told = {connection.id}
    for handshake in connection.handshakes:
        relation = _relation(handshake)
        original = capture.original_session(handshake) if relation is not None else None
        if relation is not None and original is not None and original.connection not in told:
            told.add(original.connection)
            why = f"made the session that this one {_DOES[relation]}; {what_became_of_it(original)}"
            yield Related(original.connection, relation, original.packet, why)


def _relation(handshake: Handshake) -> Relation | None:
    if handshake.resumed is True:
        return Relation.RESUMES
    alert = handshake.fatal_alert(Side.SERVER)
    failed = alert is not None and alert.description == AlertDescription.internal_error
    return Relation.OFFERED_SESSION if failed and is_absent(handshake.server_hello) else None


def what_became_of_it(original: OriginalSession) -> str:
    """Whether the client's certificate was given when the session began."""
    match original.client_certificate:
        case "sent":
            return f"there the client sent {original.subject or 'a certificate'}"
        case "empty":
            return "there the client answered with no certificate"
        case "absent" if original.requested is False:
            return "there the server did not ask for a certificate"
        case "absent":
            return "there the client did not answer the request"
    return "whether a certificate was given there could not be seen"
