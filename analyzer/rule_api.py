"""The one module that a rule may import: the case, the ways to ask it, and the match to answer with.

A rule is ``check(case) -> Match | None``. It never says "not matched because I could not see": it says
:func:`need` of what it needs, and the engine turns an unseen fact into *undecided* and a fact that was seen to
be absent into *not applicable*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import msgspec

from analyzer.model import (
    AnyName,
    Case,
    Confidence,
    Handshake,
    OriginalSession,
    Outcome,
    Phase,
    Reason,
    SeenAlert,
    SeenChain,
    SeenClientHello,
    SeenRequest,
    SeenServerHello,
    SeenVerify,
    Severity,
    Unseen,
)
from analyzer.model.application import HTTP_1_1_REQUIRED
from analyzer.model.inferred import NOTHING, Inference, Inferred
from analyzer.packets import Side
from analyzer.tls.codepoints import (
    AlertDescription,
    ClientCertificateType,
    SignatureScheme,
    alert_name,
    certificate_type_name,
    cipher_suite_name,
    is_grease,
    signature_scheme_name,
    version_name,
)
from analyzer.x509 import (
    CertificateInfo,
    Kind,
    NameMatch,
    SignatureFault,
    WalkedChain,
    WrongSignature,
    compare_names,
    is_self_signed,
    issued,
    walk_chain,
)
from analyzer.x509.public_cas import is_public_ca
from analyzer.x509.schemes import accepted_by_types, has_common_scheme
from analyzer.x509.times import as_datetime

__all__ = [
    "HTTP_1_1_REQUIRED",
    "AlertDescription",
    "AnyName",
    "Case",
    "CertificateInfo",
    "ClientCertificateType",
    "Confidence",
    "Evidence",
    "Handshake",
    "Inference",
    "Inferred",
    "Match",
    "NameMatch",
    "NotApplicableError",
    "OriginalSession",
    "Outcome",
    "Phase",
    "Reason",
    "Refused",
    "SeenAlert",
    "SeenChain",
    "SeenClientHello",
    "SeenRequest",
    "SeenServerHello",
    "SeenVerify",
    "Severity",
    "Side",
    "SignatureFault",
    "SignatureScheme",
    "UndecidedError",
    "Unseen",
    "WalkedChain",
    "WrongSignature",
    "accepted_by_types",
    "accuse",
    "accuse_server",
    "alert_name",
    "alert_text",
    "application_refusal",
    "asked_later",
    "certificate_type_name",
    "cipher_suite_name",
    "client_chain",
    "client_leaf",
    "client_path",
    "compare_names",
    "date_text",
    "dropped",
    "gave_up",
    "has_common_scheme",
    "inferred",
    "inferred_evidence",
    "inferred_logins",
    "is_public_ca",
    "is_self_signed",
    "issued",
    "issuers_above",
    "kinds_listed",
    "known",
    "listed",
    "names_certificate",
    "need",
    "no_answer",
    "nobody_asked",
    "offered_suites",
    "offered_versions",
    "refusal",
    "renegotiation_refused",
    "says",
    "signature_scheme_name",
    "time_of",
    "turned_away",
    "undecided",
    "version_name",
    "walk_chain",
]

T = TypeVar("T")

_NO_VALUES: Mapping[str, str] = MappingProxyType({})


class Evidence(msgspec.Struct, frozen=True):
    """A packet, and what it shows."""

    packet: int
    what: str


class Match(msgspec.Struct, frozen=True):
    """The condition holds."""

    evidence: tuple[Evidence, ...]
    """At least one packet that shows it."""
    values: Mapping[str, str] = _NO_VALUES
    """Text for the placeholders of the page's message."""
    confidence: Confidence | None = None
    """Lower than the page's own, which is the ceiling."""
    severity: Severity | None = None
    """Lower than the page's own, which is the ceiling."""
    decisive: bool = False
    """For a property of the request alone: a certificate that is known shows that it was the obstacle."""


class UndecidedError(Exception):
    """A fact that the rule needs could not be seen."""

    def __init__(self, unseen: Unseen) -> None:
        super().__init__(unseen)
        self.unseen = unseen


class NotApplicableError(Exception):
    """A fact that the rule is about was seen not to exist."""


def need(fact: T | Unseen) -> T:
    """The fact's value; without one the rule ends here, undecided or not applicable."""
    if type(fact) is Unseen:
        if fact.why is Reason.NOT_SENT:
            raise NotApplicableError
        raise UndecidedError(fact)
    return fact  # type: ignore[return-value]


def known(fact: object | Unseen) -> bool:
    """Was it sent? False when it was seen not to be; undecided when that could not be seen."""
    if type(fact) is Unseen:
        if fact.why is Reason.NOT_SENT:
            return False
        raise UndecidedError(fact)
    return True


def undecided(why: str) -> UndecidedError:
    """For ``raise undecided("…")``: the rule needs to know more than the case holds."""
    return UndecidedError(Unseen(Reason.NOT_CAPTURED, why))


