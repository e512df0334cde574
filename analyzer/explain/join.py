"""A message and captures of the same login: which connection is it about, and does the capture agree?

Theory of operation
-------------------
*Which one.* A line may name the client's address and port, the server's name, a time and an alert; its causes name
rules. Each of these that a connection shares with the line counts, the client's port most, a rule of its verdict and
a mere failure least. The best one is taken, the earlier of two that are equal.

*Does it agree.* Confirmed: the alert was seen there from the side that the message says, or the findings have one of
the message's causes. Contradicted: the message is known for certain and tells of an alert, the connection is the only
one or is named in the line, and in the open that side sent another fatal alert. Everything else the capture cannot
see: a list of causes is never complete, so that none of them was found contradicts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from analyzer.diagnosis.report import ConnectionReport, Report
from analyzer.explain.clues import Clues, clues
from analyzer.explain.explanation import Explanation, InCapture, Reading, VerdictThere
from analyzer.model import Handshake, SeenAlert, Severity, Visibility
from analyzer.packets import Side
from analyzer.tls.codepoints import alert_name

_SURELY_NAMED = 8
"""From this on the line itself picks the connection out."""


def join(explanation: Explanation, report: Report) -> Explanation:
    """The explanation, each reading with what the capture says to it."""
    whole = clues(explanation.query) if explanation.log is None else None
    joined = tuple(
        msgspec.structs.replace(reading, capture=_in_capture(reading, whole, report))
        for reading in explanation.readings
    )
    return msgspec.structs.replace(explanation, readings=joined)


def _in_capture(reading: Reading, whole: Clues | None, report: Report) -> InCapture | None:
    """What the captures say to one reading; None where they hold no TLS connection."""
    connections = report.connections
    if not connections:
        return None
    told = clues(reading.lines.text)
    if whole is not None and not told.addresses:
        told = whole
    named = [_named(told, one) for one in connections]
    scores = [score + _fitting(reading, one) for score, one in zip(named, connections, strict=True)]
    best = max(scores)
    place = scores.index(best)
    one = connections[place]
    picked_out = len(connections) == 1 or named[place] >= _SURELY_NAMED
    agrees, why, packet = _agreement(reading, one, certain=picked_out and reading.confidence == "certain")
    return InCapture(
        file=report.inputs[one.input].path,
        connection=one.connection.id,
        agrees=agrees,
        why=why,
        packet=packet,
        equally_fitting=scores.count(best) - 1,
        verdict=_verdict(one),
    )


def _verdict(one: ConnectionReport) -> VerdictThere | None:
    verdict = one.verdict
    if verdict is None:
        return None
    return VerdictThere(
        rule=verdict.rule,
        severity=verdict.severity.name.lower(),
        confidence=verdict.confidence.name.lower(),
        headline=verdict.headline,
    )


def _named(told: Clues, one: ConnectionReport) -> int:
    """How much of the line is about this connection's ends and time."""
    connection = one.connection
    client, server = connection.client, connection.server
    score = 0
    if (client.address, client.port) in told.ends:
        score += _SURELY_NAMED
    elif client.address in told.addresses and client.address != server.address:
        score += 3
    score += server.address in told.addresses
    score += 2 * told.names(connection.sni)
    last = [handshake.last_ns for handshake in connection.handshakes if handshake.last_ns is not None]
    score += (0, 2, 5)[told.fits_time(connection.started_ns, max(last, default=None))]
    return score


def _fitting(reading: Reading, one: ConnectionReport) -> int:
    """How well it fits what the message means."""
    rules = {cause.rule for cause in reading.causes}
    score = int(one.failed)
    score += 4 * any(True for _ in _alerts(reading, one))
    score += 4 * (one.verdict is not None and one.verdict.rule in rules)
    return score + (not rules.isdisjoint(finding.rule for finding in one.findings))


def _alerts(reading: Reading, one: ConnectionReport) -> Iterator[SeenAlert]:
    """The message's alert on this connection, from the side that the message says."""
    if reading.alert is None:
        return
    for handshake in one.connection.handshakes:
        for alert in handshake.alerts:
            if alert.description == reading.alert and _is_from(alert.sender, reading):
                yield alert


def _is_from(sender: Side, reading: Reading) -> bool:
    """The side that was refused received the alert; where that is not known any side will do."""
    if reading.refused == "client":
        return sender is Side.SERVER
    if reading.refused == "server":
        return sender is Side.CLIENT
    return True


def _agreement(
    reading: Reading, one: ConnectionReport, *, certain: bool
) -> tuple[Literal["confirms", "contradicts", "cannot-see"], str, int | None]:
    """Does the capture agree, why, and which packet shows it."""
    for alert in _alerts(reading, one):
        return "confirms", f"the {_side(alert)} sent that alert, {_called(alert)}", alert.packet
    rules = {cause.rule for cause in reading.causes}
    for finding in one.findings:
        if finding.rule in rules and finding.severity is not Severity.NOTE:
            packet = finding.evidence[0].packet if finding.evidence else None
            return "confirms", f"one of its causes is there: {finding.rule}", packet
    if certain:
        other = _other_alert(reading, one)
        if other is not None:
            return "contradicts", f"the {_side(other)} sent another alert, {_called(other)}", other.packet
    return "cannot-see", _what_hides_it(one), None


def _other_alert(reading: Reading, one: ConnectionReport) -> SeenAlert | None:
    """Another fatal alert from the side that should have sent the message's, and nothing hidden behind it."""
    if reading.alert is None or reading.refused not in ("client", "server"):
        return None
    sender = Side.SERVER if reading.refused == "client" else Side.CLIENT
    for handshake in one.connection.handshakes:
        if handshake.went_on or _is_hidden(handshake):
            return None
    alerts = [handshake.fatal_alert(sender) for handshake in one.connection.handshakes]
    return next((alert for alert in alerts if alert is not None), None)


def _is_hidden(handshake: Handshake) -> bool:
    return handshake.visibility in (Visibility.ENCRYPTED, Visibility.INFERRED)


def _what_hides_it(one: ConnectionReport) -> str:
    if any(_is_hidden(handshake) or handshake.went_on for handshake in one.connection.handshakes):
        return "a part of the handshake is encrypted; with a key log (--keys FILE) more can be said"
    return "nothing in the packets speaks for or against it"


def _side(alert: SeenAlert) -> str:
    return alert.sender.name.lower()


def _called(alert: SeenAlert) -> str:
    return f"{alert_name(alert.description)} ({alert.description})"
