"""How the two sides answered: alerts, closes, silence, and what the application said behind TLS."""

from __future__ import annotations

import msgspec

from analyzer.model import (
    Case,
    ConnectionEnding,
    Handshake,
    Outcome,
    Phase,
    Reason,
    SeenAlert,
    SeenChain,
    SeenClientHello,
    SeenRequest,
    Unseen,
)
from analyzer.packets import Side
from analyzer.rule_api.match import Evidence, UndecidedError, known, need
from analyzer.tls.codepoints import (
    AlertDescription,
    alert_name,
)
from analyzer.x509.latest import remember_latest


def refusal(case: Case) -> SeenAlert | None:
    """The server's fatal alert, if it refused in the open."""
    return _refusal(case.handshake) if case.handshake.alerts else None


@remember_latest
def _refusal(handshake: Handshake) -> SeenAlert | None:
    return handshake.fatal_alert(Side.SERVER)


def refused_by(alert: SeenAlert) -> Evidence:
    """A fatal alert, of either side, as what was seen."""
    return Evidence(alert.packet, f"the {alert.sender.word} refuses: fatal alert {alert_text(alert)}")


def alert_text(alert: SeenAlert) -> str:
    """``handshake_failure (40)``"""
    return f"{alert_name(alert.description)} ({alert.description})"


_ABOUT_CERTIFICATES = frozenset(
    {
        AlertDescription.bad_certificate,
        AlertDescription.unsupported_certificate,
        AlertDescription.certificate_revoked,
        AlertDescription.certificate_expired,
        AlertDescription.certificate_unknown,
        AlertDescription.unknown_ca,
        AlertDescription.access_denied,
    }
)


@remember_latest
def no_answer(case: Case) -> bool:
    """Asked for a certificate, the client sent none: an empty answer, none at all, or it gave up there.

    Where the client gave up because of the server's certificate, its own was never looked for.
    """
    need(case.handshake.certificate_request)
    answer = case.handshake.client_certificate
    if isinstance(answer, SeenChain):
        return answer.empty
    return not known(answer) and (known(case.handshake.client_key_exchange) or gave_up(case) is not None)


def gave_up(case: Case) -> Evidence | None:
    """The client's fatal alert or close in place of an answer to the request, unless it spoke of a certificate."""
    handshake = case.handshake
    if known(handshake.client_certificate) or known(handshake.client_key_exchange):
        return None
    alert = handshake.fatal_alert(Side.CLIENT)
    if alert is not None:
        if alert.description in _ABOUT_CERTIFICATES:
            return None
        return Evidence(alert.packet, f"the client gives up: fatal alert {alert_text(alert)}")
    ending = case.connection.ending
    if handshake.outcome is Outcome.ABORTED and ending.by is Side.CLIENT and ending.client_closed is not None:
        return Evidence(ending.client_closed, "the client closes the connection")
    return None


_IDLE_NS = 30_000_000_000
_SILENT_NS = 4_000_000_000
"""How long a client that says nothing is waited for at least: servers give up after five seconds or more."""


@remember_latest
def dropped(case: Case) -> Evidence | None:
    """The server's close, without a fatal alert of either side, once the client had answered the request.

    It counts only if the client had not said goodbye before; after a complete handshake only if the server had sent
    no application data and did not wait longer than an idle connection is kept.
    """
    handshake, ending = case.handshake, case.connection.ending
    if ending.by is not Side.SERVER:
        return None
    answer, closed = handshake.client_certificate, ending.server_closed
    if not isinstance(answer, SeenChain) or closed is None or closed < answer.packet:
        return None
    if any(other.index > handshake.index for other in case.connection.handshakes):
        return None
    if handshake.outcome is Outcome.COMPLETED:
        data = handshake.server_data
        patience = _SILENT_NS if isinstance(handshake.client_data, Unseen) else _IDLE_NS
        if (
            not isinstance(data, Unseen)
            or not data.absent
            or handshake.went_on
            or _waited(handshake, ending) > patience
        ):
            return None
    elif handshake.outcome is not Outcome.ABORTED:
        return None
    if _left_before(handshake, closed):  # asked last: the steps are made for it
        return None
    if ending.how == "rst" and ending.reset is not None and ending.reset.only_answers:
        raise UndecidedError(_CLOSED_BEFORE)
    did = "resets" if ending.how == "rst" else "closes"
    return Evidence(closed, f"the server {did} the connection without a word")


_CLOSED_BEFORE = Unseen(
    Reason.NOT_CAPTURED,
    "the server's reset only answers a segment: when it closed, and after what, is not in the capture",
)


def _left_before(handshake: Handshake, closed: int) -> bool:
    """Had the client said goodbye before the server closed? An encrypted alert of its own is one, or as good as one."""
    if any(alert.sender is Side.CLIENT and alert.packet < closed for alert in handshake.alerts):
        return True
    steps = handshake.steps
    return any(step.sender is Side.CLIENT and step.what == "encrypted alert" and step.packet < closed for step in steps)


def _waited(handshake: Handshake, ending: ConnectionEnding) -> int:
    """How long the connection had been silent when the server closed it; an alert of its own is part of the close."""
    closed, at = ending.server_closed, ending.server_closed_ns
    if closed is None or at is None:
        return 0
    before = [
        step.timestamp_ns
        for step in handshake.steps
        if step.packet < closed
        and step.timestamp_ns is not None
        and not (step.sender is Side.SERVER and step.what in ("alert", "encrypted alert"))
    ]
    return at - max(before, default=at)