def refusal(case: Case) -> SeenAlert | None:
    """The server's fatal alert, if it refused in the open."""
    return case.handshake.fatal_alert(Side.SERVER)


def listed(request: SeenRequest, names: Iterable[AnyName]) -> NameMatch | None:
    """Does the request's list name one of these? The better of the two ways to match."""
    found: NameMatch | None = None
    for name in names:
        for entry in request.names:
            match = compare_names(entry, name)
            if match is NameMatch.EXACT:
                return match
            found = found or match
    return found


def kinds_listed(case: Case, request: SeenRequest, kind: Kind) -> bool:
    """Is every listed name of this kind? One of another kind settles it; otherwise all must be known."""
    kinds = {case.capture.role(name).kind for name in request.names}
    if kinds - {kind, "unknown"} or not kinds:
        return False
    if "unknown" in kinds:
        raise undecided("not every listed name is known as that of a root or an intermediate")
    return True


# What the client offered


def offered_versions(hello: SeenClientHello) -> tuple[int, ...]:
    """The versions of the ClientHello, newest first; of older clients the highest, which is all they state."""
    return tuple(sorted({v for v in hello.message.offered_versions if not is_grease(v)}, reverse=True))


def offered_suites(hello: SeenClientHello) -> tuple[str, ...]:
    """The cipher suites of the ClientHello by name, without the values that are signals."""
    names = (cipher_suite_name(suite) for suite in hello.message.cipher_suites if not is_grease(suite))
    return tuple(name for name in names if not name.endswith("_SCSV"))


# The client's certificate


def client_chain(case: Case) -> SeenChain:
    """What the client sent, at least one certificate; not applicable where it sent none."""
    chain = need(case.handshake.client_certificate)
    if chain.empty:
        raise NotApplicableError
    return chain


def client_leaf(case: Case) -> CertificateInfo:
    """The certificate that the client sent as its own."""
    leaf = client_chain(case).leaf
    if leaf is None:
        raise UndecidedError(Unseen(Reason.MALFORMED, "the client's certificate cannot be read"))
    return leaf


def client_path(case: Case) -> tuple[CertificateInfo, ...]:
    """The client's certificate and what leads up from it: as sent, or else as the user says it was meant."""
    chain = case.handshake.client_certificate
    if isinstance(chain, SeenChain) and chain.leaf is not None:
        walked = walk_chain(chain.readable)
        return walked.path if walked else ()
    if case.supplied is not None:
        return case.supplied.certificate.path
    raise undecided("which certificate the client was meant to send is not known")


def issuers_above(case: Case, path: Sequence[CertificateInfo]) -> tuple[CertificateInfo, ...]:
    """CA certificates that lead up from the path without being in it, as far as any were seen or given."""
    found: list[CertificateInfo] = []
    queue = list(path)
    for below in queue:  # grows while it is walked
        if below.self_issued or len(queue) > _MOST_ISSUERS:
            continue
        for issuer in case.capture.certificates_for(below.issuer):
            if issuer.is_ca and issuer not in queue and issued(issuer, below) is not False:
                found.append(issuer)
                queue.append(issuer)
    return tuple(found)


_MOST_ISSUERS = 50


def time_of(case: Case, timestamp_ns: int | None) -> int:
    """The packet's own time, or else the handshake's: dates are judged by the capture's clock."""
    at = timestamp_ns if timestamp_ns is not None else case.handshake.last_ns
    if at is None:
        raise undecided("the capture does not say when this happened")
    return at


def date_text(ns: int) -> str:
    """``2026-03-02 09:14:22 UTC``"""
    moment = as_datetime(ns)
    return "a date beyond the calendar" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S UTC")


# What record sizes tell of an encrypted login


def inferred(case: Case) -> Inference:
    """What is concluded where nothing could be read. A match on it takes over its confidence: it is never proved."""
    return case.handshake.inferred or NOTHING


def inferred_logins(case: Case) -> tuple[Inference, ...]:
    """The same for each request: the handshake's own, and one after it."""
    first = inferred(case)
    return (first,) if first.late is None else (first, first.late)


def says(guess: Inferred | None, value: bool | str) -> bool:
    """Is that what was concluded, and are we fairly sure?"""
    return guess is not None and guess.value == value and guess.confidence >= Confidence.LIKELY


def inferred_evidence(guess: Inferred) -> Evidence:
    """The packet that shows it, with the arithmetic."""
    return Evidence(guess.packets[-1] if guess.packets else 0, guess.why)


# Answers


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
_GIVES_NO_REASON = frozenset(
    {
        AlertDescription.handshake_failure,
        AlertDescription.bad_certificate,
        AlertDescription.certificate_unknown,
        AlertDescription.access_denied,
    }
)
_GIVES_A_REASON = frozenset(
    {
        AlertDescription.unsupported_certificate,
        AlertDescription.certificate_revoked,
        AlertDescription.certificate_expired,
        AlertDescription.unknown_ca,
        AlertDescription.decrypt_error,
    }
)


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


