"""A resumed connection points to the one in whose handshake the certificate was given, or was not."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.diagnosis.report import Related, Relation
from analyzer.model import CaptureIndex, Connection, OriginalSession


def resumption(connection: Connection, capture: CaptureIndex) -> Iterator[Related]:
    """For each resumed handshake, where its session began, if the capture holds that: known by session id or ticket."""
    told = {connection.id}
    for handshake in connection.handshakes:
        original = capture.original_session(handshake) if handshake.resumed is True else None
        if original is not None and original.connection not in told:
            told.add(original.connection)
            why = f"made the session that this one resumes; {what_became_of_it(original)}"
            yield Related(original.connection, Relation.RESUMES, original.packet, why)


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