def turned_away(case: Case) -> Evidence | None:
    """The server's fatal alert to a client that had sent a certificate, its mere close, or its application's word."""
    alert = refusal(case)
    if alert is None:
        said = application_refusal(case)
        return said if said is not None and names_certificate(case) else dropped(case)
    return refused_by(alert)


FAREWELLS = frozenset({"alert", "encrypted alert", "FIN", "RST"})
"""Steps with which a side leaves."""


def left(case: Case) -> Evidence | None:
    """The client's farewell, straight after a handshake in which it gave its certificate, and before a byte of data.

    So leave clients that look at the server's certificate only then: curl at its name, Node at all of it.
    """
    handshake, answer = case.handshake, case.handshake.client_certificate
    if handshake.outcome is not Outcome.COMPLETED or handshake.phase is not Phase.INITIAL:
        return None
    if not isinstance(answer, SeenChain) or answer.empty:
        return None
    if not isinstance(handshake.client_data, Unseen) or not handshake.client_data.absent:
        return None
    steps = handshake.steps
    finished = max((place for place, step in enumerate(steps) if step.what == "Finished"), default=len(steps))
    for step in steps[finished + 1 :]:
        if step.sender is Side.CLIENT:
            gone = step.what in FAREWELLS
            return Evidence(step.packet, "the client leaves without having sent a byte") if gone else None
        if step.what != "NewSessionTicket":
            return None
    return None


def asked_later(case: Case) -> bool:
    """Did the server ask, or mean to, in a later handshake of this connection?

    A renegotiation that came to nothing counts, unless the server refused it: it is how servers ask late. Undecided
    where one may be hidden.
    """
    if len(case.connection.handshakes) == 1 and not case.handshake.went_on:
        return False
    index = case.handshake.index
    for other in case.connection.handshakes[index + 1 :]:
        if isinstance(other.certificate_request, SeenRequest):
            return True
        if other.phase is Phase.RENEGOTIATION and other.outcome is not Outcome.COMPLETED:
            return no_renegotiation(other, Side.SERVER) is None
    if case.connection.handshakes[-1].went_on:
        raise UndecidedError(Unseen(Reason.ENCRYPTED, "another handshake followed inside the encrypted connection"))
    return False


def no_renegotiation(handshake: Handshake, sender: Side) -> SeenAlert | None:
    """The alert with which that side would not have a second handshake (RFC 5246 section 7.2.2)."""
    alerts = (alert for alert in handshake.alerts if alert.sender is sender)
    return next((alert for alert in alerts if alert.description == AlertDescription.no_renegotiation), None)


def nobody_asked(case: Case) -> bool:
    """No handshake of this connection asked for a certificate, nor did a session bring one along."""
    if type(case.handshake.certificate_request) is SeenRequest:
        return False
    if any(known(other.certificate_request) for other in case.connection.handshakes):
        return False
    if not need(case.handshake.resumed):
        return True
    original = case.capture.original_session(case.handshake)
    return original is not None and original.client_certificate in ("empty", "absent")


class Refused(msgspec.Struct, frozen=True):
    """The client did not go along with a renegotiation."""

    evidence: Evidence
    by_alert: bool
    """It said so itself; otherwise it was silent, or left."""
    at_hello: bool
    """It would not even begin: there is no ClientHello of it."""


def renegotiation_refused(case: Case) -> Refused | None:
    """How the client refused this renegotiation: with an alert, or by never answering the HelloRequest.

    A client that sends its ClientHello has agreed; what it refuses later is something else, unless it says
    no_renegotiation (RFC 5246 section 7.2.2).
    """
    handshake, ending = case.handshake, case.connection.ending
    if handshake.phase is not Phase.RENEGOTIATION:
        return None
    began = isinstance(handshake.client_hello, SeenClientHello)
    alert = no_renegotiation(handshake, Side.CLIENT)
    if alert is not None:
        said = Evidence(alert.packet, f"the client refuses: alert {alert_text(alert)}")
        return Refused(said, by_alert=True, at_hello=not began)
    if known(handshake.client_hello) or not any(step.what == "HelloRequest" for step in handshake.steps):
        return None
    fatal = handshake.fatal_alert(Side.CLIENT)
    if fatal is not None:
        said = refused_by(fatal)
        return Refused(said, by_alert=True, at_hello=True)
    if handshake.outcome not in (Outcome.ABORTED, Outcome.FAILED_BY_SERVER):
        return None
    fatal = handshake.fatal_alert(Side.SERVER)
    if fatal is not None:
        gone = Evidence(fatal.packet, f"the server gives up: fatal alert {alert_text(fatal)}")
    elif ending.packet is not None:
        who = "client" if ending.by is Side.CLIENT else "server"
        gone = Evidence(ending.packet, f"the {who} closes the connection")
    else:
        return None
    return Refused(gone, by_alert=False, at_hello=True)


def application_refusal(case: Case) -> Evidence | None:
    """What the application said after TLS had completed, if it was a refusal and could be decrypted."""
    said = case.handshake.application
    if said is None or not said.refused:
        return None
    return Evidence(said.packet, f"the application refuses: {said.protocol}, {said.status}")


def names_certificate(case: Case) -> bool:
    """Does the application's refusal itself say that a certificate is the reason?"""
    said = case.handshake.application
    return said is not None and said.about_certificate