def dropped(case: Case) -> Evidence | None:
    """The server's close, without a fatal alert of either side, once the client had answered the request.

    After a complete handshake it counts only if the server had not sent a byte of its own and did not wait
    longer than an idle connection is kept.
    """
    handshake, ending = case.handshake, case.connection.ending
    answer, closed = handshake.client_certificate, ending.server_closed
    if not isinstance(answer, SeenChain) or closed is None or ending.by is not Side.SERVER or closed < answer.packet:
        return None
    if any(other.index > handshake.index for other in case.connection.handshakes):
        return None
    if handshake.outcome is Outcome.COMPLETED:
        data = handshake.server_data
        if (
            not isinstance(data, Unseen)
            or not data.absent
            or handshake.went_on
            or _waited(handshake, closed) > _IDLE_NS
        ):
            return None
    elif handshake.outcome is not Outcome.ABORTED:
        return None
    return Evidence(closed, "the server closes the connection without a word")


def _waited(handshake: Handshake, closed: int) -> int:
    """How long the connection had been silent when the server closed it, as far as the packets tell."""
    before = [step.timestamp_ns for step in handshake.steps if step.packet < closed and step.timestamp_ns]
    at = [step.timestamp_ns for step in handshake.steps if step.packet >= closed and step.timestamp_ns]
    return min(at) - max(before) if before and at else 0


def turned_away(case: Case) -> Evidence | None:
    """The server's fatal alert to a client that had sent a certificate, its mere close, or its application's word."""
    alert = refusal(case)
    if alert is None:
        said = application_refusal(case)
        return said if said is not None and names_certificate(case) else dropped(case)
    return Evidence(alert.packet, f"the server refuses: fatal alert {alert_text(alert)}")


def asked_later(case: Case) -> bool:
    """Did the server ask, or mean to, in a later handshake of this connection?

    A renegotiation that came to nothing counts: it is how servers ask late. Undecided where one may be hidden.
    """
    index = case.handshake.index
    for other in case.connection.handshakes[index + 1 :]:
        if isinstance(other.certificate_request, SeenRequest):
            return True
        if other.phase is Phase.RENEGOTIATION and other.outcome is not Outcome.COMPLETED:
            return True
    if case.connection.handshakes[-1].went_on:
        raise UndecidedError(Unseen(Reason.ENCRYPTED, "another handshake followed inside the encrypted connection"))
    return False


def nobody_asked(case: Case) -> bool:
    """No handshake of this connection asked for a certificate, nor did a session bring one along."""
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
    for alert in handshake.alerts:
        if alert.sender is Side.CLIENT and alert.description == AlertDescription.no_renegotiation:
            said = Evidence(alert.packet, f"the client refuses: alert {alert_text(alert)}")
            return Refused(said, by_alert=True, at_hello=not began)
    if known(handshake.client_hello) or not any(step.what == "HelloRequest" for step in handshake.steps):
        return None
    fatal = handshake.fatal_alert(Side.CLIENT)
    if fatal is not None:
        said = Evidence(fatal.packet, f"the client refuses: fatal alert {alert_text(fatal)}")
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


def accuse(
    case: Case,
    *evidence: Evidence,
    named_by: AlertDescription,
    values: Mapping[str, str] = _NO_VALUES,
    surest: Confidence = Confidence.PROVED,
) -> Match:
    """A match for a flaw of the client's certificate, as sure as the server's answer to it makes it.

    Proved where the alert names the flaw; likely where the server turned the client away without a reason;
    possible otherwise, and no more than a warning where it accepted the client or named another reason.
    """
    alert, away = refusal(case), turned_away(case)
    confidence, severity = _weigh(alert, named_by, gone=away is not None)
    seen = (*evidence, away) if away is not None else evidence
    return Match(seen, values, min(confidence, surest), severity)


def accuse_server(
    case: Case, *evidence: Evidence, named_by: AlertDescription, values: Mapping[str, str] = _NO_VALUES
) -> Match:
    """The same for a flaw of the server's certificate, by the client's answer to it."""
    alert = case.handshake.fatal_alert(Side.CLIENT)
    if alert is None:
        return Match(evidence, values, Confidence.POSSIBLE, Severity.WARNING)
    confidence, severity = _weigh(alert, named_by, gone=True)
    said = Evidence(alert.packet, f"the client refuses: fatal alert {alert_text(alert)}")
    return Match((*evidence, said), values, confidence, severity)


def _weigh(alert: SeenAlert | None, named_by: AlertDescription, *, gone: bool) -> tuple[Confidence, Severity]:
    """What an alert, or a close without one, says of a flaw that this other alert would name."""
    if alert is not None and alert.description == named_by:
        return Confidence.PROVED, Severity.FAILURE
    if gone and (alert is None or alert.description in _GIVES_NO_REASON):
        return Confidence.LIKELY, Severity.FAILURE
    another = alert is None or alert.description in _GIVES_A_REASON
    return Confidence.POSSIBLE, Severity.WARNING if another else Severity.FAILURE
